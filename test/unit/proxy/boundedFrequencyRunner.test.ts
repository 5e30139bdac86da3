import assert from "node:assert/strict";
import { VirtualClock } from "../../../lib/platform/virtual/virtualClock.js";
import { BoundedFrequencyRunner } from "../../../lib/proxy/boundedFrequencyRunner.js";

describe("BoundedFrequencyRunner", () => {
  let clock: VirtualClock;
  let runs: number[];
  let runner: BoundedFrequencyRunner;

  beforeEach(() => {
    clock = new VirtualClock();
    runs = [];
    runner = new BoundedFrequencyRunner({
      ...{ clock, minIntervalMilliseconds: 1_000, maxIntervalMilliseconds: 10_000, burst: 2 },
      run: async () => {
        runs.push(clock.monotonic());
      },
    });
  });

  afterEach(() => runner.stop());

  it("runs at once, in a burst, and then not more often than allowed", async () => {
    for (let time = 0; time < 30; time++) {
      runner.request();
      await clock.advance(100);
    }
    assert.deepEqual(runs.slice(0, 2), [0, 100]);
    const gaps = runs.slice(2).map((run, index) => run - (runs[index + 1] ?? 0));
    assert.ok(
      gaps.every((gap) => gap >= 900),
      JSON.stringify(runs),
    );
    assert.ok(runs.length >= 4 && runs.length <= 5, JSON.stringify(runs));
  });

  it("runs after the maximal interval without being asked, and earlier for a retry", async () => {
    runner.request();
    await clock.advance(10_000);
    assert.deepEqual(runs, [0, 10_000]);
    runner.retryAfter(4_000);
    await clock.advance(4_000);
    assert.deepEqual(runs, [0, 10_000, 14_000]);
  });

  it("never runs twice at a time, and remembers a request that comes meanwhile", async () => {
    let [running, most, count] = [0, 0, 0];
    const slow = new BoundedFrequencyRunner({
      ...{ clock, minIntervalMilliseconds: 0, maxIntervalMilliseconds: 60_000, burst: 1 },
      run: async () => {
        running += 1;
        count += 1;
        most = Math.max(most, running);
        await clock.sleep(500);
        running -= 1;
      },
    });
    slow.request();
    await clock.advance(100);
    slow.request();
    slow.request();
    await clock.advance(2_000);
    assert.deepEqual([count, most], [2, 1]);
    await slow.stop();
    slow.request();
    await clock.advance(2_000);
    assert.equal(count, 2);
  });
});
