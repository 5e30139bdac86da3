import type { CronSchedule, CronTimes } from "./cronSchedule.js";
import { TimeZone } from "./timeZone.js";
import { WallClock } from "./wallClock.js";

/** How far ahead a time is looked for. */
const yearsAhead = 5;

/**
 * The first time after the given one at which the schedule holds, both in milliseconds since the
 * epoch; undefined where there is none within five years (February the 30th). Changes of the clock
 * do what they do in robfig/cron v3: an hour that is skipped is passed over, one that comes twice
 * counts twice. The search is bounded by the days of six years.
 *
 * @param localZone for schedules that name none
 */
export function nextCronTime(
  schedule: CronSchedule,
  afterMilliseconds: number,
  localZone: string,
): number | undefined {
  const after = Math.floor(afterMilliseconds / 1000);
  if (schedule.kind === "interval") return (after + schedule.seconds) * 1000;
  // Without these nothing ever matches, and each minute of years would be looked at.
  const { minutes, hours, months } = schedule;
  if ([minutes, hours, months].some(({ values }) => values.size === 0)) return undefined;
  const zone = TimeZone.named(schedule.timeZone ?? localZone);
  const seconds = new CronSearch(schedule, new WallClock(zone, after + 1)).run();
  return seconds === undefined ? undefined : seconds * 1000;
}

/**
 * Moves a clock, from the largest unit to the smallest, to where each matches. A step that comes
 * to the start of the next larger unit begins anew, as that one may not match then. What is seen
 * near a change of the clock depends on these very steps, so they are robfig/cron's.
 */
class CronSearch {
  readonly #schedule: CronTimes;
  readonly #clock: WallClock;
  /** What lies below the unit that moved first is at its start. */
  #hasMoved = false;

  constructor(schedule: CronTimes, clock: WallClock) {
    this.#schedule = schedule;
    this.#clock = clock;
  }

  run(): number | undefined {
    const lastYear = this.#clock.year + yearsAhead;
    while (this.#clock.year <= lastYear) {
      const isFound =
        this.#toMonth() &&
        this.#toDay() &&
        this.#toHour() &&
        this.#toMinute() &&
        this.#toFullMinute();
      if (isFound) return this.#clock.seconds;
    }
    return undefined;
  }

  #toMonth(): boolean {
    const clock = this.#clock;
    while (!this.#schedule.months.values.has(clock.month)) {
      if (this.#movesFirst()) clock.set({ dayOfMonth: 1, secondOfDay: 0 });
      const { dayOfMonth, secondOfDay } = clock;
      clock.set({ addMonths: 1, dayOfMonth, secondOfDay });
      if (clock.month === 1) return false;
    }
    return true;
  }

  #toDay(): boolean {
    const clock = this.#clock;
    while (!this.#matchesDay()) {
      if (this.#movesFirst()) clock.set({ dayOfMonth: clock.dayOfMonth, secondOfDay: 0 });
      const { dayOfMonth, secondOfDay, seconds } = clock;
      clock.set({ dayOfMonth: dayOfMonth + 1, secondOfDay });
      // A zone that changed sides of the date line has no such day. Upstream never ends there.
      if (clock.seconds <= seconds) clock.add(86_400);
      // Where there is no midnight, the clock stands an hour before or after it.
      const { hour } = clock;
      if (hour !== 0) clock.add((hour > 12 ? 24 - hour : -hour) * 3600);
      if (clock.dayOfMonth === 1) return false;
    }
    return true;
  }

  /** Of day of month and day of week both must match, or either where both are restricted. */
  #matchesDay(): boolean {
    const { daysOfMonth, daysOfWeek } = this.#schedule;
    const byMonth = daysOfMonth.values.has(this.#clock.dayOfMonth);
    const byWeek = daysOfWeek.values.has(this.#clock.dayOfWeek);
    return daysOfMonth.isAny || daysOfWeek.isAny ? byMonth && byWeek : byMonth || byWeek;
  }

  #toHour(): boolean {
    const clock = this.#clock;
    while (!this.#schedule.hours.values.has(clock.hour)) {
      if (this.#movesFirst()) {
        clock.set({ dayOfMonth: clock.dayOfMonth, secondOfDay: clock.hour * 3600 });
      }
      clock.add(3600);
      if (clock.hour === 0) return false;
    }
    return true;
  }

  #toMinute(): boolean {
    const clock = this.#clock;
    while (!this.#schedule.minutes.values.has(clock.minute)) {
      if (this.#movesFirst()) clock.add(-(((clock.seconds % 60) + 60) % 60));
      clock.add(60);
      if (clock.minute === 0) return false;
    }
    return true;
  }

  /** A schedule holds at the start of its minutes. */
  #toFullMinute(): boolean {
    const clock = this.#clock;
    if (clock.second === 0) return true;
    this.#hasMoved = true;
    clock.add(60 - clock.second);
    return false;
  }

  #movesFirst(): boolean {
    const isFirst = !this.#hasMoved;
    this.#hasMoved = true;
    return isFirst;
  }
}
