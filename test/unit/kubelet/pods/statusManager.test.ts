import assert from "node:assert/strict";
import { coreV1 } from "../../../../lib/api/gen/resources.js";
import type { Pod, PodCondition, PodStatus } from "../../../../lib/api/gen/types/coreV1.js";
import { apiErrors } from "../../../../lib/api/status.js";
import type {
  KubeletCondition,
  KubeletStatus,
} from "../../../../lib/kubelet/pods/kubeletStatus.js";
import { StatusManager } from "../../../../lib/kubelet/pods/statusManager.js";
import { silentLogger } from "../../../../lib/platform/logger.js";
import { nodePlatform } from "../../../../lib/platform/node/nodePlatform.js";
import { VirtualCluster } from "../../../support/client/virtualCluster.js";
import { container } from "../../../support/kubelet/kubeletObjects.js";

const namespace = "default";

describe("StatusManager", () => {
  let api: VirtualCluster;
  let manager: StatusManager;
  let gone: string[];
  let tellings: string[];
  const running: KubeletStatus = { phase: "Running", conditions: [] };
  const patches = () =>
    api.transport.writes.filter((write) => write.startsWith("patch pods/status"));

  beforeEach(() => {
    api = new VirtualCluster();
    gone = [];
    tellings = [];
    const platform = { ...nodePlatform, clock: api.clock };
    manager = new StatusManager(platform, api.client, silentLogger, {
      onGone: (uid) => gone.push(uid),
      onReported: (uid) => tellings.push(uid),
    });
  });
  afterEach(async () => {
    manager.stop();
    await api.stop();
  });

  const create = (finalizers: string[] = []): Promise<Pod> =>
    api.client.resource(coreV1.pods).create({
      metadata: { name: "web", namespace, finalizers },
      spec: { containers: [container("main")] },
    });
  const phase = async () =>
    (await api.client.resource(coreV1.pods).get("web", { namespace })).status?.phase;

  it("tells a status once, and again only when it changes", async () => {
    const pod = await create();
    manager.set(pod, running);
    manager.set(pod, { ...running });
    await api.clock.settle(5);
    manager.set(pod, { ...running });
    await api.clock.settle(5);
    assert.deepEqual([await phase(), patches().length], ["Running", 1]);
  });

  it("has one request at a time for a pod, and tells the newest next", async () => {
    const pod = await create();
    for (const message of ["1", "2", "3", "4"]) manager.set(pod, { ...running, message });
    await api.clock.settle(10);
    assert.ok(patches().length <= 2, `${patches().length} requests`);
    const told = await api.client.resource(coreV1.pods).get("web", { namespace });
    assert.equal(told.status?.message, "4");
  });

  it("tries again, with a growing delay", async () => {
    const pod = await create();
    let refused = 0;
    api.transport.refuse = (call) => {
      if (call.verb !== "patch" || refused >= 3) return undefined;
      refused += 1;
      return apiErrors.serviceUnavailable("not now");
    };
    manager.set(pod, running);
    await api.clock.advance(400);
    assert.equal(refused, 1);
    await api.clock.advance(5_000);
    assert.deepEqual([refused, await phase()], [3, "Running"]);
    assert.deepEqual(tellings, [pod.metadata.uid]);
  });

  it("says that a pod is gone when the API has it no longer", async () => {
    const pod = await create();
    await api.client.resource(coreV1.pods).delete("web", { namespace, gracePeriodSeconds: 0 });
    manager.set(pod, running);
    await api.clock.settle(5);
    assert.deepEqual(gone, [pod.metadata.uid]);
    assert.equal(manager.status(pod.metadata.uid ?? ""), undefined);
  });

  it("deletes a finished pod only if its deletion was asked for", async () => {
    const pods = api.client.resource(coreV1.pods);
    const pod = await create(["test/hold"]);
    const uid = pod.metadata.uid ?? "";
    manager.set(pod, { phase: "Succeeded", conditions: [] }, true);
    await api.clock.settle(5);
    assert.equal(await phase(), "Succeeded");
    assert.ok(!api.transport.writes.includes("delete pods default/web"));
    await pods.delete("web", { namespace });
    api.transport.writes.length = 0;
    manager.observe(uid, await pods.get("web", { namespace }));
    await api.clock.settle(5);
    assert.ok(api.transport.writes.includes("delete pods default/web"));
    assert.deepEqual(gone, [pod.metadata.uid]);
  });

  const ready = (status: string, reason = ""): KubeletCondition => ({
    type: "Ready",
    status,
    ...(reason === "" ? {} : { reason }),
    lastTransitionTime: "2026-01-01T00:00:00Z",
  });
  const told = async () =>
    (await api.client.resource(coreV1.pods).get("web", { namespace })).status ?? {};
  const conditionOf = async (type: string) =>
    (await told()).conditions?.find((condition) => condition.type === type);
  /** Somebody else writes the status; the kubelet sees it. */
  const overwrite = async (change: (status: PodStatus) => PodStatus, isSeen = true) => {
    const pods = api.client.resource(coreV1.pods);
    const there = await pods.get("web", { namespace });
    const after = await pods.updateStatus({ ...there, status: change(there.status ?? {}) });
    if (isSeen) manager.observe(after.metadata.uid ?? "", after);
    await api.clock.settle(5);
  };
  const withCondition = (condition: PodCondition) => (status: PodStatus) => ({
    ...status,
    conditions: [
      ...(status.conditions ?? []).filter(({ type }) => type !== condition.type),
      condition,
    ],
  });
  const unready = withCondition({
    type: "Ready",
    status: "False",
    reason: "NodeNotReady",
    lastTransitionTime: "2026-01-01T00:00:30Z",
  });

  it("says again what somebody else wrote over, once at once, then with pauses", async () => {
    manager.set(await create(), { ...running, conditions: [ready("True")] });
    await api.clock.settle(5);
    await api.clock.advance(60_000);
    await overwrite(unready);
    const mended = await conditionOf("Ready");
    assert.deepEqual(mended, { ...ready("True"), lastTransitionTime: "2026-01-01T00:01:00Z" });
    await overwrite(unready);
    assert.equal((await conditionOf("Ready"))?.status, "False");
    await api.clock.advance(10_000);
    assert.equal((await conditionOf("Ready"))?.status, "True");
    assert.equal(patches().length, 3);
  });

  it("says nothing where only the order of keys or conditions differs", async () => {
    const conditions = [ready("True"), { ...ready("True"), type: "Initialized" as const }];
    manager.set(await create(), { ...running, conditions, hostIP: "10.0.0.9" });
    await api.clock.settle(5);
    const count = patches().length;
    await overwrite((status) => ({
      ...Object.fromEntries(Object.entries(status).reverse()),
      conditions: [...(status.conditions ?? [])].reverse(),
      ephemeralContainerStatuses: [],
    }));
    assert.equal(patches().length, count);
  });

  it("leaves to others what is theirs, also where it has not seen it", async () => {
    const gate = { type: "a.io/gate", status: "True" };
    const disruption = {
      type: "DisruptionTarget",
      status: "True",
      reason: "EvictionByEvictionAPI",
    };
    manager.set(await create(), { ...running, conditions: [ready("True")] });
    await api.clock.settle(5);
    await overwrite(withCondition(gate));
    await overwrite(withCondition(disruption), false);
    await overwrite((status) => ({ ...status, nominatedNodeName: "n2" }), false);
    const pod = await api.client.resource(coreV1.pods).get("web", { namespace });
    manager.set(pod, { ...running, conditions: [ready("False", "ContainersNotReady")] });
    await api.clock.settle(10);
    assert.deepEqual(await conditionOf("a.io/gate"), gate);
    assert.deepEqual(await conditionOf("DisruptionTarget"), disruption);
    assert.equal((await conditionOf("Ready"))?.status, "False");
    assert.equal((await told()).nominatedNodeName, "n2");
  });

  it("never takes back a final phase that somebody else wrote in between, unseen", async () => {
    const pod = await create();
    manager.set(pod, { ...running, conditions: [ready("True")] });
    await api.clock.settle(5);
    const failed: PodStatus = { phase: "Failed", reason: "Terminated", message: "node shutdown" };
    await overwrite((status) => ({ ...status, ...failed }), false);
    manager.set(pod, { ...running, podIP: "10.1.0.2", conditions: [ready("True")] });
    await api.clock.settle(10);
    const { phase: after, reason, message, podIP } = await told();
    assert.deepEqual(
      [after, reason, message, podIP],
      ["Failed", "Terminated", "node shutdown", "10.1.0.2"],
    );
    assert.deepEqual(
      [(await conditionOf("Ready"))?.status, (await conditionOf("Ready"))?.reason],
      ["False", "PodFailed"],
    );
  });

  it("takes away a reason that no longer holds, and a condition of its own that has ended", async () => {
    const pod = await create();
    const resizing = { type: "PodResizeInProgress", status: "True" } as const;
    const conditions = [ready("False", "ContainersNotReady"), resizing];
    manager.set(pod, { ...running, reason: "Why", conditions });
    await api.clock.settle(5);
    manager.set(pod, { ...running, conditions: [ready("True")] });
    await api.clock.settle(5);
    const status = await told();
    assert.equal(status.reason, undefined);
    assert.deepEqual(
      status.conditions?.map(({ type, status: value, reason }) => [type, value, reason]),
      [["Ready", "True", undefined]],
    );
  });
});
