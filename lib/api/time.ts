/**
 * Kubernetes' times and durations. A Time has whole seconds, a MicroTime six decimals, both in UTC;
 * a duration is Go's text (`1h0m0s`).
 */

const rfc3339 = new RegExp(
  "^(\\d{4})-(\\d{2})-(\\d{2})[Tt](\\d{2}):(\\d{2}):(\\d{2})" +
    "(?:[.,](\\d+))?(?:([Zz])|([+-])(\\d{2}):(\\d{2}))$",
);

/** The first and the last second that RFC 3339 can name, in seconds since the epoch. */
const firstSecond = -62_135_596_800;
const lastSecond = 253_402_300_799;

/**
 * A whole second without its zone. What people may ask for reaches far beyond the year 9999 (a
 * grace of 2^63 - 1 seconds, say): it stands at the end of what can be written. Throws a RangeError
 * for NaN.
 */
function secondText(seconds: number): string {
  const date = new Date(Math.min(Math.max(seconds, firstSecond), lastSecond) * 1000);
  return date.toISOString().slice(0, 19);
}

/** `2026-11-23T05:32:00Z` of milliseconds since the epoch; fractions of a second are dropped. */
export function formatTime(milliseconds: number): string {
  return `${secondText(Math.floor(milliseconds / 1000))}Z`;
}

/** `2026-11-23T05:32:00.123456Z` of microseconds since the epoch. */
export function formatMicroTime(microseconds: number): string {
  const seconds = Math.floor(microseconds / 1_000_000);
  const fraction = Math.floor(microseconds - seconds * 1_000_000);
  return `${secondText(seconds)}.${String(fraction).padStart(6, "0")}Z`;
}

/** `2026-11-23T05:32:00.123Z` of milliseconds since the epoch. */
export function formatMilliTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/** `Mon, 23 Nov 2026 05:32:00 +0000` (RFC 1123, with the zone as a number). */
export function formatInternetTime(milliseconds: number): string {
  return new Date(milliseconds).toUTCString().replace("GMT", "+0000");
}

/**
 * Milliseconds since the epoch; undefined for an absent time and for what is no RFC 3339 time. What
 * an absent time means is for the reader to decide: it never is the epoch.
 */
export function parseTime(text: string | null | undefined): number | undefined {
  if (text === undefined || text === null) return undefined;
  const microseconds = parseMicroTime(text);
  return microseconds === undefined ? undefined : Math.floor(microseconds / 1000);
}

/** Microseconds since the epoch, finer digits dropped; undefined for what is no RFC 3339 time. */
export function parseMicroTime(text: string): number | undefined {
  const match = rfc3339.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  const offset = match[9] === undefined ? 0 : offsetSeconds(match[9], match[10]!, match[11]!);
  if (offset === undefined) return undefined;
  const seconds = date.getTime() / 1000 + hour * 3600 + minute * 60 + second - offset;
  const fraction = Number((match[7] ?? "").slice(0, 6).padEnd(6, "0"));
  return seconds * 1_000_000 + fraction;
}

function offsetSeconds(sign: string, hours: string, minutes: string): number | undefined {
  if (Number(hours) > 23 || Number(minutes) > 59) return undefined;
  const seconds = Number(hours) * 3600 + Number(minutes) * 60;
  return sign === "-" ? -seconds : seconds;
}

const nanosPerMicro = 1_000n;
const nanosPerMilli = 1_000_000n;
const nanosPerSecond = 1_000_000_000n;
const nanosPerMinute = 60n * nanosPerSecond;
const nanosPerHour = 60n * nanosPerMinute;
const maxInt64 = 2n ** 63n - 1n;

const durationUnits: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: nanosPerMicro,
  "\u00b5s": nanosPerMicro,
  "\u03bcs": nanosPerMicro,
  ms: nanosPerMilli,
  s: nanosPerSecond,
  m: nanosPerMinute,
  h: nanosPerHour,
};

export class DurationError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "DurationError";
  }
}

/**
 * Nanoseconds of a Go duration (`1h15m30.5s`, `300ms`, `0`). Throws a DurationError as Go words
 * it.
 */
export function parseDuration(text: string): bigint {
  const invalid = () => new DurationError(`time: invalid duration ${JSON.stringify(text)}`);
  let rest = text.replace(/^[+-]/, "");
  if (rest === "0") return 0n;
  if (rest === "") throw invalid();
  let total = 0n;
  while (rest !== "") {
    const match = /^(\d*)(?:\.(\d*))?([^\d.]*)/.exec(rest)!;
    const [all, whole = "", fraction = "", unit = ""] = match;
    if (whole === "" && fraction === "") throw invalid();
    if (unit === "") {
      throw new DurationError(`time: missing unit in duration ${JSON.stringify(text)}`);
    }
    const scale = durationUnits[unit];
    if (scale === undefined) {
      const what = `${JSON.stringify(unit)} in duration ${JSON.stringify(text)}`;
      throw new DurationError(`time: unknown unit ${what}`);
    }
    total += BigInt(whole || "0") * scale;
    if (fraction !== "") total += (BigInt(fraction) * scale) / 10n ** BigInt(fraction.length);
    if (total > maxInt64) throw invalid();
    rest = rest.slice(all.length);
  }
  return text.startsWith("-") ? -total : total;
}

/** As parseDuration, in milliseconds with fractions. */
export function parseDurationMilliseconds(text: string): number {
  return Number(parseDuration(text)) / 1e6;
}

/** Go's text of so many nanoseconds: `1h0m0s`, `1.5s`, `100ms`, `0s`. */
export function formatDuration(nanoseconds: bigint): string {
  if (nanoseconds === 0n) return "0s";
  const sign = nanoseconds < 0n ? "-" : "";
  const value = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  if (value < nanosPerMicro) return `${sign}${value}ns`;
  if (value < nanosPerMilli) return `${sign}${decimals(value, nanosPerMicro)}\u00b5s`;
  if (value < nanosPerSecond) return `${sign}${decimals(value, nanosPerMilli)}ms`;
  const hours = value / nanosPerHour;
  const minutes = (value % nanosPerHour) / nanosPerMinute;
  const seconds = `${decimals(value % nanosPerMinute, nanosPerSecond)}s`;
  const middle = hours > 0n || minutes > 0n ? `${minutes}m` : "";
  return `${sign}${hours > 0n ? `${hours}h` : ""}${middle}${seconds}`;
}

export function formatDurationMilliseconds(milliseconds: number): string {
  return formatDuration(BigInt(Math.round(milliseconds * 1e6)));
}

function decimals(value: bigint, unit: bigint): string {
  const fraction = (value % unit).toString().padStart(unit.toString().length - 1, "0");
  const trimmed = fraction.replace(/0+$/, "");
  return trimmed === "" ? `${value / unit}` : `${value / unit}.${trimmed}`;
}
