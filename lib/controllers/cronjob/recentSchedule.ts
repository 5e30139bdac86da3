import type { CronJob } from "../../api/gen/types/batchV1.js";
import { parseTime } from "../../api/time.js";

/** The first time after the given one at which a schedule holds; both in milliseconds. */
export type NextTime = (afterMilliseconds: number) => number | undefined;

export type MissedStarts = "none" | "few" | "many";

export type RecentSchedule =
  | {
      readonly kind: "known";
      /** Nothing before it is looked at. */
      readonly earliest: number;
      /** The last time that has come; undefined where there was none. */
      readonly mostRecent: number | undefined;
      readonly missed: MissedStarts;
    }
  /** The schedule can be read, and there is no such time (February the 30th). */
  | { readonly kind: "never" };

/** Go's zero time, which upstream goes on counting from where no time is found. */
const zeroTime = -62_135_596_800_000;
/** The longest difference of two times in Go, in whole seconds. */
const longestDifference = 9_223_372_036;
/** Beyond so many missed starts upstream warns. */
const manyMissed = 100;
/** Starts that are walked one by one before the last one is sought by halving. */
const mostSteps = 1_000;

/**
 * Which start is due, as upstream estimates it: the distance between the first two starts says how
 * many were missed, and only the last two such distances are searched for the most recent one. So a
 * schedule of uneven distances may miss one (two minutes a year, say), and upstream's clients see
 * the same.
 */
export function recentSchedule(
  cronJob: CronJob,
  now: number,
  next: NextTime,
  options: { readonly withDeadline: boolean },
): RecentSchedule {
  const earliest = earliestOf(cronJob, now, options.withDeadline);
  const first = next(earliest) ?? zeroTime;
  const second = next(first) ?? zeroTime;
  if (now < first) return { kind: "known", earliest, mostRecent: undefined, missed: "none" };
  if (now < second) return { kind: "known", earliest, mostRecent: first, missed: "none" };
  const distance = differenceSeconds(first, second);
  if (distance < 1) return { kind: "never" };
  const missed = Math.floor(differenceSeconds(first, now) / distance) + 1;
  const start = first + (missed - 2) * distance * 1000;
  return {
    kind: "known",
    earliest,
    mostRecent: lastBefore(start, now, next),
    missed: missed > manyMissed ? "many" : "few",
  };
}

/**
 * When to look again, in milliseconds from now: at the start that follows. Undefined where there is
 * none.
 */
export function untilNextStart(cronJob: CronJob, now: number, next: NextTime): number | undefined {
  const recent = recentSchedule(cronJob, now, next, { withDeadline: false });
  const following = next(startingPoint(recent, now));
  return following === undefined ? undefined : following - now;
}

function startingPoint(recent: RecentSchedule, now: number): number {
  if (recent.kind === "never") return now;
  if (recent.mostRecent !== undefined) return recent.mostRecent;
  return recent.missed === "none" ? recent.earliest : now;
}

function earliestOf({ metadata, spec, status }: CronJob, now: number, withDeadline: boolean) {
  // What has neither time has started nothing and has missed nothing.
  const since = parseTime(status?.lastScheduleTime) ?? parseTime(metadata.creationTimestamp) ?? now;
  const { startingDeadlineSeconds } = spec;
  if (!withDeadline || startingDeadlineSeconds === undefined) return since;
  return Math.max(since, now - startingDeadlineSeconds * 1000, zeroTime);
}

function differenceSeconds(from: number, to: number): number {
  const seconds = Math.trunc((to - from) / 1000);
  return Math.min(Math.max(seconds, -longestDifference), longestDifference);
}

/** The last of the times that follow `start` and have come by now. */
function lastBefore(start: number, now: number, next: NextTime): number | undefined {
  let last: number | undefined;
  let at = start;
  for (let step = 0; step < mostSteps; step++) {
    const time = next(at);
    if (time === undefined || time > now) return last;
    last = at = time;
  }
  // Many more may follow (each minute of a month), so the last second after which one comes is
  // sought: the later that is, the later is what comes.
  let low = Math.floor(at / 1000);
  let high = Math.floor(now / 1000);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    const time = next(middle * 1000);
    if (time !== undefined && time <= now) low = middle;
    else high = middle;
  }
  const sought = next(low * 1000);
  return sought !== undefined && sought <= now ? sought : last;
}
