import type { Random } from "../../platform/random.js";

/** Tries at random before the range is walked: enough unless it is nearly full. */
const randomTries = 16;

/** What is special about a range, beside its bounds. */
export interface Band {
  /**
   * Offsets below it are taken at random only when those above are used up: they are for people to
   * choose.
   */
  readonly firstDynamic: number;
}

/**
 * The lower part that is kept for choosing by hand: size/step, but at least `least` and at most
 * `most` (KEP-3070, KEP-3668).
 */
export function reservedOffset(size: number, least: number, most: number, step: number): number {
  if (size < least) return 0;
  return Math.min(Math.max(least, Math.floor(size / step)), most, size);
}

/** A free number in [0, size), drawn from the dynamic band first; undefined when none is left. */
export function drawFree(
  size: number,
  band: Band,
  random: Random,
  isTaken: (offset: number) => boolean,
): number | undefined {
  const upper = drawWithin(band.firstDynamic, size, random, isTaken);
  return upper ?? drawWithin(0, band.firstDynamic, random, isTaken);
}

function drawWithin(
  from: number,
  to: number,
  random: Random,
  isTaken: (offset: number) => boolean,
): number | undefined {
  const size = to - from;
  if (size <= 0) return undefined;
  for (let attempt = 0; attempt < randomTries; attempt += 1) {
    const offset = from + random.below(size);
    if (!isTaken(offset)) return offset;
  }
  const start = random.below(size);
  for (let step = 0; step < size; step += 1) {
    const offset = from + ((start + step) % size);
    if (!isTaken(offset)) return offset;
  }
  return undefined;
}
