import type { IntOrString } from "./gen/types/intstr.js";
import { goQuote } from "./goQuote.js";

/**
 * The share that a percentage of `total` is, or the number itself. Throws where a string is no
 * percentage.
 */
export function scaledValue(value: IntOrString, total: number, roundUp: boolean): number {
  if (typeof value === "number") return value;
  const share = (percentageOf(value) * total) / 100;
  return roundUp ? Math.ceil(share) : Math.floor(share);
}

/** Whole percent of `25%`. */
export function percentageOf(value: string): number {
  const match = /^([+-]?[0-9]+)%$/.exec(value);
  if (match !== null) return Number(match[1]);
  const why = value.endsWith("%")
    ? `strconv.Atoi: parsing ${goQuote(value.slice(0, -1))}: invalid syntax`
    : "string is not a percentage";
  throw new Error(
    value.endsWith("%")
      ? `invalid value for IntOrString: invalid value ${goQuote(value)}: ${why}`
      : `invalid value for IntOrString: invalid type: ${why}`,
  );
}
