import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { CronError } from "../../../../lib/api/cron/cronError.js";
import { parseCronSchedule } from "../../../../lib/api/cron/cronSchedule.js";
import { nextCronTime } from "../../../../lib/api/cron/nextCronTime.js";
import { nodePlatform } from "../../../../lib/platform/node/nodePlatform.js";

const folder = new URL("../../../../../test/unit/api/cron/", import.meta.url);

function rows<T>(file: string): T[] {
  const lines = readFileSync(new URL(file, folder), "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line) as T);
}

type TextRow = readonly [schedule: string, error: string];
/** Of the first 60 times after `from`: how far the first is, how many there are, and their digest. */
type TimesRow = readonly [
  schedule: string,
  zone: string,
  from: number,
  first: number,
  count: number,
  digest: number,
];

const mostTimes = 60;
const longestSeconds = 4 * 8766 * 3600;
const modulus = 1_000_003;

/** The times as the program on robfig/cron v3 walked them that wrote the rows. */
function walk(schedule: string, zone: string, from: number): [number, number, number] {
  const parsed = parseCronSchedule(`TZ=${zone} ${schedule}`);
  let at = from;
  let [first, count, digest] = [0, 0, 0];
  while (count < mostTimes) {
    const next = nextCronTime(parsed, at * 1000, "UTC");
    if (next === undefined) break;
    at = next / 1000;
    count++;
    if (count === 1) first = at - from;
    digest = (digest * 31 + (at % modulus)) % modulus;
    if (at - from > longestSeconds) break;
  }
  return [first, count, digest];
}

const next = (schedule: string, after: string, zone = "UTC"): string | undefined => {
  const time = nextCronTime(parseCronSchedule(schedule), Date.parse(after), zone);
  return time === undefined ? undefined : new Date(time).toISOString();
};

describe("schedules of CronJobs", () => {
  it("are read and refused in the words of robfig/cron", () => {
    for (const [schedule, error] of rows<TextRow>("texts.jsonl")) {
      let problem = "";
      try {
        parseCronSchedule(schedule);
      } catch (thrown) {
        assert.ok(thrown instanceof CronError, `${schedule}: ${thrown}`);
        problem = thrown.message;
      }
      assert.equal(problem, error, JSON.stringify(schedule));
    }
  });

  it("hold when they do in robfig/cron, over time zones and changes of the clock", () => {
    for (const [schedule, zone, from, ...expected] of rows<TimesRow>("times.jsonl")) {
      assert.deepEqual(walk(schedule, zone, from), expected, `${schedule} in ${zone} from ${from}`);
    }
  }).timeout(30_000);

  it("pass over an hour that is skipped and take one that is doubled twice", () => {
    const zone = "America/New_York";
    assert.equal(next("30 2 * * *", "2023-03-11T12:00:00Z", zone), "2023-03-13T06:30:00.000Z");
    assert.equal(next("30 1 * * *", "2023-11-05T00:00:00Z", zone), "2023-11-05T05:30:00.000Z");
    assert.equal(next("30 1 * * *", "2023-11-05T05:30:00Z", zone), "2023-11-05T06:30:00.000Z");
  });

  it("go on past a day that a zone did not have", () => {
    assert.equal(
      next("0 0 31 * *", "2011-12-28T12:00:00Z", "Pacific/Apia"),
      "2011-12-30T10:00:00.000Z",
    );
  });

  it("that never hold, or hardly ever, take no time", () => {
    const { clock } = nodePlatform;
    const begin = clock.monotonic();
    const never = ["0 0 30 2 *", "* * 31 2,4,6,9,11 *", ", * * * *", "* , * * *", "* * * , *"];
    for (let round = 0; round < 20; round++) {
      for (const schedule of [...never, "* * , * *", "* * * * ,"]) {
        const at = `20${20 + round}-06-01T00:00:00Z`;
        assert.equal(next(schedule, at, "America/New_York"), undefined, schedule);
      }
    }
    assert.ok(clock.monotonic() - begin < 5_000);
  });

  it("are read in time that grows with their length alone", () => {
    const { clock } = nodePlatform;
    const begin = clock.monotonic();
    const parts = (part: string): string => Array(100_000).fill(part).join(",");
    parseCronSchedule(`${parts("0-59/1")} * * * *`);
    assert.throws(() => parseCronSchedule(parts("1 1")), CronError);
    assert.throws(() => parseCronSchedule(`${"9".repeat(200_000)} * * * *`), CronError);
    const gap = " ".repeat(200_000);
    assert.throws(() => parseCronSchedule(`TZ=UTC ${gap}x${gap}x${gap}`), CronError);
    assert.throws(() => parseCronSchedule(`x${gap}x`), CronError);
    assert.ok(clock.monotonic() - begin < 2_000);
  });
});
