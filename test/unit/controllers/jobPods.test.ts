import assert from "node:assert/strict";
import { batchV1, coreV1 } from "../../../lib/api/gen/resources.js";
import type { Job, JobSpec } from "../../../lib/api/gen/types/batchV1.js";
import type { Pod } from "../../../lib/api/gen/types/coreV1.js";
import { apiErrors } from "../../../lib/api/status.js";
import { formatTime } from "../../../lib/api/time.js";
import { JobController } from "../../../lib/controllers/job/jobController.js";
import { ControllerHarness } from "../../support/client/controllerHarness.js";

const namespace = "default";
const finalizer = "batch.kubernetes.io/job-tracking";
const labels = { "batch.kubernetes.io/job-name": "work" };

function job(spec: Partial<JobSpec>): Job {
  return {
    metadata: { name: "work", namespace },
    spec: {
      parallelism: 1,
      backoffLimit: 6,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] },
      },
      ...spec,
    },
  };
}

describe("Pods of Jobs", () => {
  let harness: ControllerHarness;
  const jobs = () => harness.client.resource(batchV1.jobs);
  const pods = () => harness.client.resource(coreV1.pods);
  const current = () => jobs().get("work", { namespace });
  const held = async () =>
    (await harness.pods()).filter((pod) => (pod.metadata.finalizers ?? []).includes(finalizer));
  const only = async () => {
    const [pod, ...others] = (await harness.pods()).filter((one) => {
      return one.metadata.deletionTimestamp === undefined;
    });
    assert.ok(pod !== undefined && others.length === 0);
    return pod;
  };
  const conditions = async () =>
    ((await current()).status?.conditions ?? []).map((c) => `${c.type}=${c.status} ${c.reason}`);

  beforeEach(() => {
    harness = new ControllerHarness();
  });
  afterEach(() => harness.stop());

  async function start(): Promise<void> {
    await harness.start(new JobController(harness.context()));
  }

  async function create(spec: Partial<JobSpec>): Promise<void> {
    await jobs().create(job(spec));
    await harness.settle();
  }

  async function patchJob(body: object): Promise<void> {
    await jobs().patch("work", { type: "merge", body }, { namespace });
    await harness.settle();
  }

  async function patchPod(pod: Pod, body: object): Promise<void> {
    await pods().patch(pod.metadata.name ?? "", { type: "merge", body }, { namespace });
    await harness.settle();
  }

  async function end(pod: Pod, exitCode: number): Promise<void> {
    const finishedAt = formatTime(harness.clock.now());
    const base = { name: "c", image: "i", imageID: "", ready: false, restartCount: 0 };
    const status = {
      phase: exitCode === 0 ? ("Succeeded" as const) : ("Failed" as const),
      containerStatuses: [{ ...base, state: { terminated: { exitCode, finishedAt } } }],
    };
    await pods().updateStatus({ ...pod, status });
    await harness.settle();
  }

  /** A kubelet's last word: the pod goes for good. */
  async function remove(pod: Pod): Promise<void> {
    await pods().delete(pod.metadata.name ?? "", { namespace, gracePeriodSeconds: 0 });
    await harness.settle();
  }

  it("are no failures when suspension removes them", async () => {
    await start();
    await create({ completions: 1, backoffLimit: 0, activeDeadlineSeconds: 600 });
    const first = await only();
    const { startTime } = (await current()).status ?? {};
    await patchJob({ spec: { suspend: true } });
    assert.deepEqual(await conditions(), ["Suspended=True JobSuspended"]);
    const suspended = (await current()).status;
    assert.deepEqual([suspended?.failed, suspended?.startTime], [undefined, undefined]);
    await harness.settle(1_000_000);
    assert.deepEqual(await conditions(), ["Suspended=True JobSuspended"]);
    await patchJob({ spec: { suspend: false } });
    assert.deepEqual(await conditions(), ["Suspended=False JobResumed"]);
    const second = await only();
    assert.notEqual(second.metadata.uid, first.metadata.uid);
    const { status } = await current();
    assert.deepEqual([status?.failed, status?.active], [undefined, 1]);
    assert.ok((status?.startTime ?? "") > (startTime ?? ""));
    const told = await harness.events();
    for (const event of ["Suspended Job suspended", "Resumed Job resumed"]) {
      assert.equal(told.filter((one) => one === event).length, 1, event);
    }
    await end(second, 0);
    assert.ok((await conditions()).includes("Complete=True CompletionsReached"));
  });

  it("are freed before they are deleted, so that a crash between counts nothing", async () => {
    await start();
    await create({ completions: 2, parallelism: 2 });
    harness.transport.writes.length = 0;
    await patchJob({ spec: { parallelism: 1 } });
    const writes = harness.transport.writes.filter((one) => one.includes(" pods "));
    const verbs = writes.map((one) => one.split(" ")[0]);
    assert.deepEqual(verbs, ["patch", "delete"]);
    assert.equal((await harness.pods()).length, 1);
    assert.equal((await current()).status?.failed, undefined);
  });

  it("are stopped when a rule has failed the Job, after the condition that says so", async () => {
    await start();
    const rules = [{ action: "FailJob", onExitCodes: { operator: "In", values: [42] } }];
    await create({
      completions: 2,
      parallelism: 2,
      podReplacementPolicy: "Failed",
      podFailurePolicy: { rules },
    });
    const [first, second] = await harness.pods();
    assert.ok(first !== undefined && second !== undefined);
    await patchPod(second, { metadata: { finalizers: [finalizer, "test/kubelet"] } });
    harness.transport.writes.length = 0;
    await end(first, 42);
    const target = harness.transport.writes.findIndex((one) => one.includes("jobs/status"));
    const stop = harness.transport.writes.findIndex((one) => one.startsWith("delete"));
    assert.ok(target >= 0 && target < stop, harness.transport.writes.join("\n"));
    assert.deepEqual(await conditions(), ["FailureTarget=True PodFailurePolicy"]);
    assert.equal((await current()).status?.terminating, 1);
    await patchPod(second, { metadata: { finalizers: [] } });
    assert.deepEqual(await conditions(), [
      "FailureTarget=True PodFailurePolicy",
      "Failed=True PodFailurePolicy",
    ]);
    assert.equal((await current()).status?.failed, 2);
    const message =
      `PodFailurePolicy Container c for pod default/${first.metadata.name} failed with exit ` +
      "code 42 matching FailJob rule at index 0";
    assert.ok((await harness.events()).includes(message));
  });

  it("hold their place until they are gone where only failed ones are replaced", async () => {
    await start();
    await create({ completions: 1, podReplacementPolicy: "Failed" });
    const first = await only();
    await patchPod(first, { metadata: { finalizers: [finalizer, "test/kubelet"] } });
    await remove(first);
    assert.equal((await harness.pods()).length, 1);
    const { status } = await current();
    assert.deepEqual([status?.terminating, status?.active], [1, undefined]);
    const [going] = await harness.pods();
    await end(going as Pod, 1);
    await harness.settle(20_000);
    assert.equal((await current()).status?.failed, 1);
    await only();
  });

  it("of an index that fails too often end that index alone", async () => {
    await start();
    await create({
      completionMode: "Indexed",
      completions: 2,
      parallelism: 2,
      backoffLimitPerIndex: 1,
      backoffLimit: 2_147_483_647,
    });
    const ofIndex = async (index: string) => {
      const all = await harness.pods();
      return all.find((pod) => {
        const { annotations } = pod.metadata;
        const isOfIndex = annotations?.["batch.kubernetes.io/job-completion-index"] === index;
        return isOfIndex && pod.status?.phase === undefined;
      });
    };
    const count = (pod?: Pod) =>
      pod?.metadata.annotations?.["batch.kubernetes.io/job-index-failure-count"];
    const first = await ofIndex("1");
    assert.equal(count(first), "0");
    await end(first as Pod, 1);
    assert.equal(await ofIndex("1"), undefined, "the index waits");
    await harness.settle(12_000);
    const second = await ofIndex("1");
    assert.equal(count(second), "1");
    await end(second as Pod, 1);
    await harness.settle(60_000);
    assert.equal(await ofIndex("1"), undefined);
    assert.equal((await current()).status?.failedIndexes, "1");
    await end((await ofIndex("0")) as Pod, 0);
    const { status } = await current();
    assert.ok((await conditions()).includes("Failed=True FailedIndexes"));
    const counts = [status?.completedIndexes, status?.failedIndexes, status?.failed];
    assert.deepEqual(counts, ["0", "1", 2]);
    assert.deepEqual(await held(), []);
  });

  it("that are stopped by success are no failures", async () => {
    await start();
    await create({
      completionMode: "Indexed",
      completions: 3,
      parallelism: 3,
      successPolicy: { rules: [{ succeededCount: 1 }] },
    });
    const [first] = await harness.pods();
    await end(first as Pod, 0);
    assert.deepEqual(await conditions(), [
      "SuccessCriteriaMet=True SuccessPolicy",
      "Complete=True SuccessPolicy",
    ]);
    const { status } = await current();
    assert.deepEqual(
      [status?.succeeded, status?.failed, status?.active],
      [1, undefined, undefined],
    );
    assert.equal((await harness.pods()).length, 1);
  });

  it("that cannot be created leave the status right and the deadline on time", async () => {
    await start();
    harness.transport.refuse = (call) => {
      const isPod = call.verb === "create" && call.type.resource === "pods";
      return isPod ? apiErrors.forbidden(call.type, "", "exceeded quota") : undefined;
    };
    await create({ completions: 3, parallelism: 3, activeDeadlineSeconds: 100 });
    const { status } = await current();
    assert.ok(status?.startTime !== undefined);
    assert.deepEqual([status.ready, status.terminating], [0, 0]);
    await harness.settle(97_000);
    assert.deepEqual(await conditions(), []);
    await harness.settle(4_000);
    assert.ok((await conditions()).includes("Failed=True DeadlineExceeded"));
  });

  it("of which some could be created are counted, and the others come within a minute", async () => {
    await start();
    let left = 1;
    harness.transport.refuse = (call) => {
      if (call.verb !== "create" || call.type.resource !== "pods" || left-- > 0) return undefined;
      return apiErrors.forbidden(call.type, "", "exceeded quota");
    };
    await create({ completions: 3, parallelism: 3 });
    assert.equal((await current()).status?.active, 1);
    await harness.settle(600_000);
    harness.transport.refuse = undefined;
    await harness.settle(61_000);
    assert.equal((await current()).status?.active, 3);
  });

  it("are counted while an orphan may not be adopted", async () => {
    await start();
    await create({ completions: 2, parallelism: 1 });
    const pod = await only();
    harness.transport.refuse = (call) => {
      const isAdoption = call.verb === "patch" && call.name === "stray";
      return isAdoption ? apiErrors.forbidden(call.type, "stray", "a webhook says no") : undefined;
    };
    await pods().create({
      metadata: { name: "stray", namespace, labels },
      spec: { containers: [{ name: "c", image: "i" }] },
    });
    await end(pod, 0);
    assert.equal((await current()).status?.succeeded, 1);
    assert.equal((await harness.pods()).length, 2, "and none is created meanwhile");
  });

  it("are adopted again after somebody took their owner away", async () => {
    await start();
    await create({ completions: 1 });
    const pod = await only();
    await patchPod(pod, { metadata: { ownerReferences: [] } });
    const adopted = await only();
    assert.equal(adopted.metadata.uid, pod.metadata.uid);
    assert.equal(adopted.metadata.ownerReferences?.[0]?.name, "work");
    assert.deepEqual(adopted.metadata.finalizers, [finalizer]);
    await end(adopted, 0);
    assert.equal((await current()).status?.succeeded, 1);
  });

  it("are released with their finalizer when their labels match no more", async () => {
    await start();
    await create({ completions: 1 });
    const pod = await only();
    const name = Object.keys(labels)[0] ?? "";
    await patchPod(pod, { metadata: { labels: { [name]: "other" } } });
    const released = await pods().get(pod.metadata.name ?? "", { namespace });
    const owners = (released.metadata.ownerReferences ?? []).filter((one) => one.controller);
    assert.deepEqual([owners, released.metadata.finalizers], [[], []]);
    assert.equal((await harness.pods()).length, 2, "and replaced");
  });

  it("that match another Job since go to that one", async () => {
    await start();
    await create({ completions: 1 });
    const pod = await only();
    const other = job({ completions: 1, selector: { matchLabels: { app: "b" } } });
    other.metadata.name = "other";
    other.spec.suspend = true;
    await jobs().create(other);
    await harness.settle();
    await jobs().patch(
      "other",
      { type: "merge", body: { spec: { suspend: false } } },
      { namespace },
    );
    await patchPod(pod, {
      metadata: { labels: { [Object.keys(labels)[0] ?? ""]: null, app: "b" }, ownerReferences: [] },
    });
    await harness.settle();
    const moved = await pods().get(pod.metadata.name ?? "", { namespace });
    assert.equal(moved.metadata.ownerReferences?.[0]?.name, "other");
    assert.deepEqual(moved.metadata.finalizers, [finalizer]);
  });

  const orphan = (owner?: { kind: string; apiVersion: string }): Pod => ({
    metadata: {
      name: "lost",
      namespace,
      labels,
      finalizers: [finalizer, "test/other"],
      ...(owner === undefined
        ? {}
        : { ownerReferences: [{ ...owner, name: "gone", uid: "gone", controller: true }] }),
    },
    spec: { containers: [{ name: "c", image: "i" }] },
  });
  const batch = "batch/v1";
  const lost: readonly [string, Pod, string[]][] = [
    ["has no owner", orphan(), ["test/other"]],
    ["has a Job that is gone", orphan({ kind: "Job", apiVersion: batch }), ["test/other"]],
    ["is not a Job's", orphan({ kind: "Task", apiVersion: batch }), [finalizer, "test/other"]],
    [
      "is another API's Job's",
      orphan({ kind: "Job", apiVersion: "batch.example.com/v1" }),
      [finalizer, "test/other"],
    ],
  ];
  for (const [what, pod, finalizers] of lost) {
    it(`${finalizers.length === 1 ? "free" : "leave"} one that ${what}, at the start`, async () => {
      await pods().create(pod);
      await start();
      const { metadata } = await pods().get("lost", { namespace });
      assert.deepEqual(metadata.finalizers, finalizers);
    });
  }

  it("are freed when their Job is deleted with them left behind", async () => {
    await start();
    await create({ completions: 2, parallelism: 2 });
    await jobs().delete("work", { namespace, propagationPolicy: "Orphan" });
    await harness.settle();
    assert.deepEqual(await held(), []);
    assert.equal((await harness.pods()).length, 2);
  });

  it("are freed when their Job goes, also where its selector is not theirs any more", async () => {
    await create({ completions: 1 });
    const { metadata } = await current();
    const owner = { apiVersion: batch, kind: "Job", name: "work", uid: metadata.uid ?? "" };
    await pods().create({
      metadata: {
        name: "renamed",
        namespace,
        labels: { other: "label" },
        finalizers: [finalizer],
        ownerReferences: [{ ...owner, controller: true }],
      },
      spec: { containers: [{ name: "c", image: "i" }] },
    });
    await jobs().delete("work", { namespace, propagationPolicy: "Foreground" });
    await start();
    assert.deepEqual(await held(), []);
  });

  it("are freed when their Job was deleted while no controller ran", async () => {
    await create({ completions: 1 });
    const { metadata } = await current();
    const owner = { apiVersion: batch, kind: "Job", name: "work", uid: metadata.uid ?? "" };
    await pods().create({
      metadata: {
        name: "left",
        namespace,
        labels,
        finalizers: [finalizer],
        ownerReferences: [{ ...owner, controller: true }],
      },
      spec: { containers: [{ name: "c", image: "i" }] },
    });
    await jobs().delete("work", { namespace });
    await start();
    assert.deepEqual(await held(), []);
  });

  it("stay as they are, like their Job, where another controller does the work", async () => {
    await start();
    await create({ completions: 1, managedBy: "example.com/queue" });
    const { metadata, status } = await current();
    assert.deepEqual([status, (await harness.pods()).length], [undefined, 0]);
    const owner = { apiVersion: batch, kind: "Job", name: "work", uid: metadata.uid ?? "" };
    await pods().create({
      metadata: {
        name: "theirs",
        namespace,
        labels,
        finalizers: [finalizer],
        ownerReferences: [{ ...owner, controller: true }],
      },
      spec: { containers: [{ name: "c", image: "i" }] },
    });
    await harness.settle();
    await remove((await harness.pods())[0] as Pod);
    assert.equal((await held()).length, 1);
  });

  it("of a Job that has ended are freed whoever ended it", async () => {
    await create({ completions: 1 });
    const done = await current();
    const conditions = [{ type: "Complete", status: "True" as const }];
    await jobs().updateStatus({ ...done, status: { conditions } });
    const owner = { apiVersion: batch, kind: "Job", name: "work", uid: done.metadata.uid ?? "" };
    await pods().create({
      metadata: {
        name: "left",
        namespace,
        labels,
        finalizers: [finalizer],
        ownerReferences: [{ ...owner, controller: true }],
      },
      spec: { containers: [{ name: "c", image: "i" }] },
    });
    await start();
    assert.deepEqual(await held(), []);
  });
});
