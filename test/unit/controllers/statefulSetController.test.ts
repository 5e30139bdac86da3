import assert from "node:assert/strict";
import { appsV1, coreV1, policyV1 } from "../../../lib/api/gen/resources.js";
import type { StatefulSet } from "../../../lib/api/gen/types/appsV1.js";
import { DisruptionController } from "../../../lib/controllers/disruption/disruptionController.js";
import { StatefulSetController } from "../../../lib/controllers/statefulset/statefulSetController.js";
import { ControllerHarness } from "../../support/client/controllerHarness.js";

const namespace = "default";

function statefulSet(replicas: number, image = "one"): StatefulSet {
  const labels = { app: "db" };
  return {
    metadata: { name: "db", namespace },
    spec: {
      replicas,
      serviceName: "db",
      selector: { matchLabels: labels },
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } },
      template: { metadata: { labels }, spec: { containers: [{ name: "c", image }] } },
      volumeClaimTemplates: [
        { metadata: { name: "data" }, spec: { accessModes: ["ReadWriteOnce"] } },
      ],
    },
  };
}

describe("StatefulSetController and DisruptionController", () => {
  let harness: ControllerHarness;
  const sets = () => harness.client.resource(appsV1.statefulsets);
  const current = () => sets().get("db", { namespace });
  const names = async () => (await harness.pods()).map((pod) => pod.metadata.name).sort();
  const readyAll = async () => {
    const pods = await harness.pods();
    await harness.setReady(pods.filter((pod) => pod.status?.phase !== "Running"));
  };

  beforeEach(async () => {
    harness = new ControllerHarness();
    const context = harness.context();
    await harness.start(new StatefulSetController(context), new DisruptionController(context));
  });
  afterEach(() => harness.stop());

  async function create(replicas: number): Promise<void> {
    await sets().create(statefulSet(replicas));
    await harness.settle();
    for (let round = 0; round < replicas; round++) await readyAll();
  }

  it("creates pods one after the other, with their names and claims", async () => {
    await sets().create(statefulSet(2));
    await harness.settle();
    assert.deepEqual(await names(), ["db-0"]);
    await readyAll();
    assert.deepEqual(await names(), ["db-0", "db-1"]);
    await readyAll();
    const [pod] = await harness.pods();
    assert.equal(pod?.spec.hostname, "db-0");
    assert.equal(pod?.spec.subdomain, "db");
    assert.equal(pod?.spec.volumes?.[0]?.persistentVolumeClaim?.claimName, "data-db-0");
    const claims = await harness.client.resource(coreV1.persistentvolumeclaims).list({ namespace });
    assert.deepEqual(claims.items.map((claim) => claim.metadata.name).sort(), [
      "data-db-0",
      "data-db-1",
    ]);
    const { status } = await current();
    assert.deepEqual([status?.readyReplicas, status?.currentReplicas], [2, 2]);
    assert.equal(status?.currentRevision, status?.updateRevision);
  });

  it("names the set's revision on its pods, and its cause in the history", async () => {
    const annotations = { "kubernetes.io/change-cause": "first try" };
    const set = statefulSet(1);
    await sets().create({ ...set, metadata: { ...set.metadata, annotations } });
    await harness.settle();
    await readyAll();
    const [pod] = await harness.pods();
    const revision = (await current()).status?.updateRevision ?? "";
    assert.equal(pod?.metadata.labels?.["controller-revision-hash"], revision);
    assert.equal(pod?.metadata.generateName, "db-");
    const revisions = harness.client.resource(appsV1.controllerrevisions);
    const history = await revisions.get(revision, { namespace });
    assert.equal(
      history.metadata.labels?.["controller.kubernetes.io/hash"],
      revision.slice("db-".length),
    );
    assert.deepEqual(history.metadata.annotations, annotations);
    const { items } = await harness.client.resource(coreV1.events).list({ namespace });
    const messages = items.map(({ reason, message }) => `${reason}: ${message}`);
    assert.ok(
      messages.includes("SuccessfulCreate: create Pod db-0 in StatefulSet db successful"),
      messages.join("\n"),
    );
  });

  it("replaces a lost pod under its name, and removes the highest first", async () => {
    await create(3);
    await harness.client.resource(coreV1.pods).delete("db-1", { namespace });
    await harness.settle();
    assert.deepEqual(await names(), ["db-0", "db-1", "db-2"]);
    await readyAll();
    await sets().patch("db", { type: "merge", body: { spec: { replicas: 1 } } }, { namespace });
    await harness.settle();
    assert.deepEqual(await names(), ["db-0"]);
  });

  it("updates from the highest down to the partition", async () => {
    await create(3);
    const { metadata } = await current();
    const next = statefulSet(3, "two");
    next.spec.updateStrategy = { type: "RollingUpdate", rollingUpdate: { partition: 1 } };
    await sets().update({ ...next, metadata });
    await harness.settle();
    const images = async () =>
      Object.fromEntries(
        (await harness.pods()).map((pod) => [pod.metadata.name, pod.spec.containers[0]?.image]),
      );
    assert.deepEqual(await images(), { "db-0": "one", "db-1": "one", "db-2": "two" });
    await readyAll();
    assert.deepEqual(await images(), { "db-0": "one", "db-1": "two", "db-2": "two" });
    await readyAll();
    assert.deepEqual(await images(), { "db-0": "one", "db-1": "two", "db-2": "two" });
    assert.equal((await current()).status?.updatedReplicas, 2);
  });

  it("tells what a budget allows", async () => {
    const budgets = harness.client.resource(policyV1.poddisruptionbudgets);
    await budgets.create({
      metadata: { name: "db", namespace },
      spec: { maxUnavailable: 1, selector: { matchLabels: { app: "db" } } },
    });
    await create(3);
    const status = async () => (await budgets.get("db", { namespace })).status;
    const seen = await status();
    assert.deepEqual(
      [seen?.disruptionsAllowed, seen?.currentHealthy, seen?.desiredHealthy, seen?.expectedPods],
      [1, 3, 2, 3],
    );
    const [pod] = await harness.pods();
    await harness.setReady([pod!], false);
    assert.equal((await status())?.disruptionsAllowed, 0);
    assert.equal((await status())?.conditions?.[0]?.reason, "InsufficientPods");
  });
});
