/** A day of the Gregorian calendar, also of times before it was one. */
export interface CivilDate {
  readonly year: number;
  /** From 1. */
  readonly month: number;
  readonly day: number;
}

/** Four hundred years have as many days, whichever they are. */
const eraDays = 146_097;
/** From March 1st of year 0 to the epoch. */
const epochDays = 719_468;

/**
 * Days since 1970-01-01. Months and days beyond their end roll over. Years are counted from March,
 * so that the leap day is their last.
 */
export function daysOfDate({ year, month, day }: CivilDate): number {
  const months = year * 12 + (month - 1) - 2;
  const marchYear = Math.floor(months / 12);
  const marchMonth = months - marchYear * 12;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = Math.floor((153 * marchMonth + 2) / 5);
  const leapDays = Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100);
  return era * eraDays + yearOfEra * 365 + leapDays + dayOfYear + day - 1 - epochDays;
}

export function dateOfDays(days: number): CivilDate {
  const shifted = days + epochDays;
  const era = Math.floor(shifted / eraDays);
  const dayOfEra = shifted - era * eraDays;
  const leapDays =
    Math.floor(dayOfEra / 1_460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365);
  const before = 365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100);
  const dayOfYear = dayOfEra - before;
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return { year, month, day: dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1 };
}
