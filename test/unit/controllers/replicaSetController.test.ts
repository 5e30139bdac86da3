import assert from "node:assert/strict";
import { appsV1, coreV1 } from "../../../lib/api/gen/resources.js";
import type { ReplicaSet } from "../../../lib/api/gen/types/appsV1.js";
import { apiErrors } from "../../../lib/api/status.js";
import {
  replicaSetKind,
  replicationControllerKind,
} from "../../../lib/controllers/replicaset/replicaKind.js";
import { ReplicaSetController } from "../../../lib/controllers/replicaset/replicaSetController.js";
import { ControllerHarness } from "../../support/client/controllerHarness.js";

const template = {
  metadata: { labels: { app: "web" } },
  spec: { containers: [{ name: "c", image: "i" }] },
};

function replicaSet(replicas: number, minReadySeconds = 0): ReplicaSet {
  return {
    metadata: { name: "web", namespace: "default" },
    spec: { replicas, minReadySeconds, selector: { matchLabels: { app: "web" } }, template },
  };
}

describe("ReplicaSetController", () => {
  let harness: ControllerHarness;
  const sets = () => harness.client.resource(appsV1.replicasets);
  const current = () => sets().get("web", { namespace: "default" });

  beforeEach(async () => {
    harness = new ControllerHarness();
    await harness.start(new ReplicaSetController(harness.context(), replicaSetKind));
  });
  afterEach(() => harness.stop());

  it("creates what is missing, reports it, and replaces a deleted pod", async () => {
    await sets().create(replicaSet(3));
    await harness.settle();
    const pods = await harness.pods();
    assert.equal(pods.length, 3);
    assert.match(pods[0]?.metadata.name ?? "", /^web-/);
    assert.deepEqual(pods[0]?.metadata.ownerReferences?.[0]?.kind, "ReplicaSet");
    assert.equal((await current()).status?.replicas, 3);
    const name = pods[0]?.metadata.name ?? "";
    await harness.client.resource(coreV1.pods).delete(name, { namespace: "default" });
    await harness.settle();
    assert.equal((await harness.pods()).length, 3);
    const created = (await harness.events()).filter((e) => e.startsWith("SuccessfulCreate"));
    assert.equal(created.length, 4);
  });

  it("does nothing when nothing is to be done", async () => {
    await sets().create(replicaSet(2));
    await harness.settle();
    const writes = harness.transport.writes.length;
    await harness.settle(600_000);
    assert.equal(harness.transport.writes.length, writes);
  });

  it("deletes pods that are not ready first", async () => {
    await sets().create(replicaSet(3));
    await harness.settle();
    const [first, second] = await harness.pods();
    await harness.setReady([first!, second!]);
    const body = { spec: { replicas: 2 } };
    await sets().patch("web", { type: "merge", body }, { namespace: "default" });
    await harness.settle();
    const left = (await harness.pods()).map((pod) => pod.metadata.name);
    assert.deepEqual(left, [first!.metadata.name, second!.metadata.name]);
    const status = (await current()).status;
    assert.deepEqual([status?.replicas, status?.readyReplicas], [2, 2]);
  });

  it("counts a pod as available only after minReadySeconds", async () => {
    await sets().create(replicaSet(1, 30));
    await harness.settle();
    await harness.setReady(await harness.pods());
    assert.deepEqual((await current()).status?.availableReplicas ?? 0, 0);
    await harness.settle(31_000);
    assert.deepEqual((await current()).status?.availableReplicas, 1);
  });

  it("counts from its own sight where a node's clock is ahead or says nothing", async () => {
    for (const since of [harness.clock.now() + 3_600_000, undefined]) {
      await sets().create(replicaSet(1, 30));
      await harness.settle();
      const [pod] = await harness.pods();
      await harness.setState(pod!.metadata.name!, { phase: "Running", ready: true, since });
      await harness.settle(29_000);
      assert.equal((await current()).status?.availableReplicas ?? 0, 0);
      await harness.settle(2_000);
      assert.equal((await current()).status?.availableReplicas, 1);
      await sets().delete("web", { namespace: "default" });
      const name = pod!.metadata.name!;
      await harness.client.resource(coreV1.pods).delete(name, { namespace: "default" });
      await harness.settle();
    }
  });

  it("counts a pod as available in time while creating others is refused", async () => {
    await sets().create(replicaSet(1, 30));
    await harness.settle();
    harness.transport.refuse = (call) =>
      call.verb === "create" && call.type.resource === "pods"
        ? apiErrors.forbidden(call.type, "", "exceeded quota")
        : undefined;
    const body = { spec: { replicas: 2 } };
    await sets().patch("web", { type: "merge", body }, { namespace: "default" });
    // Long enough for the next retry to be minutes away.
    await harness.settle(400_000);
    await harness.setReady(await harness.pods());
    await harness.settle(31_000);
    const { status } = await current();
    assert.equal(status?.availableReplicas, 1);
    assert.equal(status?.observedGeneration, 2);
    assert.equal(status?.conditions?.[0]?.type, "ReplicaFailure");
  });

  it("goes on after five minutes when the watch never shows what it created", async () => {
    await sets().create(replicaSet(1));
    await harness.settle();
    harness.transport.hide = (resource) => resource === "/pods";
    const body = { spec: { replicas: 2 } };
    await sets().patch("web", { type: "merge", body }, { namespace: "default" });
    await harness.settle();
    harness.transport.hide = undefined;
    await harness.settle(301_000);
    assert.equal((await current()).status?.replicas, 2);
  });

  it("adopts pods that match and have no owner", async () => {
    await harness.client.resource(coreV1.pods).create({
      metadata: { name: "lone", namespace: "default", labels: { app: "web" } },
      spec: template.spec,
    });
    await sets().create(replicaSet(1));
    await harness.settle();
    const pods = await harness.pods();
    assert.deepEqual(
      pods.map((pod) => [pod.metadata.name, pod.metadata.ownerReferences?.[0]?.name]),
      [["lone", "web"]],
    );
  });

  it("counts and deletes no pod of another namespace that names it", async () => {
    await sets().create(replicaSet(2));
    await harness.settle();
    const { metadata } = await current();
    const reference = {
      apiVersion: "apps/v1",
      kind: "ReplicaSet",
      name: "web",
      uid: metadata.uid ?? "",
      controller: true,
    };
    for (const name of ["x", "y"]) {
      const place = { name, namespace: "other", labels: { app: "web" } };
      await harness.client
        .resource(coreV1.pods)
        .create({ metadata: { ...place, ownerReferences: [reference] }, spec: template.spec });
    }
    await harness.setReady(await harness.pods("other"));
    await sets().patch(
      "web",
      { type: "merge", body: { spec: { replicas: 3 } } },
      {
        namespace: "default",
      },
    );
    await harness.settle();
    assert.equal((await harness.pods()).length, 3);
    assert.equal((await harness.pods("other")).length, 2);
    const { status } = await current();
    assert.deepEqual([status?.replicas, status?.readyReplicas ?? 0], [3, 0]);
  });

  it("stops at the first refusal, says so, and goes on when it may", async () => {
    let refused = 0;
    harness.transport.refuse = (call) => {
      if (call.verb !== "create" || call.type.resource !== "pods") return undefined;
      refused++;
      return apiErrors.forbidden(call.type, "", "exceeded quota");
    };
    await sets().create(replicaSet(10));
    await harness.settle(1);
    assert.ok(refused < 10, `${refused} calls were refused`);
    const [condition] = (await current()).status?.conditions ?? [];
    assert.deepEqual([condition?.type, condition?.reason], ["ReplicaFailure", "FailedCreate"]);
    harness.transport.refuse = undefined;
    await harness.settle(60_000);
    assert.equal((await harness.pods()).length, 10);
    assert.equal((await current()).status?.conditions?.length ?? 0, 0);
  });

  it("reports its pods while an orphan may not be adopted, and makes none instead", async () => {
    await sets().create(replicaSet(1));
    await harness.settle();
    const body = { spec: { replicas: 2 } };
    harness.transport.refuse = (call) =>
      call.verb === "patch" && call.name === "lone"
        ? apiErrors.forbidden(call.type, call.name, "not yours")
        : undefined;
    await harness.client.resource(coreV1.pods).create({
      metadata: { name: "lone", namespace: "default", labels: { app: "web" } },
      spec: template.spec,
    });
    await sets().patch("web", { type: "merge", body }, { namespace: "default" });
    await harness.settle();
    assert.equal((await harness.pods()).length, 2);
    const { status } = await current();
    assert.deepEqual([status?.replicas, status?.observedGeneration], [1, 2]);
    harness.transport.refuse = undefined;
    await harness.settle(60_000);
    assert.equal((await current()).status?.replicas, 2);
  });

  it("keeps ReplicationControllers the same way", async () => {
    await harness.start(new ReplicaSetController(harness.context(), replicationControllerKind));
    const controllers = harness.client.resource(coreV1.replicationcontrollers);
    await controllers.create({
      metadata: { name: "rc", namespace: "default" },
      spec: { replicas: 2, selector: { app: "web" }, template },
    });
    await harness.settle();
    assert.equal((await harness.pods()).length, 2);
    const { status } = await controllers.get("rc", { namespace: "default" });
    assert.equal(status?.fullyLabeledReplicas, 2);
  });
});
