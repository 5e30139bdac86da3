import { setTimeout as delay } from "node:timers/promises";

/**
 * Long enough for a machine that is much slower or does much else: what does not come by then never
 * comes. A limit that a test is about is its own.
 */
export const guardMilliseconds = 240_000;

/** Real processes give no signal: asks again until it holds, and fails with what was waited for. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  limitMilliseconds = guardMilliseconds,
): Promise<void> {
  const end = performance.now() + limitMilliseconds;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`waited in vain for ${what}`);
    await delay(100);
  }
}
