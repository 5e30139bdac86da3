import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { CronJob } from "../../../../lib/api/gen/types/batchV1.js";
import { formatTime } from "../../../../lib/api/time.js";
import { cronJobSchedule } from "../../../../lib/controllers/cronjob/cronJobSchedule.js";
import {
  type NextTime,
  recentSchedule,
  untilNextStart,
} from "../../../../lib/controllers/cronjob/recentSchedule.js";
import { nodePlatform } from "../../../../lib/platform/node/nodePlatform.js";

/** Facts of a Go program that reckons on robfig/cron v3 as upstream does. */
type Row = readonly [
  schedule: string,
  zone: string,
  lastSeconds: number,
  nowMilliseconds: number,
  deadline: number | null,
  mostRecentSeconds: number | null,
  missed: "none" | "few" | "many" | "never",
  untilNextMilliseconds: number | null,
];

const file = new URL("../../../../../test/unit/controllers/cronjob/recent.jsonl", import.meta.url);

function cronJob(schedule: string, timeZone: string, lastSeconds: number): CronJob {
  return {
    metadata: { name: "c" },
    spec: { schedule, timeZone, jobTemplate: {} },
    status: { lastScheduleTime: formatTime(lastSeconds * 1000) },
  };
}

function nextOf({ spec }: CronJob): NextTime {
  const schedule = cronJobSchedule(spec, "UTC");
  assert.ok(schedule.kind === "times");
  return schedule.next;
}

describe("the start of a CronJob that is due", () => {
  it("is the one that upstream takes, with as many missed and as long a wait", () => {
    for (const line of readFileSync(file, "utf8").trim().split("\n")) {
      const row = JSON.parse(line) as Row;
      const [schedule, zone, last, now, deadline, mostRecent, missed, wait] = row;
      const object = cronJob(schedule, zone, last);
      if (deadline !== null) object.spec.startingDeadlineSeconds = deadline;
      const next = nextOf(object);
      const recent = recentSchedule(object, now, next, { withDeadline: true });
      const found =
        recent.kind === "never" ? ["never", undefined] : [recent.missed, recent.mostRecent];
      const expected = [missed, mostRecent === null ? undefined : mostRecent * 1000];
      assert.deepEqual(found, expected, line);
      assert.equal(untilNextStart(object, now, next), wait ?? undefined, line);
    }
  }).timeout(20_000);

  it("is found at once after years without one", () => {
    const { clock } = nodePlatform;
    const begin = clock.monotonic();
    const now = Date.UTC(2026, 1, 1, 0, 0, 30);
    const cases = ["* * * * *", "* * * 1 *", "* * 1 1 *", "*/2 0-22 * * *", "@every 1s"];
    for (const schedule of cases) {
      for (const year of [1, 1970, 2000]) {
        const last = new Date(0).setUTCFullYear(year, 5, 1) / 1000;
        const object = cronJob(schedule, "America/New_York", last);
        recentSchedule(object, now, nextOf(object), { withDeadline: true });
      }
    }
    assert.ok(clock.monotonic() - begin < 3_000);
    const object = cronJob("* * * 1 *", "UTC", Date.UTC(2019, 0, 31, 23, 58) / 1000);
    const recent = recentSchedule(object, now, nextOf(object), { withDeadline: false });
    assert.ok(recent.kind === "known");
    assert.equal(recent.mostRecent, Date.UTC(2026, 0, 31, 23, 59));
  });

  it("is none for what has no time at all, or one that lies ahead", () => {
    const now = Date.UTC(2026, 0, 1, 0, 0, 30);
    const { status: _, ...fresh } = cronJob("* * * * *", "UTC", 0);
    const none = { kind: "known", mostRecent: undefined, missed: "none" };
    const next = nextOf(fresh);
    const found = recentSchedule(fresh, now, next, { withDeadline: true });
    assert.deepEqual(found, { ...none, earliest: now });
    const ahead = cronJob("* * * * *", "UTC", now / 1000 + 3600);
    const later = recentSchedule(ahead, now, next, { withDeadline: true });
    assert.deepEqual(later, { ...none, earliest: Math.floor(now / 1000) * 1000 + 3_600_000 });
  });
});
