import assert from "node:assert/strict";
import { coreV1 } from "../../../../lib/api/gen/resources.js";
import type { Pod, PodStatus } from "../../../../lib/api/gen/types/coreV1.js";
import { apiErrors } from "../../../../lib/api/status.js";
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
  const running: PodStatus = { phase: "Running" };
  const patches = () =>
    api.transport.writes.filter((write) => write.startsWith("patch pods/status"));

  beforeEach(() => {
    api = new VirtualCluster();
    gone = [];
    const platform = { ...nodePlatform, clock: api.clock };
    manager = new StatusManager(platform, api.client, silentLogger, (uid) => gone.push(uid));
  });
  afterEach(async () => {
    manager.stop();
    await api.stop();
  });

  const create = (): Promise<Pod> =>
    api.client.resource(coreV1.pods).create({
      metadata: { name: "web", namespace },
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
    const pod = await create();
    manager.set(pod, { phase: "Succeeded" }, true);
    await api.clock.settle(5);
    assert.equal(await phase(), "Succeeded");
    const deleted = { ...pod.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" };
    manager.set({ ...pod, metadata: deleted }, { phase: "Succeeded" }, true);
    await api.clock.settle(5);
    assert.ok(api.transport.writes.includes("delete pods default/web"));
    assert.deepEqual(gone, [pod.metadata.uid]);
  });
});
