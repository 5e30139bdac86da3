import assert from "node:assert/strict";
import { batchV1 } from "../../../lib/api/gen/resources.js";
import type { CronJob, Job } from "../../../lib/api/gen/types/batchV1.js";
import { apiErrors } from "../../../lib/api/status.js";
import { formatTime } from "../../../lib/api/time.js";
import { CronJobController } from "../../../lib/controllers/cronjob/cronJobController.js";
import { ControllerHarness } from "../../support/client/controllerHarness.js";

const namespace = "default";
const minute = 60_000;
/** 2026-01-01T00:00:00Z, when the virtual clock starts, in minutes. */
const firstMinute = Date.UTC(2026, 0, 1) / minute;

describe("CronJobController", () => {
  let harness: ControllerHarness;
  const cronJobs = () => harness.client.resource(batchV1.cronjobs);
  const jobs = () => harness.client.resource(batchV1.jobs);
  const current = () => cronJobs().get("c", { namespace });
  const skews: number[] = [];

  const make = () => {
    const observeCreationSkew = (seconds: number): void => void skews.push(seconds);
    return new CronJobController({ ...harness.context(), observeCreationSkew });
  };

  beforeEach(async () => {
    harness = new ControllerHarness();
    skews.splice(0);
    await harness.start(make());
  });
  afterEach(() => harness.stop());

  async function create(spec: Partial<CronJob["spec"]> = {}): Promise<void> {
    const template = { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } };
    await cronJobs().create({
      metadata: { name: "c", namespace },
      spec: {
        schedule: "*/5 * * * *",
        concurrencyPolicy: "Allow",
        suspend: false,
        successfulJobsHistoryLimit: 3,
        failedJobsHistoryLimit: 1,
        jobTemplate: {
          metadata: { labels: { a: "b" }, annotations: { d: "e" } },
          spec: { template },
        },
        ...spec,
      },
    });
    await harness.settle(0);
  }

  const patch = async (spec: object): Promise<void> => {
    await cronJobs().patch("c", { type: "merge", body: { spec } }, { namespace });
    await harness.settle(500);
  };

  /** Minutes since the start that the names of the Jobs tell. */
  const starts = async (): Promise<number[]> => {
    const { items } = await jobs().list({ namespace });
    return items.map(({ metadata }) => Number(metadata.name?.split("-")[1]) - firstMinute);
  };

  const active = async (): Promise<string[]> =>
    ((await current()).status?.active ?? []).map(({ name = "" }) => name);

  const nameOf = (start: number): string => `c-${firstMinute + start}`;

  async function end(start: number, type: "Complete" | "Failed" = "Complete"): Promise<void> {
    const job = await jobs().get(nameOf(start), { namespace });
    const now = formatTime(harness.clock.now());
    const time = type === "Complete" ? { completionTime: now } : {};
    const conditions = [{ type, status: "True", lastTransitionTime: now }];
    await jobs().updateStatus({ ...job, status: { startTime: now, ...time, conditions } });
    await harness.settle(500);
  }

  const wait = (minutes: number): Promise<void> => harness.settle(minutes * minute);
  const reasons = async (): Promise<string[]> =>
    (await harness.events()).map((event) => event.split(" ")[0] ?? "");

  it("makes a Job of the template at each start", async () => {
    await create({ timeZone: "Asia/Kolkata" });
    await wait(4.9);
    assert.deepEqual(await starts(), []);
    await wait(0.2);
    const job = await jobs().get(nameOf(5), { namespace });
    const { uid } = (await current()).metadata;
    assert.deepEqual(job.metadata.labels, { a: "b" });
    assert.deepEqual(job.metadata.annotations, {
      d: "e",
      "batch.kubernetes.io/cronjob-scheduled-timestamp": "2026-01-01T05:35:00+05:30",
    });
    const owner = { apiVersion: "batch/v1", kind: "CronJob", name: "c", uid };
    assert.deepEqual(job.metadata.ownerReferences, [
      { ...owner, controller: true, blockOwnerDeletion: true },
    ]);
    assert.equal(job.spec.template.spec?.containers?.[0]?.image, "i");
    const { status } = await current();
    assert.equal(status?.lastScheduleTime, "2026-01-01T00:05:00Z");
    const [reference] = status?.active ?? [];
    assert.deepEqual(
      [reference?.kind, reference?.apiVersion, reference?.namespace, reference?.uid],
      ["Job", "batch/v1", namespace, job.metadata.uid],
    );
    assert.deepEqual(await harness.events(), [`SuccessfulCreate Created job ${nameOf(5)}`]);
    assert.deepEqual(skews, [0]);
    await wait(10);
    assert.deepEqual(await starts(), [5, 10, 15]);
    assert.equal((await active()).length, 3);
  });

  it("tells when Jobs have ended, and keeps as many as asked", async () => {
    await create({ successfulJobsHistoryLimit: 1, failedJobsHistoryLimit: 0 });
    await wait(15.1);
    await end(10, "Failed");
    await end(5);
    assert.equal((await current()).status?.lastSuccessfulTime, "2026-01-01T00:15:08Z");
    assert.deepEqual(await starts(), [5, 15]);
    await end(15);
    assert.deepEqual(await starts(), [15]);
    assert.deepEqual(await active(), []);
    const events = await harness.events();
    for (const event of [
      `SawCompletedJob Saw completed job: ${nameOf(5)}, condition: Complete`,
      `SawCompletedJob Saw completed job: ${nameOf(10)}, condition: Failed`,
      `SuccessfulDelete Deleted job ${nameOf(10)}`,
      `SuccessfulDelete Deleted job ${nameOf(5)}`,
    ]) {
      assert.ok(events.includes(event), event);
    }
  });

  it("waits for the Job that goes on, with Forbid, and then catches up once", async () => {
    await create({ concurrencyPolicy: "Forbid" });
    await wait(17);
    assert.deepEqual(await starts(), [5]);
    assert.ok((await reasons()).includes("JobAlreadyActive"));
    await end(5);
    assert.deepEqual(await starts(), [5, 15]);
    await wait(4);
    await end(15);
    await wait(0.5);
    assert.deepEqual(await starts(), [5, 15, 20]);
  });

  it("replaces the Job that goes on, with Replace", async () => {
    await create({ concurrencyPolicy: "Replace" });
    await wait(11);
    assert.deepEqual(await starts(), [10]);
    assert.deepEqual(await active(), [nameOf(10)]);
    assert.ok((await harness.events()).includes(`SuccessfulDelete Deleted job ${nameOf(5)}`));
  });

  it("starts nothing while suspended, and the last one that was missed on resuming", async () => {
    await create({ suspend: true });
    await wait(23);
    assert.deepEqual(await starts(), []);
    await patch({ suspend: false });
    assert.deepEqual(await starts(), [20]);
    await wait(3);
    assert.deepEqual(await starts(), [20, 25]);
  });

  it("starts nothing later than the deadline", async () => {
    await create({ suspend: true, startingDeadlineSeconds: 60 });
    await wait(23);
    await patch({ suspend: false });
    assert.deepEqual(await starts(), []);
    await wait(2.5);
    assert.deepEqual(await starts(), [25]);
  });

  it("starts the last of more than a hundred that were missed, and warns", async () => {
    await create({ schedule: "* * * * *", suspend: true });
    await wait(150.5);
    await patch({ suspend: false });
    assert.deepEqual(await starts(), [150]);
    assert.ok((await reasons()).includes("TooManyMissedTimes"));
  });

  it("follows another schedule when that is due, and other changes at once", async () => {
    await create({ schedule: "0 0 1 1 *" });
    await wait(7);
    await patch({ schedule: "*/10 * * * *" });
    assert.deepEqual(await starts(), []);
    await wait(3.2);
    assert.deepEqual(await starts(), [10]);
    await patch({ timeZone: "Asia/Kolkata" });
    await wait(10);
    assert.deepEqual(await starts(), [10, 20]);
  });

  it("says why there is no start", async () => {
    await create({ schedule: "0 0 30 2 *" });
    assert.deepEqual(await harness.events(), [
      "InvalidSchedule invalid schedule: 0 0 30 2 * : " +
        "time difference between two schedules is less than 1 second",
    ]);
    assert.equal(harness.clock.pendingTimers, 1);
    await patch({ schedule: "x" });
    await patch({ failedJobsHistoryLimit: 2 });
    const events = await harness.events();
    for (const event of [
      "UnParseableCronJobSchedule unparseable schedule for cronjob: x",
      'UnparseableSchedule unparseable schedule: "x" : expected exactly 5 fields, found 1: [x]',
    ]) {
      assert.ok(events.includes(event), `${event}: ${events.join("\n")}`);
    }
    await patch({ schedule: "CRON_TZ=Asia/Kolkata 35 5 * * *", timeZone: null });
    await wait(6);
    assert.deepEqual(await starts(), [5]);
    assert.ok((await reasons()).includes("UnsupportedSchedule"));
    assert.deepEqual(skews, [0]);
    const [job] = (await jobs().list({ namespace })).items;
    const annotations = job?.metadata.annotations ?? {};
    const timestamp = annotations["batch.kubernetes.io/cronjob-scheduled-timestamp"];
    assert.equal(timestamp, "2026-01-01T00:05:00Z");
  });

  it("starts nothing in a zone that nobody knows", async () => {
    await create({ timeZone: "Nowhere" });
    await wait(6);
    assert.deepEqual(await starts(), []);
    const message = 'UnknownTimeZone invalid timeZone: "Nowhere": unknown time zone Nowhere';
    assert.ok((await harness.events()).includes(message));
  });

  const foreign = (name: string): Job => ({
    metadata: { name, namespace },
    spec: { template: { spec: { restartPolicy: "Never", containers: [] } } },
  });

  it("goes on when somebody else has a Job of the name", async () => {
    await jobs().create(foreign(nameOf(5)));
    await create();
    await wait(11);
    assert.deepEqual(await active(), [nameOf(10)]);
    const job = await jobs().get(nameOf(5), { namespace });
    assert.equal(job.metadata.ownerReferences, undefined);
  });

  it("neither waits for nor deletes what is not its own, whatever the status says", async () => {
    await create({ concurrencyPolicy: "Replace", suspend: true });
    await jobs().create({ ...foreign("other"), metadata: { name: "other", namespace: "else" } });
    const mine = await jobs().create(foreign("mine"));
    const active = [
      { kind: "Job", namespace: "else", name: "other", uid: "1" },
      { kind: "Job", namespace, name: "mine", uid: "2" },
      { kind: "Job", namespace, name: "mine", uid: mine.metadata.uid ?? "" },
      { kind: "Job", namespace, name: "gone", uid: "3" },
    ];
    await cronJobs().updateStatus({ ...(await current()), status: { active } });
    await patch({ suspend: false, concurrencyPolicy: "Forbid" });
    await wait(6);
    assert.deepEqual((await current()).status?.active?.length, 1);
    assert.ok((await harness.events()).includes("MissingJob Active job went missing: gone"));
    const deletions = harness.transport.writes.filter((write) => write.startsWith("delete"));
    assert.deepEqual(deletions, []);
  });

  it("warns of a Job that is its own and that it did not start", async () => {
    await create({ concurrencyPolicy: "Forbid" });
    const { uid = "" } = (await current()).metadata;
    const owner = { apiVersion: "batch/v1", kind: "CronJob", name: "c", uid, controller: true };
    const metadata = { name: "by-hand", namespace, ownerReferences: [owner] };
    await jobs().create({ ...foreign("by-hand"), metadata });
    await wait(6);
    assert.deepEqual(await active(), [nameOf(5)]);
    const message = "Saw a job that the controller did not create or forgot: by-hand";
    assert.ok((await harness.events()).includes(`UnexpectedJob ${message}`));
  });

  it("removes history also where no Job can be made, and tries again", async () => {
    await create({ successfulJobsHistoryLimit: 0 });
    await wait(6);
    harness.transport.refuse = ({ verb, type }) =>
      verb === "create" && type.resource === "jobs"
        ? apiErrors.forbidden({ group: "batch", resource: "jobs" }, "x", "exceeded quota")
        : undefined;
    await wait(5);
    await end(5);
    assert.deepEqual(await starts(), []);
    assert.ok((await reasons()).includes("FailedCreate"));
    harness.transport.refuse = undefined;
    await wait(3);
    assert.deepEqual(await starts(), [10]);
  });

  it("keeps what has ended of a start that the status does not tell of, and so runs it once", async () => {
    await create({ successfulJobsHistoryLimit: 0 });
    harness.transport.refuse = ({ verb, subresource, type }) =>
      verb === "update" && subresource === "status" && type.resource === "cronjobs"
        ? apiErrors.serviceUnavailable("refused")
        : undefined;
    await wait(5.1);
    await end(5);
    assert.deepEqual(await starts(), [5]);
    // A quota is asked before it is seen that there is one of the name.
    harness.transport.refuse = ({ verb, type }) =>
      verb === "create" && type.resource === "jobs"
        ? apiErrors.forbidden({ group: "batch", resource: "jobs" }, "x", "exceeded quota")
        : undefined;
    await wait(1);
    assert.deepEqual(await starts(), [5]);
    harness.transport.refuse = undefined;
    await wait(2);
    assert.deepEqual(await starts(), []);
    const events = await harness.events();
    assert.equal(events.filter((event) => event.startsWith("SuccessfulCreate")).length, 1);
    assert.ok(events.some((event) => event.startsWith("SawCompletedJob")));
    assert.ok(!events.some((event) => event.startsWith("MissingJob")));
    assert.equal((await current()).status?.lastScheduleTime, "2026-01-01T00:05:00Z");
  });

  it("starts what was missed while no process ran, once", async () => {
    await create();
    await wait(6);
    await harness.stop();
    await harness.clock.advance(21 * minute);
    harness.comeUp();
    await harness.start(make());
    assert.deepEqual(await starts(), [5, 25]);
    await wait(4);
    assert.deepEqual(await starts(), [5, 25, 30]);
  });

  it("starts once what a clock that is set forward passes, and nothing twice when it is set back", async () => {
    await create({ schedule: "0 * * * *" });
    await wait(30);
    harness.clock.jump(90 * minute);
    await wait(1.5);
    assert.deepEqual(await starts(), [120]);
    harness.clock.jump(-30 * minute);
    await wait(40);
    assert.deepEqual(await starts(), [120]);
    await wait(60);
    assert.deepEqual(await starts(), [120, 180]);
  });
});
