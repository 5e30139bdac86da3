import assert from "node:assert/strict";
import { appsV1, coreV1 } from "../../../lib/api/gen/resources.js";
import type { StatefulSet, StatefulSetSpec } from "../../../lib/api/gen/types/appsV1.js";
import type { Pod } from "../../../lib/api/gen/types/coreV1.js";
import { apiErrors } from "../../../lib/api/status.js";
import { StatefulSetController } from "../../../lib/controllers/statefulset/statefulSetController.js";
import { ControllerHarness } from "../../support/client/controllerHarness.js";

const namespace = "default";
const labels = { app: "db" };

function statefulSet(spec: Partial<StatefulSetSpec> = {}, image = "one"): StatefulSet {
  return {
    metadata: { name: "db", namespace },
    spec: {
      replicas: 3,
      serviceName: "db",
      selector: { matchLabels: labels },
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } },
      template: { metadata: { labels }, spec: { containers: [{ name: "c", image }] } },
      ...spec,
    },
  };
}

const parallel = { podManagementPolicy: "Parallel" } as const;
const claimTemplates = {
  volumeClaimTemplates: [{ metadata: { name: "data" }, spec: { accessModes: ["ReadWriteOnce"] } }],
};

/** A test's own cluster with a StatefulSet `db` in it. */
class StatefulSetTrial extends ControllerHarness {
  readonly pauses: string[] = [];

  sets() {
    return this.client.resource(appsV1.statefulsets);
  }

  current(): Promise<StatefulSet> {
    return this.sets().get("db", { namespace });
  }

  async change(spec: object): Promise<void> {
    await this.sets().patch("db", { type: "merge", body: { spec } }, { namespace });
    await this.settle();
  }

  changeImage(image: string): Promise<void> {
    return this.change({ template: statefulSet({}, image).spec.template });
  }

  async names(): Promise<string[]> {
    return (await this.pods()).map((pod) => pod.metadata.name ?? "").sort();
  }

  async images(): Promise<string> {
    const pods = (await this.pods()).sort((a, b) => (a.metadata.name! < b.metadata.name! ? -1 : 1));
    return pods.map((p) => `${p.metadata.name}=${p.spec.containers[0]?.image}`).join(" ");
  }

  async readyAll(rounds = 1): Promise<void> {
    for (let round = 0; round < rounds; round++) {
      const pods = await this.pods();
      await this.setReady(pods.filter((pod) => pod.status?.phase !== "Running"));
    }
  }

  async begin(spec: Partial<StatefulSetSpec> = {}): Promise<void> {
    await this.start(new StatefulSetController(this.context()));
    await this.sets().create(statefulSet(spec));
    await this.settle();
    await this.readyAll(spec.replicas ?? 3);
  }

  /** As a full quota does. */
  refusePods(): void {
    this.transport.refuse = (call) =>
      call.verb === "create" && call.type.resource === "pods"
        ? apiErrors.forbidden(call.type, "", "exceeded quota: q")
        : undefined;
  }

  async deletePod(name: string): Promise<void> {
    await this.client.resource(coreV1.pods).delete(name, { namespace });
    await this.settle();
  }

  async owners(): Promise<string> {
    const { items } = await this.client.resource(coreV1.persistentvolumeclaims).list({ namespace });
    return items
      .map(({ metadata }) => {
        const kinds = (metadata.ownerReferences ?? []).map(
          (owner) => `${owner.kind}/${owner.name}`,
        );
        return `${metadata.name}:${kinds.join(",")}`;
      })
      .sort()
      .join(" ");
  }
}

describe("StatefulSetController: what is refused", () => {
  let trial: StatefulSetTrial;
  beforeEach(() => {
    trial = new StatefulSetTrial();
  });
  afterEach(() => trial.stop());

  for (const policy of ["Parallel", "OrderedReady"] as const) {
    it(`reports status and generation while creating is refused (${policy})`, async () => {
      await trial.begin({ replicas: 2, podManagementPolicy: policy });
      trial.refusePods();
      await trial.change({ replicas: 4 });
      const { status, metadata } = await trial.current();
      assert.equal(metadata.generation, 2);
      assert.equal(status?.observedGeneration, 2);
      assert.deepEqual([status?.replicas, status?.readyReplicas], [2, 2]);
      const pods = await trial.pods();
      await trial.setReady([pods[0]!], false);
      assert.equal((await trial.current()).status?.readyReplicas, 1);
      assert.ok((await trial.events()).some((e) => e.startsWith("FailedCreate create Pod db-2")));
    });

    it(`scales down although a pod that stays cannot be made (${policy})`, async () => {
      await trial.begin({ replicas: 4, podManagementPolicy: policy });
      trial.refusePods();
      await trial.deletePod("db-0");
      assert.deepEqual(await trial.names(), ["db-1", "db-2", "db-3"]);
      await trial.change({ replicas: 2 });
      assert.deepEqual(await trial.names(), ["db-1"]);
      const { status } = await trial.current();
      assert.deepEqual([status?.replicas, status?.observedGeneration], [1, 2]);
      trial.transport.refuse = undefined;
      await trial.settle(60_000);
      assert.deepEqual(await trial.names(), ["db-0", "db-1"]);
    });

    it(`takes no pod for an update while another cannot be made (${policy})`, async () => {
      await trial.begin({ replicas: 3, podManagementPolicy: policy });
      trial.refusePods();
      await trial.deletePod("db-0");
      await trial.changeImage("two");
      assert.equal(await trial.images(), "db-1=one db-2=one");
      assert.equal((await trial.current()).status?.observedGeneration, 2);
    });
  }

  it("scales pods away that are down themselves, where a pod that stays cannot be made", async () => {
    await trial.begin({ replicas: 4 });
    trial.refusePods();
    await trial.setReady(await trial.pods(), false);
    await trial.deletePod("db-0");
    await trial.change({ replicas: 1 });
    assert.deepEqual(await trial.names(), []);
    trial.transport.refuse = undefined;
    await trial.settle(60_000);
    assert.deepEqual(await trial.names(), ["db-0"]);
  });

  it("scales down in parallel while deleting one of the pods is refused", async () => {
    await trial.begin({ replicas: 4, ...parallel });
    trial.transport.refuse = (call) =>
      call.verb === "delete" && call.name === "db-2"
        ? apiErrors.forbidden(call.type, call.name, "held")
        : undefined;
    await trial.change({ replicas: 1 });
    assert.deepEqual(await trial.names(), ["db-0", "db-2"]);
    assert.equal((await trial.current()).status?.observedGeneration, 2);
    assert.ok((await trial.events()).some((e) => e.startsWith("FailedDelete delete Pod db-2")));
  });

  for (const policy of ["Parallel", "OrderedReady"] as const) {
    it(`scales down while its claims or revisions may not be made (${policy})`, async () => {
      await trial.begin({ replicas: 3, podManagementPolicy: policy, ...claimTemplates });
      trial.transport.refuse = (call) => {
        const refused = ["persistentvolumeclaims", "controllerrevisions"];
        return call.verb === "create" && refused.includes(call.type.resource)
          ? apiErrors.forbidden(call.type, "", "exceeded quota: q")
          : undefined;
      };
      const claims = trial.client.resource(coreV1.persistentvolumeclaims);
      await claims.delete("data-db-0", { namespace });
      await trial.deletePod("db-0");
      await trial.change({ replicas: 2, template: statefulSet({}, "two").spec.template });
      assert.deepEqual(await trial.names(), ["db-1"]);
      const { status } = await trial.current();
      // The counts are what they are; of the template nothing is known yet.
      assert.deepEqual([status?.replicas, status?.observedGeneration], [1, 1]);
      trial.transport.refuse = undefined;
      await trial.settle(60_000);
      await trial.readyAll(4);
      assert.equal(await trial.images(), "db-0=two db-1=two");
      assert.equal((await trial.current()).status?.observedGeneration, 2);
    });
  }

  it("reports its pods while an orphan may not be adopted, and goes round a name that is taken", async () => {
    const owner = { apiVersion: "x.io/v1", kind: "X", name: "x", uid: "x", controller: true };
    const pods = trial.client.resource(coreV1.pods);
    const spec = { containers: [{ name: "c", image: "i" }] };
    await pods.create({ metadata: { name: "db-0", namespace, ownerReferences: [owner] }, spec });
    trial.transport.refuse = (call) =>
      call.verb === "patch" && call.name === "db-1"
        ? apiErrors.forbidden(call.type, call.name, "not yours")
        : undefined;
    await pods.create({ metadata: { name: "db-1", namespace, labels }, spec });
    await trial.begin({ replicas: 3, ...parallel });
    assert.deepEqual(await trial.names(), ["db-0", "db-1", "db-2"]);
    assert.equal((await trial.current()).status?.readyReplicas, 1);
    trial.transport.refuse = undefined;
    await trial.deletePod("db-0");
    await trial.settle(60_000);
    await trial.readyAll(2);
    assert.equal((await trial.current()).status?.readyReplicas, 3);
  });

  it("does not scale a pod away before its claims have their new owner", async () => {
    const retention = { whenScaled: "Delete", whenDeleted: "Retain" };
    const persistentVolumeClaimRetentionPolicy = retention;
    await trial.begin({ ...parallel, ...claimTemplates, persistentVolumeClaimRetentionPolicy });
    trial.transport.refuse = (call) =>
      call.verb === "update" && call.name === "data-db-2"
        ? apiErrors.forbidden(call.type, call.name, "held")
        : undefined;
    await trial.change({ replicas: 1 });
    assert.deepEqual(await trial.names(), ["db-0", "db-2"]);
    trial.transport.refuse = undefined;
    await trial.settle(60_000);
    assert.deepEqual(await trial.names(), ["db-0"]);
    assert.equal(await trial.owners(), "data-db-0: data-db-1:Pod/db-1 data-db-2:Pod/db-2");
  });
});

describe("StatefulSetController: order and updates", () => {
  let trial: StatefulSetTrial;
  beforeEach(() => {
    trial = new StatefulSetTrial();
  });
  afterEach(() => trial.stop());

  const updating = (maxUnavailable: number | string, partition = 0) => ({
    updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition, maxUnavailable } },
  });

  for (const [limit, replicas, atOnce] of [
    [2, 4, 2],
    ["50%", 5, 2],
    ["10%", 4, 1],
    [9, 4, 4],
  ] as const) {
    it(`updates ${atOnce} of ${replicas} at once for maxUnavailable ${limit}`, async () => {
      await trial.begin({ replicas, ...parallel, ...updating(limit) });
      await trial.changeImage("two");
      const two = () => trial.images().then((images) => images.split("=two").length - 1);
      assert.equal(await two(), atOnce);
      const higher = (await trial.images()).split(" ").slice(-atOnce);
      assert.ok(higher.every((image) => image.endsWith("=two")));
      await trial.readyAll();
      assert.equal(await two(), Math.min(replicas, 2 * atOnce));
    });
  }

  it("takes maxUnavailable pods in order too, and makes them one after the other", async () => {
    await trial.begin({ replicas: 4, ...updating(2) });
    await trial.changeImage("two");
    assert.equal(await trial.images(), "db-0=one db-1=one db-2=two");
    await trial.readyAll();
    assert.equal(await trial.images(), "db-0=one db-1=one db-2=two db-3=two");
    await trial.readyAll();
    assert.equal(await trial.images(), "db-0=two db-2=two db-3=two");
  });

  it("replaces pods that are down first, and lets them use up no room (Parallel)", async () => {
    await trial.begin({ replicas: 4, ...parallel, ...updating(1) });
    const pods = await trial.pods();
    await trial.setReady(
      pods.filter((p) => ["db-0", "db-2"].includes(p.metadata.name!)),
      false,
    );
    await trial.changeImage("two");
    assert.equal(await trial.images(), "db-0=two db-1=one db-2=two db-3=one");
    await trial.readyAll();
    assert.equal(await trial.images(), "db-0=two db-1=one db-2=two db-3=two");
  });

  it("waits for a pod of a bad template, also when the template is put back (OrderedReady)", async () => {
    await trial.begin();
    await trial.changeImage("bad");
    assert.equal(await trial.images(), "db-0=one db-1=one db-2=bad");
    await trial.changeImage("one");
    assert.equal(await trial.images(), "db-0=one db-1=one db-2=bad");
    await trial.deletePod("db-2");
    assert.equal(await trial.images(), "db-0=one db-1=one db-2=one");
  });

  it("counts the partition from the first ordinal, and keeps what is below at its revision", async () => {
    await trial.begin({ ordinals: { start: 5 }, ...updating(1, 1) });
    assert.deepEqual(await trial.names(), ["db-5", "db-6", "db-7"]);
    await trial.changeImage("two");
    await trial.readyAll(2);
    assert.equal(await trial.images(), "db-5=one db-6=two db-7=two");
    await trial.deletePod("db-5");
    assert.equal(await trial.images(), "db-5=one db-6=two db-7=two");
  });

  it("moves to another first ordinal", async () => {
    await trial.begin({ replicas: 2, ...parallel });
    await trial.change({ ordinals: { start: 1 } });
    await trial.readyAll();
    assert.deepEqual(await trial.names(), ["db-1", "db-2"]);
    assert.equal((await trial.current()).status?.readyReplicas, 2);
  });

  it("halts scaling down while a pod is unhealthy, but for the lowest such pod", async () => {
    await trial.begin();
    await trial.setReady(await trial.pods(), false);
    await trial.change({ replicas: 0 });
    assert.deepEqual(await trial.names(), ["db-0", "db-1", "db-2"]);
    const pods = await trial.pods();
    await trial.setReady(pods.filter((pod) => pod.metadata.name !== "db-1"));
    assert.deepEqual(await trial.names(), []);
  });

  for (const phase of ["Failed", "Succeeded"]) {
    it(`makes the place of a ${phase} pod anew, whatever its condition says`, async () => {
      await trial.begin();
      const before = (await trial.pods()).find((pod) => pod.metadata.name === "db-1");
      await trial.setState("db-1", { phase, ready: true, since: trial.clock.now() });
      const after = (await trial.pods()).find((pod) => pod.metadata.name === "db-1");
      await trial.settle();
      assert.notEqual(after?.metadata.uid, undefined);
      const again = (await trial.pods()).find((pod) => pod.metadata.name === "db-1");
      assert.notEqual(again?.metadata.uid, before?.metadata.uid);
      assert.equal((await trial.current()).status?.readyReplicas, 2);
    });
  }

  for (const policy of ["Parallel", "OrderedReady"] as const) {
    it(`replaces a pod that a node refuses ever more slowly (${policy})`, async () => {
      await trial.begin({ replicas: 2, podManagementPolicy: policy });
      const uids = new Set<string>();
      const refused = async () => (await trial.pods()).find((p) => p.metadata.name === "db-1");
      for (let second = 0; second < 20; second++) {
        const pod = await refused();
        if (pod !== undefined) {
          uids.add(pod.metadata.uid!);
          await trial.setState("db-1", { phase: "Failed" });
        }
        await trial.settle(1_000);
      }
      assert.ok(uids.size >= 5 && uids.size <= 6, `${uids.size} pods in 20 s`);
      assert.equal((await refused())?.status?.phase, "Failed");
      await trial.settle(30_000);
      assert.equal((await refused())?.status?.phase, undefined);
      await trial.setState("db-1", { phase: "Failed" });
      await trial.settle();
      assert.equal((await refused())?.status?.phase, "Failed");
      // Another template is another try.
      await trial.changeImage("two");
      assert.equal((await refused())?.status?.phase, undefined);
    });
  }

  it("ends an update when its pods have been ready for long enough", async () => {
    await trial.begin({ replicas: 1, minReadySeconds: 30 });
    await trial.readyAll();
    await trial.settle(60_000);
    const before = (await trial.current()).status;
    assert.equal(before?.currentRevision, before?.updateRevision);
    await trial.changeImage("two");
    await trial.readyAll();
    const amid = (await trial.current()).status;
    assert.deepEqual([amid?.readyReplicas, amid?.updatedReplicas], [1, 1]);
    assert.equal(amid?.currentRevision, before?.currentRevision);
    await trial.settle(60_000);
    const after = (await trial.current()).status;
    assert.equal(after?.currentRevision, amid?.updateRevision);
  });

  it("comes back by itself when minReadySeconds are over, also with a node ahead in time", async () => {
    await trial.begin({ replicas: 2, minReadySeconds: 30 });
    assert.deepEqual(await trial.names(), ["db-0"]);
    const ahead = trial.clock.now() + 3_600_000;
    await trial.setState("db-0", { phase: "Running", ready: true, since: ahead });
    await trial.settle(28_000);
    assert.deepEqual(await trial.names(), ["db-0"]);
    assert.equal((await trial.current()).status?.availableReplicas ?? 0, 0);
    await trial.settle(3_000);
    assert.deepEqual(await trial.names(), ["db-0", "db-1"]);
    assert.equal((await trial.current()).status?.availableReplicas, 1);
  });
});

describe("StatefulSetController: identity, claims and history", () => {
  let trial: StatefulSetTrial;
  beforeEach(() => {
    trial = new StatefulSetTrial();
  });
  afterEach(() => trial.stop());

  const lone = (name: string): Pod => ({
    metadata: { name, namespace, labels },
    spec: { containers: [{ name: "c", image: "one" }] },
  });

  it("adopts pods of its names, and gives them their labels", async () => {
    const pods = trial.client.resource(coreV1.pods);
    for (const name of ["db-0", "db-01", "db-x", "other-1"]) await pods.create(lone(name));
    await trial.setReady(await trial.pods());
    await trial.begin({ replicas: 1, ...updatingNever });
    const owned = (await trial.pods()).filter((pod) => pod.metadata.ownerReferences !== undefined);
    assert.deepEqual(
      owned.map(({ metadata }) => [
        metadata.name,
        metadata.labels?.["apps.kubernetes.io/pod-index"],
      ]),
      [["db-0", "0"]],
    );
    assert.equal(owned[0]?.metadata.labels?.["statefulset.kubernetes.io/pod-name"], "db-0");
  });

  it("releases a pod that no longer matches, and hears of one whose owner was taken away", async () => {
    await trial.begin({ replicas: 1 });
    const pods = trial.client.resource(coreV1.pods);
    const body = { metadata: { ownerReferences: [] } };
    await pods.patch("db-0", { type: "merge", body }, { namespace });
    await trial.settle();
    const [pod] = await trial.pods();
    assert.equal(pod?.metadata.ownerReferences?.[0]?.kind, "StatefulSet");
  });

  const retention = (whenDeleted: string, whenScaled: string) => ({
    persistentVolumeClaimRetentionPolicy: { whenDeleted, whenScaled },
  });

  for (const [whenDeleted, whenScaled, kept, scaled] of [
    ["Retain", "Retain", "", ""],
    ["Delete", "Retain", "StatefulSet/db", "StatefulSet/db"],
    ["Retain", "Delete", "", "Pod/db-1"],
    ["Delete", "Delete", "StatefulSet/db", "Pod/db-1"],
  ] as const) {
    it(`gives claims their owners: deleted ${whenDeleted}, scaled ${whenScaled}`, async () => {
      const spec = { replicas: 2, ...parallel, ...claimTemplates };
      await trial.begin({ ...spec, ...retention(whenDeleted, whenScaled) });
      assert.equal(await trial.owners(), `data-db-0:${kept} data-db-1:${kept}`);
      await trial.change({ replicas: 1 });
      assert.equal(await trial.owners(), `data-db-0:${kept} data-db-1:${scaled}`);
      assert.deepEqual(await trial.names(), ["db-0"]);
    });
  }

  it("follows the policy when it changes, there and back, also for pods that are not ready", async () => {
    await trial.begin({ replicas: 2, ...claimTemplates });
    await trial.setReady(await trial.pods(), false);
    await trial.change(retention("Delete", "Retain"));
    assert.equal(await trial.owners(), "data-db-0:StatefulSet/db data-db-1:StatefulSet/db");
    await trial.change(retention("Retain", "Retain"));
    assert.equal(await trial.owners(), "data-db-0: data-db-1:");
  });

  it("leaves claims alone that an earlier set of the name or another controller owns", async () => {
    const claims = trial.client.resource(coreV1.persistentvolumeclaims);
    const owner = { apiVersion: "apps/v1", kind: "StatefulSet", name: "db", uid: "earlier" };
    const other = { apiVersion: "x.io/v1", kind: "Keeper", name: "k", uid: "k", controller: true };
    for (const [name, reference] of [
      ["data-db-0", owner],
      ["data-db-1", other],
    ] as const) {
      const metadata = { name, namespace, ownerReferences: [reference] };
      await claims.create({ metadata, spec: {} });
    }
    await trial.begin({
      replicas: 2,
      ...parallel,
      ...claimTemplates,
      ...retention("Delete", "Delete"),
    });
    assert.equal(await trial.owners(), "data-db-0:StatefulSet/db data-db-1:Keeper/k");
    const first = await claims.get("data-db-0", { namespace });
    assert.equal(first.metadata.ownerReferences?.[0]?.uid, "earlier");
  });

  it("waits with a new pod until the claim of the one that was scaled away is gone", async () => {
    await trial.begin({
      replicas: 2,
      ...parallel,
      ...claimTemplates,
      ...retention("Retain", "Delete"),
    });
    await trial.change({ replicas: 1 });
    await trial.change({ replicas: 2 });
    assert.deepEqual(await trial.names(), ["db-0"]);
    // What the garbage collector does.
    const claims = trial.client.resource(coreV1.persistentvolumeclaims);
    await claims.delete("data-db-1", { namespace });
    await trial.settle();
    assert.deepEqual(await trial.names(), ["db-0", "db-1"]);
    assert.equal(await trial.owners(), "data-db-0: data-db-1:");
  });

  it("keeps as much history as asked, and adopts what an earlier set left", async () => {
    await trial.begin({ replicas: 1, revisionHistoryLimit: 1 });
    for (const image of ["two", "three", "four"]) {
      await trial.changeImage(image);
      await trial.readyAll();
    }
    const revisions = trial.client.resource(appsV1.controllerrevisions);
    const numbers = async () => (await revisions.list({ namespace })).items.map((r) => r.revision);
    assert.deepEqual(await numbers(), [3, 4]);
    const { status } = await trial.current();
    await trial.sets().delete("db", { namespace });
    for (const { metadata } of (await revisions.list({ namespace })).items) {
      const body = { metadata: { ownerReferences: null } };
      await revisions.patch(metadata.name!, { type: "merge", body }, { namespace });
    }
    await revisions.create({
      metadata: { name: "other-1", namespace, labels },
      data: {},
      revision: 9,
    });
    await trial.settle();
    await trial.sets().create(statefulSet({ replicas: 1 }, "four"));
    await trial.settle();
    assert.equal((await trial.current()).status?.updateRevision, status?.updateRevision);
    const [uid] = [(await trial.current()).metadata.uid];
    for (const { metadata } of (await revisions.list({ namespace })).items) {
      const expected = metadata.name === "other-1" ? undefined : uid;
      assert.equal(metadata.ownerReferences?.[0]?.uid, expected);
    }
  });

  it("passes over a revision name that another template has", async () => {
    await trial.begin({ replicas: 1 });
    const revisions = trial.client.resource(appsV1.controllerrevisions);
    const [revision] = (await revisions.list({ namespace })).items;
    await trial.sets().delete("db", { namespace });
    await revisions.delete(revision!.metadata.name!, { namespace });
    await revisions.create({
      metadata: { name: revision!.metadata.name!, namespace },
      data: { spec: { template: {} } },
      revision: 1,
    });
    await trial.settle();
    await trial.sets().create(statefulSet({ replicas: 1 }));
    await trial.settle();
    const { status } = await trial.current();
    assert.equal(status?.collisionCount, 1);
    assert.notEqual(status?.updateRevision, revision!.metadata.name);
    const { items } = await revisions.list({ namespace });
    assert.equal(items.length, 2);
  });
});

const updatingNever = { updateStrategy: { type: "OnDelete" } };
