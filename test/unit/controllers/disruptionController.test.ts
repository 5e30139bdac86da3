import assert from "node:assert/strict";
import { appsV1, coreV1, policyV1 } from "../../../lib/api/gen/resources.js";
import type { OwnerReference } from "../../../lib/api/gen/types/metaV1.js";
import type { PodDisruptionBudgetSpec } from "../../../lib/api/gen/types/policyV1.js";
import { apiErrors } from "../../../lib/api/status.js";
import { formatTime } from "../../../lib/api/time.js";
import { DisruptionController } from "../../../lib/controllers/disruption/disruptionController.js";
import { ControllerHarness } from "../../support/client/controllerHarness.js";

const namespace = "default";
const labels = { app: "web" };
const spec = { containers: [{ name: "c", image: "i" }] };

/** A test's own cluster with budgets over the pods of one label. */
class BudgetTrial extends ControllerHarness {
  async pod(name: string, owner?: OwnerReference, ready = true): Promise<void> {
    const metadata = {
      name,
      namespace,
      labels,
      ownerReferences: owner === undefined ? [] : [owner],
    };
    await this.client.resource(coreV1.pods).create({ metadata, spec });
    await this.setState(name, { phase: "Running", ready, since: this.clock.now() });
  }

  async owner(replicas: number, name = "set"): Promise<OwnerReference> {
    const { metadata } = await this.client.resource(appsV1.replicasets).create({
      metadata: { name, namespace },
      spec: {
        replicas,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec },
      },
    });
    return reference("apps/v1", "ReplicaSet", name, metadata.uid);
  }

  budgets() {
    return this.client.resource(policyV1.poddisruptionbudgets);
  }

  async budget(wanted: PodDisruptionBudgetSpec, status?: object): Promise<void> {
    const metadata = { name: "pdb", namespace };
    const body = { metadata, spec: { ...wanted, selector: { matchLabels: labels } } };
    const created = await this.budgets().create(body);
    if (status !== undefined)
      await this.budgets().updateStatus({ ...created, status: status as never });
    await this.settle();
  }

  async status() {
    return (await this.budgets().get("pdb", { namespace })).status!;
  }

  /** Allowed, healthy, wanted healthy, expected; and the condition's reason. */
  async counts(): Promise<unknown[]> {
    const status = await this.status();
    const { disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods } = status;
    const reason = status.conditions?.[0]?.reason;
    return [disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods, reason];
  }

  async begin(): Promise<void> {
    await this.start(new DisruptionController(this.context()));
  }
}

function reference(apiVersion: string, kind: string, name: string, uid = "u"): OwnerReference {
  return { apiVersion, kind, name, uid, controller: true };
}

describe("DisruptionController", () => {
  let trial: BudgetTrial;
  beforeEach(() => {
    trial = new BudgetTrial();
  });
  afterEach(() => trial.stop());

  for (const [what, wanted, expected] of [
    ["maxUnavailable", { maxUnavailable: 1 }, [0, 3, 0, 0, "InsufficientPods"]],
    ["a percentage", { minAvailable: "50%" }, [0, 3, 0, 0, "InsufficientPods"]],
    ["a number of available pods", { minAvailable: 2 }, [1, 3, 2, 3, "SufficientPods"]],
  ] as const) {
    it(`has ${what} over pods without a controller`, async () => {
      for (const name of ["a", "b", "c"]) await trial.pod(name);
      await trial.begin();
      await trial.budget(wanted);
      assert.deepEqual(await trial.counts(), expected);
      const warned = (await trial.events()).some((event) => event.startsWith("UnmanagedPods"));
      assert.equal(warned, what !== "a number of available pods");
    });
  }

  it("lets no pod without a controller stand in for one that is wanted", async () => {
    const owner = await trial.owner(3);
    for (const name of ["a", "b", "c"]) await trial.pod(name, owner);
    for (const name of ["x", "y"]) await trial.pod(name);
    await trial.begin();
    await trial.budget({ maxUnavailable: 1 });
    assert.deepEqual(await trial.counts(), [1, 5, 2, 3, "SufficientPods"]);
  });

  for (const [kind, owner, message] of [
    [
      "that is gone",
      reference("apps/v1", "ReplicaSet", "gone"),
      'found no controllers for pod "a"',
    ],
    [
      "of another identity",
      reference("apps/v1", "ReplicaSet", "set", "other"),
      'found no controllers for pod "a"',
    ],
    [
      "without a scale",
      reference("batch/v1", "Job", "j"),
      "jobs.batch does not implement the scale subresource",
    ],
    [
      "without a scale",
      reference("apps/v1", "DaemonSet", "d"),
      "daemonsets.apps does not implement the scale subresource",
    ],
    [
      "of a kind nobody serves",
      reference("x.io/v1", "ReplicaSet", "set"),
      'no matches for kind "ReplicaSet" in version "x.io/v1"',
    ],
  ] as const) {
    it(`allows nothing for a controller ${kind} (${owner.kind})`, async () => {
      await trial.owner(3);
      await trial.pod("a", owner);
      trial.client.rawJson = () =>
        Promise.reject(apiErrors.notFound(policyV1.poddisruptionbudgets, ""));
      await trial.begin();
      await trial.budget({ maxUnavailable: 1 });
      const status = await trial.status();
      assert.equal(status.disruptionsAllowed, 0);
      const [condition] = status.conditions ?? [];
      assert.deepEqual(
        [condition?.status, condition?.reason, condition?.message],
        ["False", "SyncFailed", message],
      );
      const events = await trial.events();
      assert.ok(
        events.some((e) => e.startsWith("CalculateExpectedPodCountFailed")),
        events.join("\n"),
      );
    });
  }

  it("allows nothing any more when a controller goes, and again when it can be told", async () => {
    const owner = await trial.owner(2);
    for (const name of ["a", "b"]) await trial.pod(name, owner);
    await trial.begin();
    await trial.budget({ maxUnavailable: 1 });
    assert.deepEqual(await trial.counts(), [1, 2, 1, 2, "SufficientPods"]);
    await trial.client.resource(appsV1.replicasets).delete("set", { namespace });
    await trial.settle();
    assert.deepEqual(await trial.counts(), [0, 2, 1, 2, "SyncFailed"]);
    await trial
      .budgets()
      .patch(
        "pdb",
        { type: "merge", body: { spec: { maxUnavailable: null, minAvailable: 1 } } },
        { namespace },
      );
    await trial.settle();
    assert.deepEqual(await trial.counts(), [1, 2, 1, 2, "SufficientPods"]);
  });

  it("asks the scale subresource of kinds that only the server knows", async () => {
    const type = {
      group: "x.io",
      version: "v1",
      kind: "Rollout",
      resource: "rollouts",
      namespaced: true,
    };
    const created = await trial.client.dynamic(type).create({
      metadata: { name: "r", namespace },
      spec: { replicas: 4 },
    });
    await trial.pod("a", reference("x.io/v1", "Rollout", "r", created.metadata!.uid));
    trial.client.rawJson = () =>
      Promise.resolve({
        resources: [
          { name: "rollouts", kind: "Rollout", namespaced: true },
          { name: "rollouts/scale", kind: "Scale", namespaced: true },
        ],
      });
    await trial.begin();
    await trial.budget({ maxUnavailable: "50%" });
    assert.deepEqual(await trial.counts(), [0, 1, 2, 4, "InsufficientPods"]);
  });

  it("counts what a Deployment wants once for all its ReplicaSets", async () => {
    const { metadata } = await trial.client.resource(appsV1.deployments).create({
      metadata: { name: "d", namespace },
      spec: {
        replicas: 4,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec },
      },
    });
    const above = reference("apps/v1", "Deployment", "d", metadata.uid);
    const sets = trial.client.resource(appsV1.replicasets);
    for (const name of ["old", "new"]) {
      const owner = await trial.owner(3, name);
      const body = { metadata: { ownerReferences: [above] } };
      await sets.patch(name, { type: "merge", body }, { namespace });
      for (const pod of ["a", "b", "c"]) await trial.pod(`${name}-${pod}`, owner);
    }
    await trial.begin();
    await trial.budget({ maxUnavailable: "25%" });
    assert.deepEqual(await trial.counts(), [3, 6, 3, 4, "SufficientPods"]);
    const body = { spec: { replicas: 8 } };
    await trial.client
      .resource(appsV1.deployments)
      .patch("d", { type: "merge", body }, { namespace });
    await trial.settle();
    assert.deepEqual(await trial.counts(), [0, 6, 6, 8, "InsufficientPods"]);
  });

  for (const [what, offset] of [
    ["two minutes", 0],
    ["two minutes after it is seen, for a clock that is ahead", 3_600_000],
    ["two minutes after it is seen, without a time", undefined],
  ] as const) {
    it(`believes in an eviction for ${what}`, async () => {
      const owner = await trial.owner(2);
      for (const name of ["a", "b"]) await trial.pod(name, owner);
      await trial.begin();
      const at = offset === undefined ? null : formatTime(trial.clock.now() + offset);
      await trial.budget(
        { maxUnavailable: 1 },
        { disruptedPods: { a: at, gone: at }, disruptionsAllowed: 0 },
      );
      assert.deepEqual(await trial.counts(), [0, 1, 1, 2, "InsufficientPods"]);
      assert.deepEqual(Object.keys((await trial.status()).disruptedPods ?? {}), ["a"]);
      await trial.settle(115_000);
      assert.equal((await trial.status()).disruptionsAllowed, 0);
      await trial.settle(5_000);
      assert.deepEqual(await trial.counts(), [1, 2, 1, 2, "SufficientPods"]);
      assert.ok((await trial.events()).some((event) => event.startsWith("NotDeleted")));
    });
  }

  it("takes back an announced disruption that did not come, but not the kubelet's", async () => {
    await trial.begin();
    for (const [name, reason] of [
      ["a", "PreemptionByScheduler"],
      ["b", "TerminationByKubelet"],
    ] as const) {
      await trial.pod(name);
      const pods = trial.client.resource(coreV1.pods);
      const pod = await pods.get(name, { namespace });
      const lastTransitionTime = formatTime(trial.clock.now());
      const condition = { type: "DisruptionTarget", status: "True", reason, lastTransitionTime };
      await pods.updateStatus({ ...pod, status: { ...pod.status, conditions: [condition] } });
    }
    const states = async () =>
      (await trial.pods()).map((pod) => pod.status?.conditions?.[0]?.status).join(" ");
    await trial.settle(115_000);
    assert.equal(await states(), "True True");
    await trial.settle(10_000);
    assert.equal(await states(), "False True");
  });
});
