import { goQuote } from "../goQuote.js";
import { CronError } from "./cronError.js";

/** The values at which one field of a schedule holds. */
export interface CronField {
  readonly values: ReadonlySet<number>;
  /** A star (or question mark) without a step stands in it: it restricts nothing. */
  readonly isAny: boolean;
}

export interface CronBounds {
  readonly lowest: number;
  readonly highest: number;
  /** The first stands for the lowest value. */
  readonly names?: readonly string[];
}

export const cronBounds = {
  minutes: { lowest: 0, highest: 59 },
  hours: { lowest: 0, highest: 23 },
  daysOfMonth: { lowest: 1, highest: 31 },
  months: {
    lowest: 1,
    highest: 12,
    names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
  },
  daysOfWeek: {
    lowest: 0,
    highest: 6,
    names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
  },
} as const satisfies Record<string, CronBounds>;

/** The largest that Go reads as an int. */
const largestInteger = 2n ** 63n - 1n;
const mostDigits = 19;

/**
 * Reads `*`, `?`, `7`, `1-5`, `mon-fri`, `10/15`, `0-30/5` and lists of them. Empty parts of a list
 * are passed over, so `,` holds at no value at all. Throws a CronError.
 */
export function parseCronField(text: string, bounds: CronBounds): CronField {
  const values = new Set<number>();
  let isAny = false;
  for (const part of text.split(",")) {
    if (part === "") continue;
    const range = parseRange(part, bounds);
    for (let value = range.first; value <= range.last; value += range.step) values.add(value);
    if (range.isAny) isAny = true;
  }
  return { values, isAny };
}

interface CronRange {
  readonly first: number;
  readonly last: number;
  readonly step: number;
  readonly isAny: boolean;
}

function parseRange(text: string, bounds: CronBounds): CronRange {
  const [ends = "", stepText, ...moreSteps] = text.split("/");
  const [low = "", high, ...moreEnds] = ends.split("-");
  const { lowest, highest } = bounds;
  const isStar = low === "*" || low === "?";
  let first = lowest;
  let last = highest;
  if (!isStar) {
    first = last = parseValue(low, bounds);
    if (moreEnds.length > 0) throw new CronError(`too many hyphens: ${text}`);
    if (high !== undefined) last = parseValue(high, bounds);
  }
  if (moreSteps.length > 0) throw new CronError(`too many slashes: ${text}`);
  const step = stepText === undefined ? 1 : parseInteger(stepText);
  // "10/15" goes on to the end.
  if (stepText !== undefined && high === undefined) last = highest;
  if (first < lowest) {
    throw new CronError(`beginning of range (${first}) below minimum (${lowest}): ${text}`);
  }
  if (last > highest) {
    throw new CronError(`end of range (${last}) above maximum (${highest}): ${text}`);
  }
  if (first > last) {
    throw new CronError(`beginning of range (${first}) beyond end of range (${last}): ${text}`);
  }
  if (step === 0) throw new CronError(`step of range should be a positive number: ${text}`);
  return { first, last, step, isAny: isStar && step === 1 };
}

function parseValue(text: string, { lowest, names = [] }: CronBounds): number {
  const index = names.indexOf(text.toLowerCase());
  return index < 0 ? parseInteger(text) : lowest + index;
}

function parseInteger(text: string): number {
  const failed = (why: string): CronError =>
    new CronError(
      `failed to parse int from ${text}: strconv.Atoi: parsing ${goQuote(text)}: ${why}`,
    );
  if (!/^[+-]?[0-9]+$/.test(text)) throw failed("invalid syntax");
  const digits = text.replace(/^[+-]?0*(?=[0-9])/, "");
  if (digits.length > mostDigits) throw failed("value out of range");
  const value = text.startsWith("-") ? -BigInt(digits) : BigInt(digits);
  if (value > largestInteger || value < -largestInteger - 1n) throw failed("value out of range");
  if (value < 0n) throw new CronError(`negative number (${value}) not allowed: ${text}`);
  return Number(value);
}
