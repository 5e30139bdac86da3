import assert from "node:assert/strict";
import type { Pod } from "../../../lib/api/gen/types/coreV1.js";
import { formatTime } from "../../../lib/api/time.js";
import { AvailabilityTracker } from "../../../lib/controllers/pod/availabilityTracker.js";

/** A wall clock and a monotonic one that can part. */
class TwoClocks {
  wall = Date.UTC(2026, 0, 1);
  elapsed = 0;

  now(): number {
    return this.wall;
  }

  monotonic(): number {
    return this.elapsed;
  }

  pass(milliseconds: number): void {
    this.wall += milliseconds;
    this.elapsed += milliseconds;
  }
}

function readyPod(since: number | undefined, phase = "Running", status = "True"): Pod {
  const time = since === undefined ? {} : { lastTransitionTime: formatTime(since) };
  return {
    metadata: { name: "p", uid: "u" },
    spec: { containers: [] },
    status: { phase, conditions: [{ type: "Ready", status, ...time }] },
  };
}

describe("AvailabilityTracker", () => {
  let clocks: TwoClocks;
  let tracker: AvailabilityTracker;
  const wait = (pod: Pod) => tracker.millisecondsUntil(pod, 10);

  beforeEach(() => {
    clocks = new TwoClocks();
    tracker = new AvailabilityTracker(clocks);
  });

  it("counts from a time in the past, also right after a start", () => {
    assert.equal(wait(readyPod(clocks.wall - 4_000)), 6_000);
    assert.equal(wait(readyPod(clocks.wall - 10_000)), 0);
  });

  it("counts from the first sight where the time is absent or in the future", () => {
    for (const ahead of [undefined, 3_000, 3_600_000]) {
      const pod = readyPod(ahead === undefined ? undefined : clocks.wall + ahead);
      assert.equal(wait(pod), 10_000);
      clocks.pass(9_000);
      assert.equal(wait(pod), 1_000);
      clocks.pass(1_000);
      assert.equal(wait(pod), 0);
      tracker.forget(pod);
    }
  });

  it("begins again when the pod was not ready in between", () => {
    const pod = readyPod(undefined);
    assert.equal(wait(pod), 10_000);
    clocks.pass(9_000);
    assert.equal(wait(readyPod(undefined, "Running", "False")), undefined);
    assert.equal(wait(pod), 10_000);
  });

  it("keeps a pod available when the wall clock is set back", () => {
    const pod = readyPod(clocks.wall - 5_000);
    assert.equal(wait(pod), 5_000);
    clocks.pass(10_000);
    assert.equal(wait(pod), 0);
    clocks.wall -= 3_600_000;
    assert.equal(wait(pod), 0);
  });

  it("takes no ended pod's condition for ready", () => {
    for (const phase of ["Failed", "Succeeded"]) {
      assert.equal(wait(readyPod(clocks.wall - 60_000, phase)), undefined);
      assert.equal(tracker.isAvailable(readyPod(clocks.wall - 60_000, phase), 0), false);
    }
  });

  it("names the next moment at which one more is available", () => {
    const other = { ...readyPod(clocks.wall - 7_000), metadata: { name: "q", uid: "v" } };
    assert.equal(tracker.untilNext([readyPod(clocks.wall - 2_000), other], 10), 3_000);
    assert.equal(tracker.untilNext([readyPod(clocks.wall - 60_000)], 10), undefined);
    // One whose time lies ahead, or is absent, waits no longer than any other.
    const late = [readyPod(clocks.wall + 3_000), other];
    assert.equal(tracker.untilNext(late, 10), 3_000);
    assert.equal(tracker.untilNext([readyPod(undefined)], 10), 10_000);
  });
});
