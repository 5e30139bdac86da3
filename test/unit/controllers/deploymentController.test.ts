import assert from "node:assert/strict";
import { appsV1, coreV1 } from "../../../lib/api/gen/resources.js";
import type { Deployment, ReplicaSet } from "../../../lib/api/gen/types/appsV1.js";
import { apiErrors } from "../../../lib/api/status.js";
import { DeploymentController } from "../../../lib/controllers/deployment/deploymentController.js";
import { replicaSetKind } from "../../../lib/controllers/replicaset/replicaKind.js";
import { ReplicaSetController } from "../../../lib/controllers/replicaset/replicaSetController.js";
import { ControllerHarness } from "../../support/client/controllerHarness.js";

function deployment(replicas: number, spec: Partial<Deployment["spec"]> = {}): Deployment {
  return {
    metadata: { name: "web", namespace: "default" },
    spec: {
      replicas,
      progressDeadlineSeconds: 600,
      revisionHistoryLimit: 10,
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: { labels: { app: "web" } },
        spec: { containers: [{ name: "c", image: "one" }] },
      },
      ...spec,
    },
  };
}

function rolling(maxSurge: number, maxUnavailable: number): Partial<Deployment["spec"]> {
  return { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge, maxUnavailable } } };
}

const revision = "deployment.kubernetes.io/revision";
const where = { namespace: "default" };

describe("DeploymentController", () => {
  let harness: ControllerHarness;
  const deployments = () => harness.client.resource(appsV1.deployments);
  const current = () => deployments().get("web", { namespace: "default" });
  const sets = async (): Promise<ReplicaSet[]> => {
    const list = await harness.client.resource(appsV1.replicasets).list({ namespace: "default" });
    return list.items;
  };
  const imageOf = (set: ReplicaSet) => set.spec.template?.spec?.containers[0]?.image ?? "";
  const sizes = async () =>
    Object.fromEntries((await sets()).map((set) => [imageOf(set), set.spec.replicas]));
  const patch = async (spec: object) => {
    await deployments().patch("web", { type: "merge", body: { spec } }, { namespace: "default" });
    await harness.settle();
  };
  const image = (name: string) =>
    patch({ template: { spec: { containers: [{ name: "c", image: name }] } } });
  const progressing = async () =>
    (await current()).status?.conditions?.find((c) => c.type === "Progressing");

  beforeEach(async () => {
    harness = new ControllerHarness();
    const context = harness.context();
    await harness.start(
      new DeploymentController(context),
      new ReplicaSetController(context, replicaSetKind),
    );
  });
  afterEach(() => harness.stop());

  async function readyAll(): Promise<void> {
    await harness.settle();
    for (let round = 0; round < 10; round++) {
      const pods = await harness.pods();
      await harness.setReady(pods.filter((pod) => pod.status?.phase !== "Running"));
    }
  }

  it("makes a ReplicaSet named by the template's hash, and completes", async () => {
    await deployments().create(deployment(3));
    await harness.settle();
    const [set] = await sets();
    const hash = set?.metadata.labels?.["pod-template-hash"] ?? "";
    assert.match(hash, /^[bcdfghjklmnpqrstvwxz2456789]{6,10}$/);
    assert.equal(set?.metadata.name, `web-${hash}`);
    assert.equal(set?.spec.selector.matchLabels?.["pod-template-hash"], hash);
    assert.equal(set?.metadata.annotations?.["deployment.kubernetes.io/desired-replicas"], "3");
    assert.equal(set?.metadata.annotations?.["deployment.kubernetes.io/max-replicas"], "4");
    await readyAll();
    const done = await current();
    assert.equal(done.status?.availableReplicas, 3);
    assert.equal(done.metadata.annotations?.[revision], "1");
    assert.equal((await progressing())?.reason, "NewReplicaSetAvailable");
    const events = await harness.events();
    assert.ok(events.includes(`ScalingReplicaSet Scaled up replica set web-${hash} from 0 to 3`));
  });

  it("rolls an update through within its limits", async () => {
    await deployments().create(deployment(4, rolling(1, 1)));
    await readyAll();
    await image("two");
    assert.deepEqual(await sizes(), { one: 3, two: 2 });
    await readyAll();
    assert.deepEqual(await sizes(), { one: 0, two: 4 });
    const done = await current();
    assert.equal(done.metadata.annotations?.[revision], "2");
    assert.equal(done.status?.updatedReplicas, 4);
    await image("one");
    await readyAll();
    assert.deepEqual(await sizes(), { one: 4, two: 0 });
    const [first] = await sets();
    assert.equal(first?.metadata.annotations?.[revision], "3");
    assert.equal(first?.metadata.annotations?.["deployment.kubernetes.io/revision-history"], "1");
  });

  it("recreates only when the last old pod is gone", async () => {
    await deployments().create(deployment(2, { strategy: { type: "Recreate" } }));
    await readyAll();
    await image("two");
    await readyAll();
    assert.deepEqual(await sizes(), { one: 0, two: 2 });
  });

  it("does not roll while paused, but scales", async () => {
    await deployments().create(deployment(2));
    await readyAll();
    await patch({ paused: true });
    assert.equal((await progressing())?.reason, "DeploymentPaused");
    await image("two");
    assert.deepEqual(await sizes(), { one: 2 });
    await patch({ replicas: 3 });
    assert.deepEqual(await sizes(), { one: 3 });
    await patch({ paused: false });
    await readyAll();
    assert.deepEqual(await sizes(), { one: 0, two: 3 });
  });

  it("scales the sets of a running rollout in proportion", async () => {
    await deployments().create(deployment(10, rolling(3, 2)));
    await readyAll();
    await image("two");
    assert.deepEqual(await sizes(), { one: 8, two: 5 });
    await patch({ replicas: 15 });
    assert.deepEqual(await sizes(), { one: 11, two: 7 });
  });

  it("recreates although it is resized while two of its sets have pods", async () => {
    await deployments().create(deployment(3, rolling(1, 0)));
    await readyAll();
    await image("two");
    assert.deepEqual(await sizes(), { one: 3, two: 1 });
    await patch({ replicas: 2, strategy: { type: "Recreate", rollingUpdate: null } });
    await readyAll();
    assert.deepEqual(await sizes(), { one: 0, two: 2 });
  });

  it("says when the deadline passed", async () => {
    await deployments().create(deployment(1, { progressDeadlineSeconds: 60 }));
    await harness.settle();
    assert.equal((await progressing())?.reason, "ReplicaSetUpdated");
    await harness.settle(70_000);
    const condition = await progressing();
    assert.deepEqual([condition?.status, condition?.reason], ["False", "ProgressDeadlineExceeded"]);
    assert.match(condition?.message ?? "", /^ReplicaSet "web-\w+" has timed out progressing\.$/);
  });

  it("keeps as much history as asked, and rolls back to it", async () => {
    await deployments().create(deployment(1, { revisionHistoryLimit: 1 }));
    await readyAll();
    for (const name of ["two", "three"]) {
      await image(name);
      await readyAll();
    }
    assert.deepEqual(await sizes(), { two: 0, three: 1 });
    const metadata = { annotations: { "deprecated.deployment.rollback.to": "2" } };
    const namespace = "default";
    await deployments().patch("web", { type: "merge", body: { metadata } }, { namespace });
    await harness.settle();
    await readyAll();
    assert.deepEqual(await sizes(), { two: 1, three: 0 });
    const { annotations } = (await current()).metadata;
    assert.equal(annotations?.["deprecated.deployment.rollback.to"], undefined);
  });

  it("counts revisions beyond what a double holds", async () => {
    await deployments().create(deployment(1));
    await harness.settle();
    const [set] = await sets();
    const annotations = { [revision]: "3546343826724305832" };
    const body = { metadata: { annotations } };
    await harness.client
      .resource(appsV1.replicasets)
      .patch(set?.metadata.name ?? "", { type: "merge", body }, { namespace: "default" });
    await harness.settle();
    await image("two");
    const revisions = (await sets()).map((one) => one.metadata.annotations?.[revision]);
    assert.deepEqual(revisions, ["3546343826724305832", "3546343826724305833"]);
    assert.equal((await current()).metadata.annotations?.[revision], "3546343826724305833");
  });

  it("counts no ReplicaSet of another namespace that names it", async () => {
    await deployments().create(deployment(2));
    await harness.settle();
    const { metadata, spec } = await current();
    const reference = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      name: "web",
      uid: metadata.uid ?? "",
      controller: true,
    };
    await harness.client.resource(appsV1.replicasets).create({
      metadata: {
        name: "x",
        namespace: "other",
        labels: { app: "web" },
        ownerReferences: [reference],
      },
      spec: {
        replicas: 0,
        selector: spec.selector,
        template: { metadata: { labels: { app: "web" } } },
      },
      status: { replicas: 9, availableReplicas: 9 },
    });
    await harness.settle();
    await image("two");
    const { status } = await current();
    assert.equal(status?.availableReplicas ?? 0, 0);
    const after = await harness.client
      .resource(appsV1.replicasets)
      .get("x", { namespace: "other" });
    assert.equal(after.metadata.annotations, undefined);
  });

  it("tells what is there although it may not change it, and goes on when it may", async () => {
    await deployments().create(deployment(2, rolling(1, 0)));
    await harness.settle();
    await harness.setReady(await harness.pods());
    const refuse = (...verbs: string[]) => {
      harness.transport.refuse = ({ type, verb }) =>
        type.resource === "replicasets" && verbs.includes(verb)
          ? apiErrors.forbidden(type, "", "not now")
          : undefined;
    };
    refuse("update");
    await patch({ replicas: 3 });
    const { metadata, status } = await current();
    assert.deepEqual([metadata.generation, status?.observedGeneration], [2, 2]);
    assert.equal(status?.unavailableReplicas, 0);
    refuse();
    await harness.settle(10_000);
    refuse("create");
    await image("two");
    assert.equal((await current()).status?.observedGeneration, 3);
    await harness.settle(700_000);
    assert.equal((await progressing())?.reason, "ProgressDeadlineExceeded");
    await harness.settle(3_600_000);
    harness.transport.refuse = undefined;
    await harness.settle(1_100_000);
    assert.deepEqual((await sets()).map(imageOf), ["one", "two"]);
  });

  it("tells what it has although it may not adopt what is its own", async () => {
    await deployments().create(deployment(2, rolling(1, 0)));
    await harness.settle();
    const [set] = await sets();
    harness.transport.refuse = ({ type, verb }) =>
      type.resource === "replicasets" && verb === "patch"
        ? apiErrors.forbidden(type, "", "not now")
        : undefined;
    await harness.client.resource(appsV1.replicasets).create({
      metadata: { name: "orphan", namespace: "default", labels: { app: "web" } },
      spec: { ...set!.spec, replicas: 0 },
    });
    await patch({ replicas: 3 });
    const { metadata, status } = await current();
    assert.deepEqual([metadata.generation, status?.observedGeneration], [2, 2]);
    assert.deepEqual(await sizes(), { one: 0 });
    harness.transport.refuse = undefined;
    await harness.settle(60_000);
    assert.equal((await harness.pods()).length, 3);
  });

  it("counts the deadline from when it first sees a condition without times", async () => {
    await deployments().create(deployment(1));
    await harness.settle();
    const { status } = await current();
    const bare = (status?.conditions ?? []).map(
      ({ lastTransitionTime: _, lastUpdateTime: __, ...condition }) => condition,
    );
    await deployments().updateStatus({
      ...(await current()),
      status: { ...status, conditions: bare },
    });
    await harness.settle(500_000);
    assert.notEqual((await progressing())?.reason, "ProgressDeadlineExceeded");
    await harness.settle(200_000);
    assert.equal((await progressing())?.reason, "ProgressDeadlineExceeded");
  });

  it("lets the deadline pass when the wall clock is set", async () => {
    await deployments().create(deployment(1));
    await harness.settle();
    harness.clock.jump(-100_000);
    await harness.settle(720_000);
    assert.equal((await progressing())?.reason, "ProgressDeadlineExceeded");
  });

  it("counts the deadline from now on where the wall clock was set back far", async () => {
    await deployments().create(deployment(1));
    await harness.settle();
    harness.clock.jump(-86_400_000);
    // Something happens, as it does: the time that lies ahead is seen.
    const pods = await harness.pods();
    await harness.setReady(pods, false);
    await patch({ minReadySeconds: 1 });
    await harness.settle(620_000);
    assert.equal((await progressing())?.reason, "ProgressDeadlineExceeded");
  });

  it("recreates although an old pod that has ended is left", async () => {
    const strategy = { strategy: { type: "Recreate" } };
    await deployments().create(deployment(2, strategy));
    await harness.settle();
    const [ended, held] = (await harness.pods()).map((pod) => pod.metadata.name!);
    const pods = harness.client.resource(coreV1.pods);
    const finalizers = (list: string[]) => ({ metadata: { finalizers: list } });
    await pods.patch(held!, { type: "merge", body: finalizers(["x.io/held"]) }, where);
    await harness.setState(ended!, { phase: "Failed" });
    await harness.settle();
    await image("two");
    assert.deepEqual(await sizes(), { one: 0 });
    await pods.patch(held!, { type: "merge", body: finalizers([]) }, where);
    await harness.settle();
    assert.deepEqual(await sizes(), { one: 0, two: 2 });
  });

  it("keeps its counts while it is being deleted", async () => {
    await deployments().create(deployment(2));
    await harness.settle();
    const body = { metadata: { finalizers: ["x.io/held"] } };
    await deployments().patch("web", { type: "merge", body }, where);
    await deployments().delete("web", where);
    await harness.setReady(await harness.pods());
    const { status } = await current();
    assert.deepEqual([status?.updatedReplicas, status?.readyReplicas], [2, 2]);
    const writes = harness.transport.writes.length;
    await harness.settle(60_000);
    assert.equal(harness.transport.writes.length, writes);
  });

  for (const [what, spec] of [
    ["whose pods went down after its rollout", {}],
    ["that is paused", { paused: true }],
  ] as const) {
    it(`asks nothing in vain about a Deployment ${what}`, async () => {
      await harness.stop();
      harness = new ControllerHarness();
      let added = 0;
      const context = harness.context();
      const counting = (queue: string) => ({
        ...context.queueMetrics(queue),
        add: () => void added++,
      });
      await harness.start(
        new DeploymentController({ ...context, queueMetrics: counting }),
        new ReplicaSetController(context, replicaSetKind),
      );
      await deployments().create(deployment(2));
      await readyAll();
      await patch(spec);
      await harness.setReady(await harness.pods(), false);
      await harness.settle(700_000);
      added = 0;
      await harness.settle(600_000);
      assert.ok(added <= 2, `${added} times`);
    });
  }

  it("shares out by what pods there were where an annotation names no count", async () => {
    await deployments().create(deployment(4, rolling(2, 2)));
    await readyAll();
    await image("two");
    const broken = {
      metadata: { annotations: { "deployment.kubernetes.io/max-replicas": "1e400" } },
    };
    for (const set of await sets()) {
      const client = harness.client.resource(appsV1.replicasets);
      await client.patch(set.metadata.name ?? "", { type: "merge", body: broken }, where);
    }
    const before = await sizes();
    assert.deepEqual(before, { one: 2, two: 4 });
    await patch({ replicas: 10 });
    assert.deepEqual(await sizes(), { one: 4, two: 8 });
  });
});
