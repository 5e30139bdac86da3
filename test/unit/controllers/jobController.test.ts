import assert from "node:assert/strict";
import { batchV1, coreV1 } from "../../../lib/api/gen/resources.js";
import type { Job } from "../../../lib/api/gen/types/batchV1.js";
import type { Pod } from "../../../lib/api/gen/types/coreV1.js";
import { type ApiError, hasReason } from "../../../lib/api/status.js";
import { formatTime } from "../../../lib/api/time.js";
import { IndexSet } from "../../../lib/controllers/job/indexSet.js";
import { JobController } from "../../../lib/controllers/job/jobController.js";
import { TtlAfterFinishedController } from "../../../lib/controllers/ttlafterfinished/ttlAfterFinishedController.js";
import { ControllerHarness } from "../../support/client/controllerHarness.js";

const namespace = "default";

function job(spec: Partial<Job["spec"]>): Job {
  const labels = { "batch.kubernetes.io/job-name": "work" };
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

describe("JobController", () => {
  let harness: ControllerHarness;
  const jobs = () => harness.client.resource(batchV1.jobs);
  const current = () => jobs().get("work", { namespace });
  const conditions = async () =>
    ((await current()).status?.conditions ?? []).map((c) => `${c.type}=${c.status} ${c.reason}`);

  beforeEach(async () => {
    harness = new ControllerHarness();
    const context = harness.context();
    await harness.start(new JobController(context), new TtlAfterFinishedController(context));
  });
  afterEach(() => harness.stop());

  async function create(spec: Partial<Job["spec"]>): Promise<void> {
    await jobs().create(job(spec));
    await harness.settle();
  }

  const running = async () =>
    (await harness.pods()).filter((pod) => pod.status?.phase === undefined);

  async function end(pods: readonly Pod[], phase: "Succeeded" | "Failed"): Promise<void> {
    for (const pod of pods) {
      const finishedAt = formatTime(harness.clock.now());
      const terminated = { exitCode: phase === "Failed" ? 1 : 0, finishedAt };
      const base = { name: "c", image: "i", imageID: "", ready: false, restartCount: 0 };
      const status = { phase, containerStatuses: [{ ...base, state: { terminated } }] };
      await harness.client.resource(coreV1.pods).updateStatus({ ...pod, status });
    }
    await harness.settle();
  }

  it("runs as many at once as asked until enough have succeeded", async () => {
    await create({ completions: 3, parallelism: 2 });
    assert.equal((await running()).length, 2);
    assert.equal((await current()).status?.active, 2);
    await end(await running(), "Succeeded");
    assert.equal((await running()).length, 1);
    await end(await running(), "Succeeded");
    const { status } = await current();
    assert.deepEqual([status?.succeeded, status?.active ?? 0], [3, 0]);
    assert.deepEqual(await conditions(), [
      "SuccessCriteriaMet=True CompletionsReached",
      "Complete=True CompletionsReached",
    ]);
    assert.ok(status?.completionTime);
    const held = (await harness.pods()).flatMap((pod) => pod.metadata.finalizers ?? []);
    assert.deepEqual(held, []);
    assert.ok((await harness.events()).includes("Completed Job completed"));
  });

  it("waits longer after each failure, and gives up at the limit", async () => {
    await create({ completions: 1, backoffLimit: 2 });
    for (const seconds of [10, 20]) {
      await end(await running(), "Failed");
      await harness.settle((seconds - 4) * 1000);
      assert.equal((await running()).length, 0, `before ${seconds} s`);
      await harness.settle(6_000);
      assert.equal((await running()).length, 1, `after ${seconds} s`);
    }
    await end(await running(), "Failed");
    await harness.settle(60_000);
    assert.deepEqual(await conditions(), [
      "FailureTarget=True BackoffLimitExceeded",
      "Failed=True BackoffLimitExceeded",
    ]);
    assert.equal((await current()).status?.failed, 3);
  });

  it("ends what runs too long", async () => {
    await create({ completions: 1, activeDeadlineSeconds: 30 });
    await harness.settle(20_000);
    assert.equal((await running()).length, 1);
    await harness.settle(20_000);
    assert.ok((await conditions()).includes("FailureTarget=True DeadlineExceeded"));
    await harness.settle(20_000);
    assert.ok((await conditions()).includes("Failed=True DeadlineExceeded"));
  });

  it("gives each index its pod", async () => {
    await create({ completions: 3, parallelism: 3, completionMode: "Indexed" });
    const pods = await running();
    const index = "batch.kubernetes.io/job-completion-index";
    assert.deepEqual(pods.map((pod) => pod.metadata.annotations?.[index]).sort(), ["0", "1", "2"]);
    assert.equal(pods[0]?.spec.hostname, "work-0");
    await end(pods.slice(0, 2), "Succeeded");
    assert.equal((await current()).status?.completedIndexes, "0,1");
    await end(await running(), "Succeeded");
    assert.equal((await current()).status?.succeeded, 3);
    assert.ok((await conditions()).includes("Complete=True CompletionsReached"));
  });

  it("removes its pods while suspended", async () => {
    await create({ completions: 2, parallelism: 2 });
    await jobs().patch("work", { type: "merge", body: { spec: { suspend: true } } }, { namespace });
    await harness.settle(5_000);
    assert.deepEqual(await conditions(), ["Suspended=True JobSuspended"]);
    assert.equal((await harness.pods()).length, 0);
    await jobs().patch(
      "work",
      { type: "merge", body: { spec: { suspend: false } } },
      { namespace },
    );
    await harness.settle(30_000);
    assert.deepEqual(await conditions(), ["Suspended=False JobResumed"]);
  });

  it("is deleted some time after its end", async () => {
    await create({ completions: 1, ttlSecondsAfterFinished: 60 });
    await end(await running(), "Succeeded");
    await harness.settle(30_000);
    await current();
    await harness.settle(40_000);
    const left = await current().catch((error: ApiError) => error);
    const isGoing = !(left instanceof Error) && left.metadata.deletionTimestamp !== undefined;
    assert.ok(isGoing || hasReason(left, "NotFound"));
  });

  it("writes indexes as ranges", () => {
    assert.equal(IndexSet.of([7, 1, 3, 4, 5, 9, 10]).toString(), "1,3-5,7,9,10");
    assert.equal(IndexSet.parse("1,3-5,99", 6).toString(), "1,3-5");
  });
});
