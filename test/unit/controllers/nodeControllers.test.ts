import assert from "node:assert/strict";
import { coordinationV1, coreV1 } from "../../../lib/api/gen/resources.js";
import type { Node, Pod, Toleration } from "../../../lib/api/gen/types/coreV1.js";
import { type ApiError, apiErrors, hasReason } from "../../../lib/api/status.js";
import { microTimestamp } from "../../../lib/client/timestamps.js";
import { NodeIpamController } from "../../../lib/controllers/nodeipam/nodeIpamController.js";
import { NodeLifecycleController } from "../../../lib/controllers/nodelifecycle/nodeLifecycleController.js";
import { PodGarbageCollector } from "../../../lib/controllers/podgc/podGarbageCollector.js";
import { TaintEvictionController } from "../../../lib/controllers/tainteviction/taintEvictionController.js";
import { ControllerHarness } from "../../support/client/controllerHarness.js";

const namespace = "default";

describe("controllers of nodes", () => {
  let harness: ControllerHarness;
  const nodes = () => harness.client.resource(coreV1.nodes);
  const pods = () => harness.client.resource(coreV1.pods);

  beforeEach(() => {
    harness = new ControllerHarness();
  });
  afterEach(() => harness.stop());

  async function addNode(name: string): Promise<Node> {
    const conditions = [
      { type: "Ready", status: "True", lastHeartbeatTime: "2026-01-01T00:00:00Z" },
    ];
    return nodes().create({ metadata: { name }, spec: {}, status: { conditions } });
  }

  /** Renews the nodes' leases every 10 s of virtual time, as kubelets do. */
  async function live(seconds: number, ...names: string[]): Promise<void> {
    const leases = harness.client.resource(coordinationV1.leases);
    for (let passed = 0; passed < seconds; passed += 10) {
      for (const name of names) {
        const spec = { renewTime: microTimestamp(harness.clock.now()) };
        const lease = { metadata: { name, namespace: "kube-node-lease" }, spec };
        await leases.update(lease).catch(() => leases.create(lease));
      }
      await harness.settle(10_000);
    }
  }

  const taintsOf = async (name: string) =>
    ((await nodes().get(name)).spec?.taints ?? []).map((t) => `${t.key}:${t.effect}`).sort();

  function podOn(name: string, nodeName: string, tolerations: Toleration[] = []): Pod {
    return { metadata: { name, namespace }, spec: { nodeName, containers: [], tolerations } };
  }

  it("gives nodes their ranges in order, and again what a deleted node had", async () => {
    await nodes().create({ metadata: { name: "old" }, spec: { podCIDR: "10.20.1.0/24" } });
    const options = { clusterCidrs: ["10.20.0.0/22", "fd00::/60"] };
    await harness.start(new NodeIpamController(harness.context(options)));
    for (const name of ["a", "b"]) {
      await addNode(name);
      await harness.settle();
    }
    assert.deepEqual((await nodes().get("a")).spec?.podCIDRs, ["10.20.0.0/24", "fd00::/64"]);
    assert.deepEqual((await nodes().get("b")).spec?.podCIDRs, ["10.20.2.0/24", "fd00:0:0:1::/64"]);
    await addNode("c");
    await nodes().delete("old");
    await harness.settle();
    await addNode("d");
    await harness.settle(20_000);
    assert.equal((await nodes().get("d")).spec?.podCIDR, "10.20.1.0/24");
  });

  it("tells of nodes that come and go", async () => {
    await harness.start(new NodeLifecycleController(harness.context()));
    await harness.client.resource(coreV1.nodes).create({ metadata: { name: "n" } });
    await harness.settle(10_000);
    await harness.client.resource(coreV1.nodes).delete("n");
    await harness.settle(10_000);
    const { items } = await harness.client.resource(coreV1.events).list();
    assert.deepEqual(items.map(({ message }) => message).sort(), [
      "Node n event: Registered Node n in Controller",
      "Node n event: Removing Node n from Controller",
    ]);
  });

  it("marks a silent node, taints it, and takes the taints back when it returns", async () => {
    await harness.start(new NodeLifecycleController(harness.context()));
    await addNode("a");
    await addNode("b");
    const [pod] = [await pods().create(podOn("p", "a"))];
    await harness.setReady([pod]);
    await live(60, "a", "b");
    assert.deepEqual(await taintsOf("a"), []);
    await live(70, "b");
    const ready = (await nodes().get("a")).status?.conditions?.find((c) => c.type === "Ready");
    assert.deepEqual([ready?.status, ready?.reason], ["Unknown", "NodeStatusUnknown"]);
    assert.deepEqual(await taintsOf("a"), [
      "node.kubernetes.io/unreachable:NoExecute",
      "node.kubernetes.io/unreachable:NoSchedule",
    ]);
    assert.deepEqual(await taintsOf("b"), []);
    const [seen] = await harness.pods();
    assert.equal(seen?.status?.conditions?.[0]?.status, "False");
    const node = await nodes().get("a");
    const conditions = [
      { type: "Ready", status: "True", lastHeartbeatTime: "2026-01-01T01:00:00Z" },
    ];
    await nodes().updateStatus({ ...node, status: { conditions } });
    await live(20, "a", "b");
    assert.deepEqual(await taintsOf("a"), []);
  });

  it("gives and takes the taint of a cordoned node without waiting for its round", async () => {
    const options = { nodeMonitorPeriodSeconds: 3600 };
    await harness.start(new NodeLifecycleController(harness.context(options)));
    await addNode("a");
    await harness.settle();
    const cordon = async (unschedulable: boolean) => {
      await nodes().patch("a", { type: "merge", body: { spec: { unschedulable } } });
      await harness.settle();
    };
    await cordon(true);
    assert.deepEqual(await taintsOf("a"), ["node.kubernetes.io/unschedulable:NoSchedule"]);
    await cordon(false);
    assert.deepEqual(await taintsOf("a"), []);
  });

  it("does not evict while every node seems lost, nor faster than the zone's rate", async () => {
    await harness.start(new NodeLifecycleController(harness.context()));
    const names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    for (const name of names) await addNode(name);
    await live(20, ...names);
    await live(70);
    assert.deepEqual(await taintsOf("a"), ["node.kubernetes.io/unreachable:NoSchedule"]);
    const conditions = [
      { type: "Ready", status: "True", lastHeartbeatTime: "2026-01-01T01:00:00Z" },
    ];
    for (const name of names.slice(2)) {
      await nodes().updateStatus({ ...(await nodes().get(name)), status: { conditions } });
    }
    await harness.settle(5_000);
    const evicting = async () => {
      const all = await Promise.all(["a", "b"].map(taintsOf));
      return all.filter((taints) => taints.some((taint) => taint.endsWith(":NoExecute"))).length;
    };
    assert.equal(await evicting(), 1);
    await live(20, ...names.slice(2));
    assert.equal(await evicting(), 2);
  });

  it("evicts pods when their tolerations run out", async () => {
    await harness.start(new TaintEvictionController(harness.context()));
    const key = "node.kubernetes.io/unreachable";
    const tolerate = (tolerationSeconds?: number): Toleration[] => [
      {
        key,
        operator: "Exists",
        effect: "NoExecute",
        ...(tolerationSeconds === undefined ? {} : { tolerationSeconds }),
      },
    ];
    await addNode("a");
    await pods().create(podOn("none", "a"));
    await pods().create(podOn("some", "a", tolerate(300)));
    await pods().create(podOn("all", "a", tolerate()));
    const timeAdded = "2026-01-01T00:00:02Z";
    const taint = { key, effect: "NoExecute", timeAdded };
    await nodes().patch("a", { type: "merge", body: { spec: { taints: [taint] } } });
    const names = async () => (await harness.pods()).map((pod) => pod.metadata.name);
    await harness.settle(10_000);
    assert.deepEqual(await names(), ["some", "all"]);
    await harness.settle(280_000);
    assert.deepEqual(await names(), ["some", "all"]);
    await harness.settle(20_000);
    assert.deepEqual(await names(), ["all"]);
    assert.ok((await harness.events()).some((event) => event.startsWith("TaintManagerEviction")));
  });

  it("keeps a pod whose node recovers in time", async () => {
    await harness.start(new TaintEvictionController(harness.context()));
    await addNode("a");
    const tolerations = [{ operator: "Exists" as const, tolerationSeconds: 60 }];
    await pods().create(podOn("p", "a", tolerations));
    const taint = { key: "x", effect: "NoExecute", timeAdded: "2026-01-01T00:00:00Z" };
    await nodes().patch("a", { type: "merge", body: { spec: { taints: [taint] } } });
    await harness.settle(10_000);
    await nodes().patch("a", { type: "merge", body: { spec: { taints: [] } } });
    await harness.settle(120_000);
    assert.equal((await harness.pods()).length, 1);
  });

  it("removes pods of nodes that are gone, and those deleted before they were placed", async () => {
    await harness.start(new PodGarbageCollector(harness.context({ terminatedPodGcThreshold: 1 })));
    await addNode("a");
    await pods().create(podOn("stays", "a"));
    await pods().create(podOn("lost", "gone"));
    for (const name of ["done-1", "done-2"]) {
      await pods().create({ ...podOn(name, "a"), status: { phase: "Succeeded" } });
    }
    await harness.settle(30_000);
    const names = async () => (await harness.pods()).map((pod) => pod.metadata.name);
    assert.deepEqual(await names(), ["stays", "lost", "done-2"]);
    await harness.settle(60_000);
    assert.deepEqual(await names(), ["stays", "done-2"]);
    await assert.rejects(pods().get("lost", { namespace }), (error: ApiError) =>
      hasReason(error, "NotFound"),
    );
  });

  it("removes no more ended pods than are too many, whatever holds those that go", async () => {
    await addNode("a");
    const held = { finalizers: ["batch.kubernetes.io/job-tracking"] };
    for (const name of ["done-1", "done-2", "done-3"]) {
      const { metadata, ...rest } = podOn(name, "a");
      const status = { phase: "Succeeded" as const };
      await pods().create({ ...rest, metadata: { ...metadata, ...held }, status });
      await harness.settle(1_000);
    }
    await pods().delete("done-3", { namespace });
    await harness.start(new PodGarbageCollector(harness.context({ terminatedPodGcThreshold: 2 })));
    await harness.settle(100_000);
    const going = (await harness.pods()).filter((pod) => pod.metadata.deletionTimestamp);
    assert.deepEqual(
      going.map((pod) => pod.metadata.name),
      ["done-3"],
    );
  });

  it("removes what it may although one pod cannot be removed", async () => {
    harness.transport.refuse = ({ name, type, verb }) =>
      verb === "delete" && name === "held" ? apiErrors.forbidden(type, name, "no") : undefined;
    for (const name of ["held", "lost"]) await pods().create(podOn(name, "gone"));
    await harness.start(new PodGarbageCollector(harness.context()));
    await harness.settle(100_000);
    const names = (await harness.pods()).map((pod) => pod.metadata.name);
    assert.deepEqual(names, ["held"]);
  });

  it("takes a node that came back under its name for another", async () => {
    await harness.start(new NodeLifecycleController(harness.context()));
    await addNode("a");
    await live(60, "a");
    await pods().create(podOn("p", "a"));
    await harness.setReady(await harness.pods());
    await nodes().delete("a");
    // It has not said that it is ready yet: that is no fall from what the old one was.
    await nodes().create({ metadata: { name: "a" }, spec: {} });
    await live(30, "a");
    assert.ok(
      (await harness.events()).every((event) => !event.includes("NodeNotReady")),
      "the new node was judged by the old one",
    );
    const told = (await harness.events()).filter((event) => event.includes("Node a event"));
    assert.deepEqual(
      told.map((event) => event.split(" ")[0]),
      ["RegisteredNode", "RemovingNode", "RegisteredNode"],
    );
  });

  it("frees the range of a node whose deletion was not seen", async () => {
    await harness.start(
      new NodeIpamController(harness.context({ clusterCidrs: ["10.20.0.0/24"] })),
    );
    await addNode("a");
    await harness.settle();
    harness.transport.refuse = ({ type, verb }) =>
      type.resource === "nodes" && verb === "watch" ? apiErrors.expired("too old") : undefined;
    harness.transport.cutWatches();
    await harness.settle(1_000);
    await nodes().delete("a");
    await addNode("a");
    harness.transport.refuse = undefined;
    await harness.settle(60_000);
    assert.equal((await nodes().get("a")).spec?.podCIDR, "10.20.0.0/24");
  });

  it("keeps a range taken while another node or the services still have it", async () => {
    const range = (name: string, podCIDR: string) =>
      nodes().create({ metadata: { name }, spec: { podCIDR } });
    await range("first", "10.20.0.0/24");
    const options = { clusterCidrs: ["10.20.0.0/22"], serviceClusterIpRange: "10.20.1.0/24" };
    await harness.start(new NodeIpamController(harness.context(options)));
    await range("twin", "10.20.0.0/24");
    await range("whole", "10.20.0.0/16");
    await harness.settle();
    await nodes().delete("twin");
    await nodes().delete("whole");
    await harness.settle();
    await addNode("a");
    await harness.settle();
    await addNode("b");
    await harness.settle();
    assert.equal((await nodes().get("a")).spec?.podCIDR, "10.20.2.0/24");
    assert.equal((await nodes().get("b")).spec?.podCIDR, "10.20.3.0/24");
  });

  it("gives a waiting node the range that another frees, at once", async () => {
    const options = { clusterCidrs: ["10.20.0.0/24"] };
    await harness.start(new NodeIpamController(harness.context(options)));
    await addNode("a");
    await harness.settle();
    await addNode("b");
    await harness.settle(3_600_000);
    await nodes().delete("a");
    await harness.settle(1_000);
    assert.equal((await nodes().get("b")).spec?.podCIDR, "10.20.0.0/24");
  });

  it("does not count nodes that are excluded from disruption for their zone", async () => {
    const label = { "node.kubernetes.io/exclude-disruption": "" };
    const conditions = [{ type: "Ready", status: "True" }];
    await nodes().create({
      metadata: { name: "x", labels: label },
      spec: {},
      status: { conditions },
    });
    await addNode("a");
    await harness.start(new NodeLifecycleController(harness.context()));
    await live(120, "x");
    // The only node that counts is lost: the network may be, so nobody is evicted.
    assert.deepEqual(await taintsOf("a"), ["node.kubernetes.io/unreachable:NoSchedule"]);
  });

  it("keeps the older names of a node's system labels equal to the newer", async () => {
    const labels = { "kubernetes.io/os": "linux", "kubernetes.io/arch": "arm64" };
    const old = { "beta.kubernetes.io/arch": "amd64" };
    const conditions = [{ type: "Ready", status: "True" }];
    const metadata = { name: "a", labels: { ...labels, ...old } };
    await nodes().create({ metadata, spec: {}, status: { conditions } });
    await harness.start(new NodeLifecycleController(harness.context()));
    await harness.settle(6_000);
    assert.deepEqual((await nodes().get("a")).metadata.labels, {
      ...labels,
      "beta.kubernetes.io/os": "linux",
      "beta.kubernetes.io/arch": "arm64",
    });
  });

  it("takes no node for silent whose lease the server has renewed", async () => {
    await addNode("a");
    await addNode("b");
    await harness.start(new NodeLifecycleController(harness.context()));
    await live(20, "a", "b");
    harness.transport.hide = (resource) => resource.endsWith("leases");
    await live(120, "a");
    assert.deepEqual(await taintsOf("a"), []);
    assert.deepEqual(await taintsOf("b"), [
      "node.kubernetes.io/unreachable:NoExecute",
      "node.kubernetes.io/unreachable:NoSchedule",
    ]);
    await harness.settle(120_000);
    assert.ok((await taintsOf("a")).includes("node.kubernetes.io/unreachable:NoSchedule"));
  });
});
