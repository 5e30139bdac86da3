import { setTimeout as sleepFor } from "node:timers/promises";
import type { Clock, Timer } from "../clock.js";

/** Longer delays would overflow Node's 32-bit timers and fire at once. */
const longestDelayMilliseconds = 2_147_483_647;

/** Node takes what is no number for the shortest delay there is, which becomes a busy loop. */
function requireNumber(delayMilliseconds: number): void {
  if (Number.isNaN(delayMilliseconds)) throw new RangeError("a delay must be a number");
}

export const nodeClock: Clock = {
  isVirtual: false,
  now: () => Date.now(),
  monotonic() {
    // Unlike performance.now(), which counts from each thread's own start.
    const [seconds, nanoseconds] = process.hrtime();
    return seconds * 1000 + nanoseconds / 1e6;
  },
  setTimer(delayMilliseconds, callback, hold = false): Timer {
    requireNumber(delayMilliseconds);
    let handle: NodeJS.Timeout;
    const arm = (remaining: number): void => {
      const delay = Math.min(Math.max(remaining, 0), longestDelayMilliseconds);
      handle = setTimeout(() => (remaining > delay ? arm(remaining - delay) : callback()), delay);
      if (!hold) handle.unref();
    };
    arm(delayMilliseconds);
    return { cancel: () => clearTimeout(handle) };
  },
  async sleep(delayMilliseconds, signal): Promise<void> {
    requireNumber(delayMilliseconds);
    if (signal?.aborted) return;
    const options = signal ? { signal } : {};
    for (let left = delayMilliseconds; ; left -= longestDelayMilliseconds) {
      const delay = Math.min(Math.max(left, 0), longestDelayMilliseconds);
      await sleepFor(delay, undefined, options).catch(() => undefined);
      if (left <= longestDelayMilliseconds || signal?.aborted) return;
    }
  },
  defer: (callback) => {
    setImmediate(callback);
  },
};
