import assert from "node:assert/strict";
import { batchV1 } from "../../../lib/api/gen/resources.js";
import type { Job } from "../../../lib/api/gen/types/batchV1.js";
import { formatTime } from "../../../lib/api/time.js";
import { CronJobController } from "../../../lib/controllers/cronjob/cronJobController.js";
import { ControllerHarness } from "../../support/client/controllerHarness.js";

const namespace = "default";
const begin = Date.UTC(2023, 0, 1);
const end = Date.UTC(2024, 0, 1);
const modulus = 1_000_003;

/** How often robfig/cron v3 starts a schedule in a zone in 2023, and a digest of the minutes. */
type Row = readonly [schedule: string, zone: string, count: number, digest: number];

// biome-ignore format: a table
const rows: readonly Row[] = [
  ["30 2 * * *", "UTC", 365, 224681],
  ["10 0 * 3,4,9-11 *", "UTC", 152, 706812],
  ["15,45 1-3 * * sun", "UTC", 318, 430145],
  ["0 9 * * mon-fri", "UTC", 260, 807941],
  ["0 0 13 * fri", "UTC", 62, 180577],
  ["30 2 * * *", "America/New_York", 364, 158086],
  ["10 0 * 3,4,9-11 *", "America/New_York", 152, 114750],
  ["15,45 1-3 * * sun", "America/New_York", 318, 279527],
  ["0 9 * * mon-fri", "America/New_York", 260, 895474],
  ["0 0 13 * fri", "America/New_York", 62, 626100],
  ["30 2 * * *", "Europe/Berlin", 365, 176314],
  ["10 0 * 3,4,9-11 *", "Europe/Berlin", 152, 173317],
  ["15,45 1-3 * * sun", "Europe/Berlin", 318, 31372],
  ["0 9 * * mon-fri", "Europe/Berlin", 260, 614885],
  ["0 0 13 * fri", "Europe/Berlin", 62, 305982],
  ["30 2 * * *", "Australia/Lord_Howe", 365, 730852],
  ["10 0 * 3,4,9-11 *", "Australia/Lord_Howe", 150, 894109],
  ["15,45 1-3 * * sun", "Australia/Lord_Howe", 312, 696608],
  ["0 9 * * mon-fri", "Australia/Lord_Howe", 261, 699264],
  ["0 0 13 * fri", "Australia/Lord_Howe", 62, 280013],
  ["30 2 * * *", "America/Havana", 365, 322515],
  ["10 0 * 3,4,9-11 *", "America/Havana", 152, 327148],
  ["15,45 1-3 * * sun", "America/Havana", 318, 29959],
  ["0 9 * * mon-fri", "America/Havana", 260, 895474],
  ["0 0 13 * fri", "America/Havana", 62, 626100],
  ["30 2 * * *", "America/Santiago", 365, 198088],
  ["10 0 * 3,4,9-11 *", "America/Santiago", 151, 194468],
  ["15,45 1-3 * * sun", "America/Santiago", 318, 711408],
  ["0 9 * * mon-fri", "America/Santiago", 260, 113157],
  ["0 0 13 * fri", "America/Santiago", 62, 178418],
  ["30 2 * * *", "Pacific/Chatham", 365, 3579],
  ["10 0 * 3,4,9-11 *", "Pacific/Chatham", 152, 355994],
  ["15,45 1-3 * * sun", "Pacific/Chatham", 312, 277438],
  ["0 9 * * mon-fri", "Pacific/Chatham", 261, 752308],
  ["0 0 13 * fri", "Pacific/Chatham", 62, 132666],
  ["30 2 * * *", "Antarctica/Troll", 365, 107846],
  ["10 0 * 3,4,9-11 *", "Antarctica/Troll", 152, 220116],
  ["15,45 1-3 * * sun", "Antarctica/Troll", 318, 867939],
  ["0 9 * * mon-fri", "Antarctica/Troll", 260, 654516],
  ["0 0 13 * fri", "Antarctica/Troll", 62, 575338],
  ["30 2 * * *", "Asia/Beirut", 365, 241185],
  ["10 0 * 3,4,9-11 *", "Asia/Beirut", 151, 446565],
  ["15,45 1-3 * * sun", "Asia/Beirut", 310, 299713],
  ["0 9 * * mon-fri", "Asia/Beirut", 260, 998543],
  ["0 0 13 * fri", "Asia/Beirut", 62, 734008],
];

describe("A year of CronJobs over time zones and changes of the clock", () => {
  const harness = new ControllerHarness();
  const jobs = () => harness.client.resource(batchV1.jobs);
  const cronJobs = () => harness.client.resource(batchV1.cronjobs);
  /** Minutes since 1970 of the starts, by the CronJob's name. */
  const starts = new Map<string, number[]>();
  const seen = new Set<string>();

  async function create(index: number, [schedule, timeZone]: Row): Promise<void> {
    const template = { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } };
    await cronJobs().create({
      metadata: { name: `c${index}`, namespace },
      spec: {
        schedule,
        timeZone,
        concurrencyPolicy: "Forbid",
        successfulJobsHistoryLimit: 1,
        failedJobsHistoryLimit: 1,
        jobTemplate: { spec: { template } },
      },
    });
  }

  /** Every Job has succeeded as soon as it is there. */
  async function follow(): Promise<void> {
    const { signal } = harness;
    const events = jobs().watch({
      sendInitialEvents: true,
      resourceVersionMatch: "NotOlderThan",
      allowWatchBookmarks: true,
      signal,
    });
    try {
      for await (const event of events) if (event.type === "ADDED") await succeed(event.object);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async function succeed(job: Job): Promise<void> {
    const { uid = "", name = "" } = job.metadata;
    if (seen.has(uid)) return;
    seen.add(uid);
    const [cronJob = "", minute] = name.split("-");
    const minutes = starts.get(cronJob) ?? [];
    minutes.push(Number(minute));
    starts.set(cronJob, minutes);
    const now = formatTime(harness.clock.now());
    const conditions = [{ type: "Complete", status: "True" }];
    const status = { startTime: now, completionTime: now, conditions };
    await jobs().updateStatus({ ...job, status });
  }

  after(() => harness.stop());

  it("has every start that robfig/cron has, and no other, through four processes", async () => {
    const { clock } = harness;
    clock.jump(begin - clock.now());
    for (const [index, row] of rows.entries()) await create(index, row);
    const quarter = Math.ceil((end - begin) / 4);
    for (let part = 0; part < 4; part++) {
      if (part > 0) harness.comeUp();
      const followed = follow();
      await harness.start(new CronJobController(harness.context()));
      await clock.advance(Math.min(quarter, end - 1 - clock.now()));
      await harness.stop();
      await followed;
    }
    for (const [index, [schedule, zone, count, digest]] of rows.entries()) {
      const minutes = starts.get(`c${index}`) ?? [];
      const found = minutes.reduce((sum, minute) => (sum * 31 + (minute % modulus)) % modulus, 0);
      assert.deepEqual([minutes.length, found], [count, digest], `${schedule} in ${zone}`);
      const { status } = await cronJobs().get(`c${index}`, { namespace });
      const last = formatTime((minutes.at(-1) ?? 0) * 60_000);
      assert.deepEqual([status?.active, status?.lastScheduleTime], [undefined, last]);
    }
    const { items } = await jobs().list({ namespace });
    assert.equal(items.length, rows.length);
  }).timeout(120_000);
});
