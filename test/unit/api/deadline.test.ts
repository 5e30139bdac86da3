import assert from "node:assert/strict";
import { compareTimes, deadlineAfter, firstWait } from "../../../lib/api/deadline.js";
import { formatTime, parseTime } from "../../../lib/api/time.js";

const now = Date.UTC(2026, 0, 1);
const at = (offsetSeconds: number): string => formatTime(now + offsetSeconds * 1000);

describe("deadlines", () => {
  it("are unset where no time was written, never counted from the epoch", () => {
    for (const absent of [undefined, null, "", "yesterday", "0"]) {
      assert.deepEqual(deadlineAfter(absent, 1000, now), { state: "unset" });
      assert.equal(parseTime(absent), undefined);
    }
  });

  it("have passed at the moment itself", () => {
    const atMilliseconds = now;
    assert.deepEqual(deadlineAfter(at(-10), 10_000, now), { state: "passed", atMilliseconds });
  });

  it("are ahead by the difference, also of a time in the future", () => {
    const ahead = (waitMilliseconds: number) => ({
      state: "ahead",
      atMilliseconds: now + waitMilliseconds,
      waitMilliseconds,
    });
    assert.deepEqual(deadlineAfter(at(-10), 10_001, now), ahead(1));
    assert.deepEqual(deadlineAfter(at(3), 4_000, now), ahead(7_000));
    assert.deepEqual(deadlineAfter(at(3), 0, now), ahead(3_000));
  });

  it("give the first wait among them", () => {
    const deadlines = [at(-60), at(5), undefined, at(2)].map((t) => deadlineAfter(t, 1000, now));
    assert.equal(firstWait(deadlines), 3_000);
    assert.equal(
      firstWait([deadlineAfter(undefined, 1, now), deadlineAfter(at(-9), 1, now)]),
      undefined,
    );
  });

  it("order times with the absent ones where they are wanted", () => {
    const times = [at(1), undefined, at(-1), "nonsense"];
    const sorted = (absent: "first" | "last") =>
      [...times].sort((a, b) => compareTimes(a, b, absent));
    // Array.prototype.sort puts undefined last whatever the comparison says: strings only.
    assert.deepEqual(
      [at(1), "nonsense", at(-1)].sort((a, b) => compareTimes(a, b, "first")),
      ["nonsense", at(-1), at(1)],
    );
    assert.deepEqual(sorted("last"), [at(-1), at(1), "nonsense", undefined]);
    assert.equal(compareTimes(undefined, at(0), "first"), -1);
    assert.equal(compareTimes(undefined, at(0), "last"), 1);
    assert.equal(compareTimes(undefined, null, "first"), 0);
  });
});
