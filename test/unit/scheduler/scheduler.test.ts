import { deepEqual, equal, match } from "node:assert/strict";
import { coreV1 } from "../../../lib/api/gen/resources.js";
import { apiErrors } from "../../../lib/api/status.js";
import { addon } from "../../../lib/native/addon.js";
import { Scheduler, type SchedulerOptions } from "../../../lib/scheduler/scheduler.js";
import { VirtualCluster } from "../../support/client/virtualCluster.js";
import {
  pendingPod,
  readyNode,
  SchedulerObjects,
} from "../../support/scheduler/schedulerObjects.js";

describe("scheduler", () => {
  let cluster: VirtualCluster;
  let objects: SchedulerObjects;
  const running: Scheduler[] = [];

  beforeEach(() => {
    cluster = new VirtualCluster();
    objects = new SchedulerObjects(cluster);
  });

  afterEach(async () => {
    for (const scheduler of running.splice(0)) await scheduler.stop();
    await cluster.stop();
  });

  async function start(options: Partial<SchedulerOptions> = {}): Promise<Scheduler> {
    const scheduler = new Scheduler({ client: cluster.client, platform: cluster, ...options });
    running.push(scheduler);
    await scheduler.start(cluster.signal);
    return scheduler;
  }

  it("binds a pod and says so in an event", async () => {
    await objects.addNode(readyNode("n1"));
    await start();
    await objects.addPod(pendingPod("a"));
    equal(await objects.nodeOf("a"), "n1");
    const [event] = await objects.events();
    deepEqual(
      [event?.reason, event?.type, event?.message, event?.source?.component],
      ["Scheduled", "Normal", "Successfully assigned default/a to n1", "default-scheduler"],
    );
    equal(
      cluster.transport.writes.some((write) => write === "create pods/binding default/a"),
      true,
    );
  });

  it("says why a pod has no node, and places it when a node comes", async () => {
    await objects.addNode(readyNode("n1", (node) => (node.spec!.unschedulable = true)));
    await objects.addNode(readyNode("n2", (node) => (node.status!.allocatable!.cpu = "50m")));
    await start();
    await objects.addPod(pendingPod("a"));
    const { message, reason } = await objects.refusalOf("a");
    equal(reason, "Unschedulable");
    equal(
      message,
      "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) were unschedulable. " +
        "no new claims to deallocate, preemption: 0/2 nodes are available: " +
        "2 Preemption is not helpful for scheduling.",
    );
    const [event] = await objects.events();
    deepEqual(
      [event?.reason, event?.type, event?.message],
      ["FailedScheduling", "Warning", message],
    );
    await objects.addNode(readyNode("n3"));
    equal(await objects.nodeOf("a"), "n3");
  });

  it("has its own words for a cluster without nodes", async () => {
    await start();
    await objects.addPod(pendingPod("a"));
    equal((await objects.refusalOf("a")).message, "no nodes available to schedule pods");
    await objects.addNode(readyNode("n1"));
    equal(await objects.nodeOf("a"), "n1");
  });

  it("wakes a waiting pod when another one goes", async () => {
    await objects.addNode(readyNode("n1"));
    await start();
    await objects.addPod(pendingPod("big", "1500m"));
    equal(await objects.nodeOf("big"), "n1");
    await objects.addPod(pendingPod("next", "1"));
    match((await objects.refusalOf("next")).message, /1 Insufficient cpu/);
    await objects.deletePod("big");
    equal(await objects.nodeOf("next"), "n1");
  });

  it("does not try an unschedulable pod again for events that cannot help", async () => {
    await objects.addNode(readyNode("n1"));
    const scheduler = await start();
    await objects.addPod(pendingPod("big", "3"));
    await objects.refusalOf("big");
    const attempts = () => scheduler.metrics.attempts.with("default-scheduler", "unschedulable");
    equal(attempts().value, 1);
    await objects.addNode(readyNode("n2"));
    await objects.addPod(pendingPod("small"));
    await objects.nodeOf("small");
    await cluster.clock.advance(20_000);
    equal(attempts().value, 1);
    await cluster.clock.advance(300_000);
    equal(attempts().value, 2);
  });

  it("leaves gated pods and other schedulers' pods alone", async () => {
    await objects.addNode(readyNode("n1"));
    await start({ configuration: { profiles: [{}, { schedulerName: "second" }] } });
    const gated = pendingPod("gated", "100m", { schedulingGates: [{ name: "g" }] });
    await objects.addPod(gated);
    await objects.addPod(pendingPod("foreign", "100m", { schedulerName: "foreign" }));
    await objects.addPod(pendingPod("second", "100m", { schedulerName: "second" }));
    equal(await objects.nodeOf("second"), "n1");
    await cluster.clock.advance(1000);
    equal((await objects.pod("gated")).spec?.nodeName, undefined);
    equal((await objects.pod("foreign")).spec?.nodeName, undefined);
    const pods = cluster.client.resource(coreV1.pods);
    const body = { spec: { schedulingGates: null } };
    await pods.patch("gated", { type: "merge", body }, { namespace: "default" });
    equal(await objects.nodeOf("gated"), "n1");
  });

  it("takes a failed binding back and tries again after a backoff", async () => {
    await objects.addNode(readyNode("n1"));
    const scheduler = await start();
    let refusals = 0;
    cluster.transport.refuse = (call) =>
      call.subresource === "binding" && refusals++ < 2
        ? apiErrors.internal("etcd is away")
        : undefined;
    // Both fit only one after the other: the first one's room must be given back.
    await objects.addPod(pendingPod("a", "2"));
    equal(await objects.nodeOf("a"), "n1");
    equal(refusals, 3);
    equal(scheduler.metrics.attempts.with("default-scheduler", "error").value, 2);
    equal(scheduler.metrics.attempts.with("default-scheduler", "scheduled").value, 1);
    const reasons = (await objects.events()).map((event) => event.message);
    match(reasons.join(), /running Bind plugin "DefaultBinder": .*etcd is away/);
  });

  it("never puts more on a node than fits, also while bindings are under way", async () => {
    for (const name of ["n1", "n2", "n3"]) await objects.addNode(readyNode(name));
    for (let index = 0; index < 20; index++) {
      await objects.addPod(pendingPod(`p${index}`, "400m"));
    }
    await start();
    await cluster.clock.advance(2000);
    const counts = new Map<string, number>();
    for (let index = 0; index < 20; index++) {
      const node = (await objects.pod(`p${index}`)).spec?.nodeName ?? "none";
      counts.set(node, (counts.get(node) ?? 0) + 1);
    }
    deepEqual(
      [...counts].sort(),
      [
        ["n1", 5],
        ["n2", 5],
        ["n3", 5],
        ["none", 5],
      ].sort(),
    );
  });

  it("binds a pod once where the watch is behind its binding", async () => {
    await objects.addNode(readyNode("n1"));
    await start();
    await objects.addPod(pendingPod("a"));
    const { transport } = cluster;
    transport.showUpTo(transport.revision);
    const pods = cluster.client.resource(coreV1.pods);
    const body = { metadata: { annotations: { seen: "late" } } };
    await pods.patch("a", { type: "merge", body }, { namespace: "default" });
    const patched = transport.revision;
    equal(await objects.nodeOf("a"), "n1");
    // What the scheduler sees after its binding has succeeded is the pod before it.
    transport.showUpTo(patched);
    await cluster.clock.advance(60_000);
    const bindings = () => transport.writes.filter((write) => write.includes("pods/binding"));
    equal(bindings().length, 1);
    transport.showUpTo(Number.POSITIVE_INFINITY);
    await objects.deletePod("a");
    // Its room is free, and another pod of its name is another pod.
    await objects.addPod(pendingPod("a", "2"));
    equal(await objects.nodeOf("a"), "n1");
    equal(bindings().length, 2);
  });

  it("preempts pods of lower priority and takes their place", async () => {
    await objects.addNode(readyNode("n1"));
    await start();
    await objects.addPod(pendingPod("low", "1500m", { priority: 1 }));
    await objects.addPod(pendingPod("mid", "500m", { priority: 5 }));
    await objects.nodeOf("low");
    await objects.nodeOf("mid");
    await objects.addPod(pendingPod("high", "1", { priority: 10 }));
    equal(await objects.nodeOf("high"), "n1");
    equal((await objects.pod("high")).status?.nominatedNodeName, "n1");
    equal((await objects.pod("mid")).spec?.nodeName, "n1");
    const events = await objects.events();
    const preempted = events.find((event) => event.reason === "Preempted");
    equal(preempted?.involvedObject.name, "low");
    match(preempted?.message ?? "", /^Preempted by pod \S+ on node n1$/);
  });

  it("schedules only while it leads", async () => {
    await objects.addNode(readyNode("n1"));
    const configuration = { leaderElection: { leaderElect: true } };
    const first = await start({ configuration, identity: "one" });
    await cluster.clock.advanceUntil(() => first.isScheduling);
    const second = await start({ configuration, identity: "two" });
    await cluster.clock.advance(10_000);
    deepEqual([first.isScheduling, second.isScheduling], [true, false]);
    await first.stop();
    await cluster.clock.advanceUntil(() => second.isScheduling);
    await objects.addPod(pendingPod("a"));
    equal(await objects.nodeOf("a"), "n1");
  });

  it("wakes as many of many alike as find room, and not all of them", async () => {
    const roomy = (name: string, cpu: string) =>
      readyNode(name, (node) => {
        node.status!.allocatable = { cpu, memory: "64Gi", pods: "500" };
      });
    await objects.addNode(roomy("n1", "1"));
    const scheduler = await start();
    const alike = (name: string) => {
      const pod = pendingPod(name);
      pod.metadata!.labels = { app: "alike" };
      return pod;
    };
    const all = Array.from({ length: 600 }, (_, index) => `p${index}`);
    for (const name of all) await objects.addPod(alike(name));
    const { metrics } = scheduler;
    const attempts = (result: string) => metrics.attempts.with("default-scheduler", result).value;
    await cluster.clock.advanceUntil(() => attempts("unschedulable") === 590);
    await cluster.clock.advance(20_000);
    equal(attempts("scheduled"), 10);
    const [bound] = (await cluster.client.resource(coreV1.pods).list()).items.filter(
      ({ spec }) => spec?.nodeName === "n1",
    );
    await objects.deletePod(bound?.metadata?.name ?? "");
    await cluster.clock.advance(5000);
    equal(attempts("scheduled"), 11);
    equal(attempts("unschedulable") <= 590 + 2 * 128, true, `${attempts("unschedulable")}`);
    await objects.addNode(roomy("n2", "40"));
    await cluster.clock.advance(60_000);
    equal(attempts("scheduled"), 11 + 400);
  });

  it("goes on with a new engine when one breaks", async () => {
    await objects.addNode(readyNode("n1"));
    const scheduler = await start();
    await objects.addPod(pendingPod("before", "1500m"));
    await objects.nodeOf("before");
    const { prototype } = addon.SchedulingEngine;
    const original = prototype.schedule;
    prototype.schedule = () => {
      prototype.schedule = original;
      throw new Error("the scheduling engine is broken");
    };
    await objects.addPod(pendingPod("during", "500m"));
    equal(await objects.nodeOf("during"), "n1");
    equal(scheduler.metrics.attempts.with("default-scheduler", "error").value, 1);
    await objects.addPod(pendingPod("after", "100m"));
    match((await objects.refusalOf("after")).message, /1 Insufficient cpu/);
  });

  it("uses informers that it shares with others", async () => {
    await objects.addNode(readyNode("n1"));
    const ended = pendingPod("ended", "2", { nodeName: "n1" });
    ended.status = { phase: "Succeeded" };
    await objects.addPod(ended);
    const starting = start({ informers: cluster.informers });
    cluster.informers.start(cluster.signal);
    const scheduler = await starting;
    await objects.addPod(pendingPod("a", "2"));
    equal(await objects.nodeOf("a"), "n1");
    await scheduler.stop();
    equal(cluster.informers.lister(coreV1.pods).list().length, 2);
  });

  it("counts a pod no more once it has ended", async () => {
    await objects.addNode(readyNode("n1"));
    await start();
    await objects.addPod(pendingPod("first", "2"));
    await objects.nodeOf("first");
    await objects.addPod(pendingPod("second", "2"));
    await objects.refusalOf("second");
    const pods = cluster.client.resource(coreV1.pods);
    const body = { status: { phase: "Succeeded" } };
    await pods.patchStatus("first", { type: "merge", body }, { namespace: "default" });
    equal(await objects.nodeOf("second"), "n1");
  });

  it("exposes its metrics by upstream's names", async () => {
    await objects.addNode(readyNode("n1"));
    const scheduler = await start();
    await objects.addPod(pendingPod("a"));
    await objects.nodeOf("a");
    await objects.addPod(pendingPod("b", "9"));
    await objects.refusalOf("b");
    const text = scheduler.metrics.registry.expose();
    for (const line of [
      'scheduler_pending_pods{queue="unschedulable"} 1',
      'scheduler_schedule_attempts_total{profile="default-scheduler",result="scheduled"} 1',
      'scheduler_pod_scheduling_sli_duration_seconds_count{attempts="1"} 1',
      'scheduler_cache_size{type="nodes"} 1',
      'scheduler_unschedulable_pods{plugin="NodeResourcesFit",profile="default-scheduler"} 1',
    ]) {
      equal(text.includes(`${line}\n`), true, line);
    }
  });
});
