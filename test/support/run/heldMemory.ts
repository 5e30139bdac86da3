import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";

const longestMilliseconds = 10_000;

/** Bytes of memory of this process in use: without V8's garbage and malloc's free pages. */
export async function heldMemory(): Promise<number> {
  await nodePlatform.host.releaseMemory();
  return process.memoryUsage.rss();
}

/**
 * Bytes that are held beyond `before`, once that is below `limit` or some seconds have passed: what
 * is being prepared for somebody takes memory of its own, and gives it back. Calls `meanwhile`
 * between looks.
 */
export async function heldBeyond(
  before: number,
  limit: number,
  meanwhile: () => Promise<unknown>,
): Promise<number> {
  const { clock } = nodePlatform;
  const began = clock.monotonic();
  for (;;) {
    const held = (await heldMemory()) - before;
    if (held < limit || clock.monotonic() - began > longestMilliseconds) return held;
    await meanwhile();
  }
}
