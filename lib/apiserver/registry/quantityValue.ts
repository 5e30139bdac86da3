import { Quantity } from "../../api/quantity.js";

const nano = 1_000_000_000n;

/** A quantity in billionths; undefined where the text is none. */
export function quantityNanos(text: string | number | undefined | null): bigint | undefined {
  if (text === undefined || text === null) return undefined;
  return Quantity.tryParse(text)?.nanos;
}

/** Negative, zero or positive, as left is less than, equal to or greater than right. */
export function compareQuantities(left: string, right: string): number {
  const difference = (quantityNanos(left) ?? 0n) - (quantityNanos(right) ?? 0n);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** Whole units only: for what cannot be split. */
export function isWholeQuantity(text: string): boolean {
  return (quantityNanos(text) ?? 0n) % nano === 0n;
}
