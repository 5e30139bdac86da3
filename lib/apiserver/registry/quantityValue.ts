const nano = 1_000_000_000n;

const suffixes: Readonly<Record<string, readonly [bigint, bigint]>> = {
  n: [1n, nano],
  u: [1_000n, nano],
  m: [1_000_000n, nano],
  "": [1n, 1n],
  k: [10n ** 3n, 1n],
  M: [10n ** 6n, 1n],
  G: [10n ** 9n, 1n],
  T: [10n ** 12n, 1n],
  P: [10n ** 15n, 1n],
  E: [10n ** 18n, 1n],
  Ki: [1n << 10n, 1n],
  Mi: [1n << 20n, 1n],
  Gi: [1n << 30n, 1n],
  Ti: [1n << 40n, 1n],
  Pi: [1n << 50n, 1n],
  Ei: [1n << 60n, 1n],
};

/** A quantity in billionths, exact down to them; undefined where the text is none. */
export function quantityNanos(text: string | number | undefined | null): bigint | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?([a-zA-Z]*|[eE][+-]?\d+)$/.exec(String(text ?? ""));
  if (match === null) return undefined;
  const [, sign, whole = "", fraction = "", suffix = ""] = match;
  if (whole === "" && fraction === "") return undefined;
  const exponent = /^[eE]([+-]?\d+)$/.exec(suffix);
  const scale = exponent === null ? suffixes[suffix] : powerOfTen(Number(exponent[1]));
  if (scale === undefined) return undefined;
  const digits = BigInt(whole + fraction);
  const divisor = 10n ** BigInt(fraction.length) * scale[1];
  const product = digits * scale[0] * nano;
  // Upstream rounds away from zero what is finer than it keeps.
  const value = product / divisor + (product % divisor === 0n ? 0n : 1n);
  return sign === "-" ? -value : value;
}

function powerOfTen(exponent: number): readonly [bigint, bigint] {
  const power = 10n ** BigInt(Math.min(Math.abs(exponent), 30));
  return exponent < 0 ? [1n, power] : [power, 1n];
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
