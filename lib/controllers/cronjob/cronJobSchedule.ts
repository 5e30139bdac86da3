import { CronError } from "../../api/cron/cronError.js";
import { type CronSchedule, parseCronSchedule } from "../../api/cron/cronSchedule.js";
import { nextCronTime } from "../../api/cron/nextCronTime.js";
import { locationProblem } from "../../api/cron/timeZoneName.js";
import type { CronJobSpec } from "../../api/gen/types/batchV1.js";
import type { NextTime } from "./recentSchedule.js";

export type CronJobSchedule =
  | { readonly kind: "times"; readonly next: NextTime }
  | { readonly kind: "unreadable"; readonly problem: string };

/**
 * The schedule in its time zone; in the local one where it has none, or one that nobody knows. A
 * zone in the text itself, which is refused today, goes before spec.timeZone.
 */
export function cronJobSchedule(spec: CronJobSpec, localTimeZone: string): CronJobSchedule {
  const { schedule, timeZone } = spec;
  const isZoned =
    !namesZone(spec) && timeZone !== undefined && locationProblem(timeZone) === undefined;
  try {
    const parsed = parseCronSchedule(isZoned ? `TZ=${timeZone} ${schedule}` : schedule);
    return { kind: "times", next: nextIn(parsed, localTimeZone) };
  } catch (error) {
    if (!(error instanceof CronError)) throw error;
    return { kind: "unreadable", problem: error.message };
  }
}

export function namesZone({ schedule }: CronJobSpec): boolean {
  return schedule.includes("TZ");
}

function nextIn(schedule: CronSchedule, localTimeZone: string): NextTime {
  return (after) => nextCronTime(schedule, after, localTimeZone);
}
