import type { FairnessMetrics } from "./fairnessMetrics.js";
import type { PriorityLevel } from "./priorityLevel.js";
import { allocateSeats } from "./seatAllocation.js";

interface Claim {
  readonly level: PriorityLevel;
  /** What it gets in any case while there is enough. */
  readonly least: number;
  readonly target: number;
}

/**
 * Divides the seats anew by what the levels could have used in the period that ends now. Exempt
 * levels come first with all that they needed; then every limited one gets what it needed of its
 * own seats, and what is left is shared out by demand.
 */
export function borrowSeats(
  levels: Iterable<PriorityLevel>,
  serverSeats: number,
  nowMilliseconds: number,
  metrics: FairnessMetrics,
): void {
  const claims: Claim[] = [];
  let all = 0;
  let left = 0;
  for (const level of levels) {
    const { highest } = level.demand.endPeriod(nowMilliseconds);
    all += level.nominal;
    left += level.nominal;
    if (level.isExempt) {
      const seats = Math.max(level.lower, highest);
      left -= seats;
      note(level, seats);
      level.limitTo(seats, serverSeats);
    } else {
      const least = Math.max(level.lower, Math.min(level.nominal, highest));
      claims.push({ level, least, target: Math.max(least, level.demand.smoothed) });
    }
  }
  const { seats, fairFraction } = divide(claims, left, all);
  metrics.fairFraction.set(fairFraction);
  claims.forEach(({ level, target }, i) => {
    note(level, target);
    level.limitTo(seats[i] ?? level.current, serverSeats);
  });
}

function divide(
  claims: readonly Claim[],
  left: number,
  all: number,
): { readonly seats: readonly number[]; readonly fairFraction: number } {
  const lowest = claims.reduce((sum, { level }) => sum + level.lower, 0);
  const least = claims.reduce((sum, claim) => sum + claim.least, 0);
  if (left <= lowest) return { seats: claims.map(({ level }) => level.lower), fairFraction: 0 };
  if (left <= least) {
    const part = (left - lowest) / (least - lowest);
    const seats = claims.map(
      (claim) => claim.level.lower + Math.round((claim.least - claim.level.lower) * part),
    );
    return { seats, fairFraction: 0 };
  }
  const allocated = allocateSeats(
    all,
    claims.map(({ level, least: lowerBound, target }) => ({
      target,
      lowerBound,
      upperBound: level.upper,
    })),
  );
  if (allocated === undefined) {
    return { seats: claims.map(({ level }) => level.current), fairFraction: 0 };
  }
  const { fairFraction } = allocated;
  return { seats: allocated.seats.map(Math.round), fairFraction };
}

function note({ demand, series }: PriorityLevel, target: number): void {
  series.demandHighest.set(demand.last.highest);
  series.demandMean.set(demand.last.mean);
  series.demandDeviation.set(demand.last.deviation);
  series.demandSmoothed.set(demand.smoothed);
  series.target.set(target);
}
