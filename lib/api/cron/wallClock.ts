import { type CivilDate, dateOfDays, daysOfDate } from "./civilDate.js";
import type { TimeZone } from "./timeZone.js";

const daySeconds = 86_400;

/** A time that reads as the wall clock of a zone, and moves by it. */
export class WallClock {
  #seconds = 0;
  #days = 0;
  #secondOfDay = 0;
  #date: CivilDate = { year: 1970, month: 1, day: 1 };
  readonly #zone: TimeZone;

  /** @param seconds whole seconds since the epoch */
  constructor(zone: TimeZone, seconds: number) {
    this.#zone = zone;
    this.#moveTo(seconds);
  }

  /** Whole seconds since the epoch. */
  get seconds(): number {
    return this.#seconds;
  }

  get year(): number {
    return this.#date.year;
  }

  /** From 1. */
  get month(): number {
    return this.#date.month;
  }

  get dayOfMonth(): number {
    return this.#date.day;
  }

  /** From 0, Sunday; the epoch was a Thursday. */
  get dayOfWeek(): number {
    return (((this.#days + 4) % 7) + 7) % 7;
  }

  /** What the clock shows, as seconds since its midnight. */
  get secondOfDay(): number {
    return this.#secondOfDay;
  }

  get hour(): number {
    return Math.floor(this.#secondOfDay / 3600);
  }

  get minute(): number {
    return Math.floor(this.#secondOfDay / 60) % 60;
  }

  get second(): number {
    return this.#secondOfDay % 60;
  }

  /** Moves by time that passes, whatever the clock shows then. */
  add(seconds: number): void {
    this.#moveTo(this.#seconds + seconds);
  }

  /**
   * Moves to what the clock shows on a day of the present month, or of a later one; days beyond
   * the end roll over. A time that the clock shows twice is the first or the second, and one that
   * it skips the hour before or after, as Go's time.Date has it: the offset is that of the time
   * which one gets by reading the wanted time as UTC, corrected once.
   */
  set(wanted: { addMonths?: number; dayOfMonth: number; secondOfDay: number }): void {
    const { year, month } = this.#date;
    const { addMonths = 0, dayOfMonth: day, secondOfDay } = wanted;
    const shown = daysOfDate({ year, month: month + addMonths, day }) * daySeconds + secondOfDay;
    const guess = this.#zone.offsetAt(shown);
    this.#moveTo(shown - (guess === 0 ? 0 : this.#zone.offsetAt(shown - guess)));
  }

  #moveTo(seconds: number): void {
    const shown = seconds + this.#zone.offsetAt(seconds);
    const days = Math.floor(shown / daySeconds);
    this.#seconds = seconds;
    this.#secondOfDay = shown - days * daySeconds;
    if (days !== this.#days) this.#date = dateOfDays(days);
    this.#days = days;
  }
}
