import assert from "node:assert/strict";
import { formatTime } from "../../lib/api/time.js";
import { SeededRandom } from "../../lib/platform/virtual/seededRandom.js";
import {
  type CronJobCase,
  type CronJobResult,
  CronJobTrial,
} from "../support/client/cronJobTrial.js";
import type { Fate } from "../support/client/mortalTransport.js";

const begin = Date.UTC(2026, 0, 1);

const cases: readonly (CronJobCase & {
  readonly starts: readonly number[];
  readonly left: readonly number[];
})[] = [
  {
    name: "starts each minute, and keeps no history",
    spec: { successfulJobsHistoryLimit: 0 },
    jobSeconds: 1,
    minutes: 4.5,
    starts: [1, 2, 3, 4],
    left: [],
  },
  {
    name: "keeps one that has ended",
    spec: { successfulJobsHistoryLimit: 1 },
    jobSeconds: 100,
    minutes: 5.5,
    starts: [1, 2, 3, 4, 5],
    left: [3, 4, 5],
  },
  {
    name: "runs one at a time",
    spec: { concurrencyPolicy: "Forbid", schedule: "*/2 * * * *", successfulJobsHistoryLimit: 0 },
    jobSeconds: 150,
    minutes: 8.25,
    starts: [2, 4, 6],
    left: [6],
  },
  {
    name: "replaces the one that runs",
    spec: { concurrencyPolicy: "Replace" },
    jobSeconds: 600,
    minutes: 4.5,
    starts: [1, 2, 3, 4],
    left: [4],
  },
];

const seeds = 10;
const mostWrites = 60;

describe("The CronJob controller, ended at a write and begun anew", () => {
  for (const one of cases) {
    const last = one.starts.at(-1) ?? 0;
    const expected: CronJobResult = {
      starts: one.starts,
      left: one.left,
      lastScheduleTime: formatTime(begin + last * 60_000),
      stale: [],
    };

    it(`${one.name}: at any write`, async () => {
      const undisturbed = new CronJobTrial(one, { fate: () => "done" });
      assert.deepEqual(await undisturbed.run(), expected);
      const { writes } = undisturbed;
      assert.ok(writes > 3 && writes < mostWrites, `${writes} writes`);
      for (let at = 1; at <= writes; at++) {
        for (const fate of ["dies before", "dies after", "refused", "unanswered"] as const) {
          const trial = new CronJobTrial(one, {
            fate: (write) => (write === at ? fate : "done"),
          });
          assert.deepEqual(await trial.run(), expected, `${fate} at write ${at} of ${writes}`);
        }
      }
    }).timeout(60_000);

    it(`${one.name}: at many writes`, async () => {
      for (let seed = 1; seed <= seeds; seed++) {
        const random = new SeededRandom(seed);
        const fates: readonly Fate[] = ["dies before", "dies after", "refused", "unanswered"];
        const trial = new CronJobTrial(one, {
          fate: () => (random.float() < 0.3 ? (fates[random.below(4)] ?? "done") : "done"),
        });
        const { starts, stale } = await trial.run();
        assert.deepEqual(starts, one.starts, `seed ${seed}`);
        assert.deepEqual(stale, [], `seed ${seed}`);
      }
    }).timeout(60_000);
  }

  it("starts nothing twice while the wall clock is set and processes end", async () => {
    const one = {
      name: "jumps",
      spec: { successfulJobsHistoryLimit: 0, schedule: "*/3 * * * *" },
      jobSeconds: 5,
      minutes: 60,
    };
    const fates: readonly Fate[] = ["dies before", "dies after", "refused", "unanswered"];
    for (let seed = 1; seed <= 5; seed++) {
      const random = new SeededRandom(seed);
      const jumps: number[] = [];
      const trial = new CronJobTrial(one, {
        fate: () => (random.float() < 0.2 ? (fates[random.below(4)] ?? "done") : "done"),
        disturb: ({ clock }, second) => {
          if (second % 97 !== 0 || random.float() < 0.5) return;
          const jump = Math.round((random.float() - 0.4) * 600_000);
          jumps.push(jump);
          clock.jump(jump);
        },
        calmSeconds: 45 * 60,
      });
      const { starts, stale } = await trial.run();
      const at = `seed ${seed}: ${starts}; ${jumps}`;
      assert.equal(new Set(starts).size, starts.length, at);
      assert.deepEqual(stale, [], at);
      assert.deepEqual(
        [...starts].sort((a, b) => a - b),
        starts,
        at,
      );
      assert.ok(
        starts.every((start) => start % 3 === 0),
        at,
      );
      // In the end, undisturbed, none is left out.
      const calm = starts.slice(-5);
      assert.deepEqual(
        calm,
        calm.map((_, index) => (calm[0] ?? 0) + 3 * index),
        at,
      );
    }
  }).timeout(60_000);
});
