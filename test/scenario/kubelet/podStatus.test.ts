import assert from "node:assert/strict";
import type { PodCondition, PodStatus } from "../../../lib/api/gen/types/coreV1.js";
import { KubeletScenario } from "../../support/kubelet/kubeletScenario.js";

const namespace = "default";
const gate = "a.io/open";

describe("A pod's status that others write too, in virtual time", () => {
  let scenario: KubeletScenario;
  beforeEach(async () => {
    scenario = new KubeletScenario();
    await scenario.start();
  });
  afterEach(() => scenario.stop());

  const write = async (name: string, change: (status: PodStatus) => PodStatus): Promise<void> => {
    const there = await scenario.get(name);
    assert.ok(there);
    await scenario.pods.updateStatus({ ...there, status: change(there.status ?? {}) });
    await scenario.settle();
  };
  const condition = (one: PodCondition) => (status: PodStatus) => ({
    ...status,
    conditions: [...(status.conditions ?? []).filter(({ type }) => type !== one.type), one],
  });
  const conditionOf = async (name: string, type: string) =>
    (await scenario.get(name))?.status?.conditions?.find((one) => one.type === type);
  const statusOf = async (name: string, type: string) => (await conditionOf(name, type))?.status;

  it("is ready once a gate is opened, and unready when it is closed again", async () => {
    await scenario.create("web", { readinessGates: [{ conditionType: gate }] });
    await scenario.settle();
    assert.equal((await conditionOf("web", "Ready"))?.reason, "ReadinessGatesNotReady");
    await write("web", condition({ type: gate, status: "True" }));
    assert.equal(await statusOf("web", "Ready"), "True");
    await write("web", condition({ type: gate, status: "False" }));
    assert.equal(await statusOf("web", "Ready"), "False");
    assert.equal(await statusOf("web", "ContainersReady"), "True");
  });

  it("keeps others' conditions through the kubelet's own writes and its restart", async () => {
    const mine = { type: gate, status: "True" };
    const target = { type: "DisruptionTarget", status: "True", reason: "EvictionByEvictionAPI" };
    const readinessProbe = { exec: { command: ["true"] }, periodSeconds: 1, failureThreshold: 1 };
    const containers = [{ name: "main", image: "registry.local/main:1", readinessProbe }];
    const nothing = new Uint8Array();
    let exitCode = 0;
    scenario.runtime.execSync = async () => ({ exitCode, stdout: nothing, stderr: nothing });
    await scenario.create("web", { containers });
    await scenario.settle(5_000);
    assert.equal(await statusOf("web", "Ready"), "True");
    await write("web", condition(mine));
    await write("web", condition(target));
    exitCode = 1;
    await scenario.settle(5_000);
    assert.equal(await statusOf("web", "Ready"), "False");
    await write("web", condition({ ...mine, status: "False" }));
    await scenario.stopKubelet();
    await write("web", condition({ ...mine, reason: "Later" }));
    exitCode = 0;
    await scenario.start();
    await scenario.settle(5_000);
    assert.equal(await statusOf("web", "Ready"), "True");
    assert.deepEqual(await conditionOf("web", gate), { ...mine, reason: "Later" });
    assert.deepEqual(await conditionOf("web", "DisruptionTarget"), target);
  });

  it("mends its own part when somebody writes over it, also while it was away", async () => {
    await scenario.create("web");
    await scenario.settle();
    const unready = condition({ type: "Ready", status: "False", reason: "NodeNotReady" });
    await write("web", unready);
    assert.equal(await statusOf("web", "Ready"), "True");
    await scenario.stopKubelet();
    await write("web", (status) => unready({ ...status, podIP: "1.2.3.4", containerStatuses: [] }));
    await scenario.start();
    await scenario.settle();
    assert.equal(await statusOf("web", "Ready"), "True");
    assert.equal((await scenario.main("web")).ready, true);
    assert.match((await scenario.get("web"))?.status?.podIP ?? "", /^10\.1\.0\./);
  });

  it("ends a pod that somebody else has failed, and keeps why", async () => {
    await scenario.create("web");
    await scenario.settle();
    await write("web", (status) => ({ ...status, phase: "Failed", reason: "Lost", message: "m" }));
    await scenario.settle(40_000);
    assert.deepEqual(await scenario.runningIds(), []);
    const status = (await scenario.get("web"))?.status;
    assert.deepEqual([status?.phase, status?.reason, status?.message], ["Failed", "Lost", "m"]);
    assert.equal(await statusOf("web", "Ready"), "False");
    assert.ok(status?.containerStatuses?.[0]?.state?.terminated);
  });

  it("tells a mirror anew what was written over, and ends no static pod by its mirror", async () => {
    await scenario.files.makeDirectory("/manifests");
    await scenario.files.writeFile(
      "/manifests/web.yaml",
      "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\n" +
        "spec: {containers: [{name: main, image: 'registry.local/main:1'}]}\n",
    );
    await scenario.settle(45_000);
    const [before] = await scenario.runningIds();
    await write("web-n1", condition({ type: "Ready", status: "False" }));
    assert.equal(await statusOf("web-n1", "Ready"), "True");
    await write("web-n1", (status) => ({ ...status, phase: "Failed", reason: "Lost" }));
    await scenario.settle(15_000);
    const status = (await scenario.get("web-n1"))?.status;
    assert.deepEqual([status?.phase, status?.reason], ["Running", undefined]);
    assert.deepEqual(await scenario.runningIds(), [before]);
  });

  it("deletes a pod only after its last status, also across a restart in between", async () => {
    let isHeld = true;
    const stopContainer = scenario.runtime.stopContainer.bind(scenario.runtime);
    scenario.runtime.stopContainer = async (id) => {
      while (isHeld) await scenario.api.clock.sleep(500);
      await stopContainer(id);
    };
    await scenario.create("web", {}, {}, ["test/hold"]);
    await scenario.settle();
    await scenario.delete("web", 30);
    await scenario.settle();
    await scenario.stopKubelet();
    assert.equal(await scenario.phase("web"), "Running");
    await scenario.start();
    await scenario.settle();
    isHeld = false;
    scenario.api.transport.writes.length = 0;
    await scenario.settle(5_000);
    const writes = scenario.api.transport.writes.filter((write) => write.includes("default/web"));
    assert.equal(writes.at(-1), "delete pods default/web");
    assert.match((await scenario.phase("web")) ?? "", /^(Succeeded|Failed)$/);
    assert.ok((await scenario.main("web")).state?.terminated);
    const there = await scenario.pods.list({ namespace });
    assert.deepEqual(
      there.items.map((pod) => pod.metadata.name),
      ["web"],
    );
  });
});
