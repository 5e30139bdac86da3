import { setTimeout as delay } from "node:timers/promises";

/** Real processes give no signal: asks again until it holds, and fails with what was waited for. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  limitMilliseconds = 60_000,
): Promise<void> {
  const end = performance.now() + limitMilliseconds;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`waited in vain for ${what}`);
    await delay(100);
  }
}
