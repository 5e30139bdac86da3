export type QuantityFormat = "DecimalSI" | "BinarySI" | "DecimalExponent";

export class QuantityError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "QuantityError";
  }
}

const pattern = "^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$";
const formatWrong = `quantities must match the regular expression '${pattern}'`;
const numericWrong = "unable to parse numeric part of quantity";
const suffixWrong = "unable to parse quantity's suffix";

const scanner = /^([+-]?)0*([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)$/;
const decimalSuffixes: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  "": 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const binarySuffixes: Readonly<Record<string, number>> = {
  Ki: 10,
  Mi: 20,
  Gi: 30,
  Ti: 40,
  Pi: 50,
  Ei: 60,
};
const decimalNames = new Map(Object.entries(decimalSuffixes).map(([name, e]) => [e, name]));
const binaryNames = ["", ...Object.keys(binarySuffixes)];

const maxInt64 = 2n ** 63n - 1n;
const nanosPerUnit = 10n ** 9n;
/** Larger exponents are refused: their digits alone would fill memory. */
const maxExponent = 1000;
/** Digits that surely fit an int64; upstream keeps the input's own text up to here. */
const exactDigits = 18;

/** Upstream's path for small numbers takes no digits at all for zero; the other one does not. */
function isSmall(exponent: number, format: QuantityFormat): boolean {
  return format === "BinarySI" ? exponent <= 40 : exponent >= -9;
}

/**
 * A Kubernetes quantity: an exact number with the family of suffixes it is written in. Immutable.
 * Parts below one nano are rounded away from zero. Source: the Quantity reference of the API docs.
 */
export class Quantity {
  readonly nanos: bigint;
  readonly format: QuantityFormat;
  readonly #text: string | undefined;

  private constructor(nanos: bigint, format: QuantityFormat, text?: string) {
    this.nanos = nanos;
    this.format = format;
    this.#text = text;
  }

  static readonly zero = new Quantity(0n, "DecimalSI", "0");

  /** Throws a QuantityError with upstream's wording. A number stands for its decimal text. */
  static parse(input: string | number): Quantity {
    const text = String(input);
    if (text === "0") return Quantity.zero;
    const match = scanner.exec(text);
    if (text === "" || match === null) throw new QuantityError(formatWrong);
    const [, sign, whole = "", fraction = "", suffix = ""] = match;
    const { base, exponent, format } = interpret(suffix);
    const isBare = !/[0-9]/.test(text.slice(0, text.length - suffix.length));
    if (isBare && !isSmall(exponent, format)) throw new QuantityError(numericWrong);
    const digits = BigInt(`${whole}${fraction}` || "0");
    const magnitude = scaledToNanos(digits, fraction.length, base, exponent);
    const capped = format === "BinarySI" ? min(magnitude, maxInt64 * nanosPerUnit) : magnitude;
    const isSmallBinary = format === "BinarySI" && capped < nanosPerUnit && capped > 0n;
    return new Quantity(
      sign === "-" ? -capped : capped,
      isSmallBinary ? "DecimalSI" : format,
      keepsText(whole || "0", fraction, digits, exponent, format) ? text : undefined,
    );
  }

  /** Undefined where parse would throw. */
  static tryParse(input: string | number): Quantity | undefined {
    try {
      return Quantity.parse(input);
    } catch {
      return undefined;
    }
  }

  /** Of a whole number of units. */
  static of(value: number | bigint, format: QuantityFormat = "DecimalSI"): Quantity {
    return new Quantity(BigInt(value) * nanosPerUnit, format);
  }

  static ofMilli(value: number | bigint, format: QuantityFormat = "DecimalSI"): Quantity {
    return new Quantity(BigInt(value) * 10n ** 6n, format);
  }

  /** The sum takes this quantity's format, or the other's where this is zero. */
  add(other: Quantity): Quantity {
    return new Quantity(this.nanos + other.nanos, this.isZero() ? other.format : this.format);
  }

  sub(other: Quantity): Quantity {
    return new Quantity(this.nanos - other.nanos, this.isZero() ? other.format : this.format);
  }

  neg(): Quantity {
    return new Quantity(-this.nanos, this.format);
  }

  multiply(factor: number | bigint): Quantity {
    return new Quantity(this.nanos * BigInt(factor), this.format);
  }

  /** Below, at or above zero as this is smaller than, equal to or larger than the other. */
  compare(other: Quantity): -1 | 0 | 1 {
    return this.nanos < other.nanos ? -1 : this.nanos > other.nanos ? 1 : 0;
  }

  equals(other: Quantity): boolean {
    return this.nanos === other.nanos;
  }

  isZero(): boolean {
    return this.nanos === 0n;
  }

  sign(): -1 | 0 | 1 {
    return this.compare(Quantity.zero);
  }

  /** Whole units, rounded away from zero. */
  valueExact(): bigint {
    return divideAwayFromZero(this.nanos, nanosPerUnit);
  }

  /** As valueExact, but a number: exact up to 2^53. */
  value(): number {
    return Number(this.valueExact());
  }

  /** Thousandths, rounded away from zero. */
  milliValue(): number {
    return Number(divideAwayFromZero(this.nanos, 10n ** 6n));
  }

  /** Approximate, for ratios and metrics. */
  toNumber(): number {
    return Number(this.nanos) / 1e9;
  }

  /** The canonical form: no fraction, the largest suffix that loses nothing. */
  toString(): string {
    return this.#text ?? this.#canonical();
  }

  toJSON(): string {
    return this.toString();
  }

  #canonical(): string {
    if (this.nanos === 0n) return "0";
    if (this.format === "BinarySI" && this.nanos % nanosPerUnit === 0n) {
      const units = this.nanos / nanosPerUnit;
      if (units <= -1024n || units >= 1024n) return binaryText(units);
    }
    return decimalText(this.nanos, this.format === "DecimalExponent");
  }
}

function interpret(suffix: string): { base: 2 | 10; exponent: number; format: QuantityFormat } {
  const binary = binarySuffixes[suffix];
  if (binary !== undefined) return { base: 2, exponent: binary, format: "BinarySI" };
  const decimal = decimalSuffixes[suffix];
  if (decimal !== undefined) return { base: 10, exponent: decimal, format: "DecimalSI" };
  if (/^[eE][-+]?[0-9]+$/.test(suffix)) {
    const exponent = Number(suffix.slice(1));
    if (Math.abs(exponent) <= maxExponent) {
      return { base: 10, exponent, format: "DecimalExponent" };
    }
  }
  throw new QuantityError(suffixWrong);
}

function scaledToNanos(
  digits: bigint,
  fractionDigits: number,
  base: 2 | 10,
  exponent: number,
): bigint {
  const shift = 9 - fractionDigits + (base === 10 ? exponent : 0);
  const mantissa = base === 2 ? digits << BigInt(exponent) : digits;
  if (shift >= 0) return mantissa * 10n ** BigInt(shift);
  return divideAwayFromZero(mantissa, 10n ** BigInt(-shift));
}

/** Whether upstream takes the text for canonical and gives it back as it came. */
function keepsText(
  whole: string,
  fraction: string,
  digits: bigint,
  exponent: number,
  format: QuantityFormat,
): boolean {
  if (format === "BinarySI") {
    const precision = 15 - whole.length - Math.trunc((exponent * 3) / 10) - 1;
    return precision >= 0 && fraction === "" && (digits & 7n) !== 0n;
  }
  const scale = exponent - fraction.length;
  const shifted = whole + fraction;
  return (
    shifted.length <= exactDigits &&
    scale >= -9 &&
    scale % 3 === 0 &&
    !shifted.endsWith("000") &&
    !shifted.startsWith("0")
  );
}

function binaryText(units: bigint): string {
  let mantissa = units;
  let power = 0;
  while (mantissa % 1024n === 0n && power < binaryNames.length - 1) {
    mantissa /= 1024n;
    power += 1;
  }
  return `${mantissa}${binaryNames[power]}`;
}

function decimalText(nanos: bigint, asExponent: boolean): string {
  let mantissa = nanos;
  let exponent = -9;
  while (mantissa % 1000n === 0n) {
    mantissa /= 1000n;
    exponent += 3;
  }
  const suffix = asExponent ? undefined : decimalNames.get(exponent);
  if (suffix !== undefined) return `${mantissa}${suffix}`;
  return exponent === 0 ? `${mantissa}` : `${mantissa}e${exponent}`;
}

function divideAwayFromZero(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  if (quotient * divisor === dividend) return quotient;
  return dividend < 0n ? quotient - 1n : quotient + 1n;
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
