import assert from "node:assert/strict";
import { BackOff } from "../../../../lib/kubelet/pods/backOff.js";
import { VirtualClock } from "../../../../lib/platform/virtual/virtualClock.js";

describe("BackOff", () => {
  const options = { initialMilliseconds: 10_000, maximumMilliseconds: 300_000 };

  it("doubles to its maximum", () => {
    const backOff = new BackOff(new VirtualClock(), options);
    const delays = [1, 2, 3, 4, 5, 6, 7].map(() => backOff.next("a") / 1000);
    assert.deepEqual(delays, [10, 20, 40, 80, 160, 300, 300]);
    assert.equal(backOff.next("b"), 10_000);
  });

  it("says how long is left, from now and from an end", async () => {
    const clock = new VirtualClock();
    const backOff = new BackOff(clock, options);
    backOff.next("a");
    await clock.advance(4_000);
    assert.equal(backOff.remaining("a"), 6_000);
    assert.equal(backOff.remainingAfter("a", clock.now()), 10_000);
    backOff.reset("a");
    assert.equal(backOff.remaining("a"), 0);
  });

  it("starts anew only after a run of twice the maximum since the last start", async () => {
    const clock = new VirtualClock();
    const backOff = new BackOff(clock, options);
    for (let i = 0; i < 6; i++) backOff.next("a");
    // It ended, waited 5 minutes, and was started; then it ran for 7.
    const endedAt = clock.now();
    await clock.advance(300_000);
    assert.equal(backOff.next("a", endedAt), 300_000);
    await clock.advance(420_000);
    assert.equal(backOff.remainingAfter("a", clock.now()), 300_000);
    await clock.advance(200_000);
    assert.equal(backOff.remainingAfter("a", clock.now()), 0);
    assert.equal(backOff.next("a"), 10_000);
  });
});
