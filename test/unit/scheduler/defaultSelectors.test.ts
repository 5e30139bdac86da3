import { deepEqual, equal } from "node:assert/strict";
import { appsV1, coreV1 } from "../../../lib/api/gen/resources.js";
import { Scheduler } from "../../../lib/scheduler/scheduler.js";
import { schedulerInformers } from "../../../lib/scheduler/schedulerInformers.js";
import { VirtualCluster } from "../../support/client/virtualCluster.js";
import {
  pendingPod,
  readyNode,
  SchedulerObjects,
} from "../../support/scheduler/schedulerObjects.js";

describe("default selectors", () => {
  let cluster: VirtualCluster;

  beforeEach(() => {
    cluster = new VirtualCluster();
  });

  afterEach(() => cluster.stop());

  async function addService(name: string, selector: Record<string, string>): Promise<void> {
    const service = { metadata: { name, namespace: "default" }, spec: { selector } };
    await cluster.client.resource(coreV1.services).create(service);
  }

  it("join what Services and the owner select", async () => {
    await addService("one", { app: "a" });
    await addService("other", { app: "b" });
    await addService("headless", {});
    const metadata = { name: "set", namespace: "default" };
    const selector = { matchLabels: { app: "a", hash: "1" } };
    const spec = { selector, template: {} } as never;
    await cluster.client.resource(appsV1.replicasets).create({ metadata, spec });
    const { defaultSelectors } = schedulerInformers(cluster.informers, true);
    cluster.informers.start(cluster.signal);
    await cluster.clock.settle(10);
    const pod = pendingPod("a");
    deepEqual(defaultSelectors.of(pod), { matchLabels: { app: "a" }, matchExpressions: [] });
    pod.metadata!.ownerReferences = [
      { apiVersion: "apps/v1", kind: "ReplicaSet", name: "set", uid: "u", controller: true },
    ];
    deepEqual(defaultSelectors.of(pod), {
      matchLabels: { app: "a" },
      matchExpressions: [
        { key: "app", operator: "In", values: ["a"] },
        { key: "hash", operator: "In", values: ["1"] },
      ],
    });
    equal(defaultSelectors.of(pendingPod("lonely")), undefined);
    await addService("late", { app: "lonely" });
    await cluster.clock.settle(10);
    deepEqual(defaultSelectors.of(pendingPod("lonely"))?.matchLabels, { app: "lonely" });
  });

  it("spread a Service's pods over zones", async () => {
    const objects = new SchedulerObjects(cluster);
    for (let index = 0; index < 4; index++) {
      // Three nodes of one zone and one of another: by resources alone they would be alike.
      const zone = index === 0 ? "far" : "near";
      await objects.addNode(
        readyNode(`n${index}`, (node) => {
          node.metadata!.labels!["topology.kubernetes.io/zone"] = zone;
          node.status!.allocatable!.cpu = "64";
          node.status!.allocatable!.memory = "256Gi";
        }),
      );
    }
    await addService("web", { app: "web" });
    const scheduler = new Scheduler({ client: cluster.client, platform: cluster });
    await scheduler.start(cluster.signal);
    for (const name of ["p1", "p2"]) {
      const pod = pendingPod(name, "10m");
      pod.metadata!.labels = { app: "web" };
      await objects.addPod(pod);
    }
    const nodes = [await objects.nodeOf("p1"), await objects.nodeOf("p2")];
    equal(nodes.includes("n0"), true, nodes.join());
    await scheduler.stop();
  });
});
