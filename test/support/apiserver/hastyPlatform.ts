import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import type { Platform } from "../../../lib/platform/platform.js";

const { clock } = nodePlatform;

/** The machine, except that whoever sleeps is woken after a millisecond: its timers are real. */
export const hastyPlatform: Platform = {
  ...nodePlatform,
  clock: {
    isVirtual: false,
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    setTimer: (delay, callback, hold) => clock.setTimer(delay, callback, hold),
    defer: (callback) => clock.defer(callback),
    sleep: (delay, signal) => clock.sleep(Math.min(delay, 1), signal),
  },
};
