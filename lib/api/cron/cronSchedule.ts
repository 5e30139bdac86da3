import { DurationError, parseDuration } from "../time.js";
import { CronError } from "./cronError.js";
import { type CronField, cronBounds, parseCronField } from "./cronField.js";
import { locationProblem } from "./timeZoneName.js";

/** A schedule of fixed times, by the wall clock of a zone. */
export interface CronTimes {
  readonly kind: "times";
  readonly minutes: CronField;
  readonly hours: CronField;
  readonly daysOfMonth: CronField;
  readonly months: CronField;
  readonly daysOfWeek: CronField;
  /** IANA name; undefined: the zone of whoever reads the schedule. */
  readonly timeZone: string | undefined;
}

/** A schedule of constant distances, `@every 1h30m`. */
export interface CronInterval {
  readonly kind: "interval";
  /** Whole, at least 1. */
  readonly seconds: number;
}

export type CronSchedule = CronTimes | CronInterval;

const descriptors: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

const every = "@every ";

/** What Go takes for space. */
const space = /[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

/**
 * Reads what upstream's parser (robfig/cron v3, ParseStandard) reads: five fields or a descriptor,
 * after `TZ=Zone ` or `CRON_TZ=Zone ` if need be. It is a parser of its own since every cron
 * library differs in what counts: which of day of month and day of week decide, names, steps
 * without a range, and what becomes of hours that a change of the clock skips or doubles. Throws a
 * CronError.
 */
export function parseCronSchedule(text: string): CronSchedule {
  if (text === "") throw new CronError("empty spec string");
  const zoned = /^(?:CRON_)?TZ=/.exec(text);
  if (zoned === null) return parseTimes(text, undefined);
  const end = text.indexOf(" ");
  if (end < 0) {
    const problem = "runtime error: slice bounds out of range [:-1]";
    throw new CronError(`invalid schedule format: ${problem}`);
  }
  const zone = text.slice(zoned[0].length, end);
  const problem = locationProblem(zone);
  if (problem !== undefined) throw new CronError(`provided bad location ${zone}: ${problem}`);
  const timeZone = zone === "Local" ? undefined : zone || "UTC";
  return parseTimes(trimSpace(text.slice(end)), timeZone);
}

function fieldsOf(text: string): string[] {
  return text.split(space).filter((field) => field !== "");
}

/** By index, as a pattern for the end would try every run of spaces from each of its places. */
function trimSpace(text: string): string {
  let first = 0;
  let end = text.length;
  while (first < end && space.test(text.charAt(first))) first++;
  while (end > first && space.test(text.charAt(end - 1))) end--;
  return text.slice(first, end);
}

function parseTimes(text: string, timeZone: string | undefined): CronSchedule {
  if (text.startsWith(every)) return parseInterval(text);
  const described = Object.hasOwn(descriptors, text) ? descriptors[text] : undefined;
  if (described === undefined && text.startsWith("@")) {
    throw new CronError(`unrecognized descriptor: ${text}`);
  }
  const fields = fieldsOf(described ?? text);
  if (fields.length !== 5) {
    const found = `${fields.length}: [${fields.join(" ")}]`;
    throw new CronError(`expected exactly 5 fields, found ${found}`);
  }
  const [minute, hour, dayOfMonth, month, dayOfWeek] = fields as [
    string,
    string,
    string,
    string,
    string,
  ];
  return {
    kind: "times",
    minutes: parseCronField(minute, cronBounds.minutes),
    hours: parseCronField(hour, cronBounds.hours),
    daysOfMonth: parseCronField(dayOfMonth, cronBounds.daysOfMonth),
    months: parseCronField(month, cronBounds.months),
    daysOfWeek: parseCronField(dayOfWeek, cronBounds.daysOfWeek),
    timeZone,
  };
}

function parseInterval(text: string): CronInterval {
  try {
    const seconds = parseDuration(text.slice(every.length)) / 1_000_000_000n;
    return { kind: "interval", seconds: seconds < 1n ? 1 : Number(seconds) };
  } catch (error) {
    if (!(error instanceof DurationError)) throw error;
    throw new CronError(`failed to parse duration ${text}: ${error.message}`);
  }
}
