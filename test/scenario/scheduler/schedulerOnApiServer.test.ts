import { deepEqual, equal, match } from "node:assert/strict";
import { coreV1 } from "../../../lib/api/gen/resources.js";
import type { Pod } from "../../../lib/api/gen/types/coreV1.js";
import { ApiScenario } from "../../support/scheduler/apiScenario.js";
import { pendingPod, readyNode } from "../../support/scheduler/schedulerObjects.js";

function scheduled(pod: Pod | undefined) {
  return pod?.status?.conditions?.find((condition) => condition.type === "PodScheduled");
}

describe("scheduler against the API server", function () {
  this.timeout(600_000);
  let scenario: ApiScenario;

  beforeEach(async () => {
    scenario = await ApiScenario.start();
  });

  afterEach(async () => {
    await scenario.stop();
  });

  it("binds 500 pods to 100 nodes, none with more than fits", async () => {
    const nodes = Array.from({ length: 100 }, (_, index) =>
      readyNode(`n${index}`, (node) => {
        node.metadata!.labels!["topology.kubernetes.io/zone"] = `z${index % 3}`;
      }),
    );
    await Promise.all(nodes.map((node) => scenario.addNode(node)));
    await scenario.schedule();
    const pods = Array.from({ length: 500 }, (_, index) => pendingPod(`p${index}`, "400m"));
    await Promise.all(pods.map((pod) => scenario.addPod(pod)));
    await scenario.until(() => scenario.bindings === 500);
    const counts = new Map<string, number>();
    for (const { spec } of scenario.pods()) {
      counts.set(spec!.nodeName!, (counts.get(spec!.nodeName!) ?? 0) + 1);
    }
    deepEqual([...new Set(counts.values())], [5]);
    equal(scheduled(scenario.pod("p0"))?.status, "True");
  });

  it("writes why a pod waits, and binds it when a node comes", async () => {
    await scenario.addNode(readyNode("n1"));
    await scenario.schedule();
    await scenario.addPod(pendingPod("big", "3"));
    await scenario.until(() => scheduled(scenario.pod("big"))?.status === "False");
    const condition = scheduled(scenario.pod("big"));
    equal(condition?.reason, "Unschedulable");
    match(condition?.message ?? "", /^0\/1 nodes are available: 1 Insufficient cpu\. /);
    await scenario.addNode(readyNode("n2", (node) => (node.status!.allocatable!.cpu = "4")));
    await scenario.until(() => scenario.pod("big")?.spec?.nodeName === "n2");
    equal(scheduled(scenario.pod("big"))?.status, "True");
  });

  it("says that requests beyond every number do not fit, and goes on", async () => {
    await scenario.addNode(readyNode("n1"));
    await scenario.schedule();
    const amounts = { memory: "1e40", cpu: "123456789123456789E", "example.com/x": "1e300" };
    for (const [index, [name, amount]] of Object.entries(amounts).entries()) {
      const pod = pendingPod(`huge-${index}`);
      const requests = { [name]: amount };
      pod.spec!.containers![0]!.resources = { requests, limits: requests };
      await scenario.addPod(pod);
      await scenario.until(() => scheduled(scenario.pod(`huge-${index}`))?.status === "False");
      const condition = scheduled(scenario.pod(`huge-${index}`));
      equal(condition?.reason, "Unschedulable", name);
      match(condition?.message ?? "", new RegExp(`1 Insufficient ${name}`));
    }
    await scenario.addPod(pendingPod("small"));
    await scenario.until(() => scenario.pod("small")?.spec?.nodeName === "n1");
  });

  it("preempts for a higher priority", async () => {
    await scenario.addNode(readyNode("n1"));
    await scenario.schedule();
    await scenario.addPod(pendingPod("low", "1500m", { priorityClassName: "low" }));
    await scenario.until(() => scenario.pod("low")?.spec?.nodeName === "n1");
    await scenario.addPod(pendingPod("high", "1", { priorityClassName: "high" }));
    // No kubelet confirms the victim's end here.
    await scenario.until(
      () => scenario.pod("low") === undefined || isTerminating(scenario.pod("low")),
    );
    equal(scenario.pod("high")?.status?.nominatedNodeName ?? "n1", "n1");
    if (scenario.pod("low") !== undefined) {
      const pods = scenario.client.resource(coreV1.pods);
      await pods.delete("low", { namespace: "default", gracePeriodSeconds: 0 });
    }
    await scenario.until(() => scenario.pod("high")?.spec?.nodeName === "n1");
  });
});

function isTerminating(pod: Pod | undefined): boolean {
  return pod?.metadata?.deletionTimestamp !== undefined;
}
