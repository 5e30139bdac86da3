/** What one level may have of the seats that are divided. */
export interface SeatClaim {
  readonly target: number;
  readonly lowerBound: number;
  readonly upperBound: number;
}

export interface SeatAllocation {
  readonly seats: readonly number[];
  /** The part of its target that each level gets whose bounds do not say otherwise. */
  readonly fairFraction: number;
}

/** In the place of a target of nothing, so that it can be divided by. */
const leastTarget = 0.001;
const epsilon = 1e-7;

/**
 * Divides seats in proportion to the targets, within the bounds. Undefined where the bounds leave
 * no way. Bounds are at least zero, targets at least their lower bounds.
 */
export function allocateSeats(
  total: number,
  claims: readonly SeatClaim[],
): SeatAllocation | undefined {
  const lowest = sum(claims.map(({ lowerBound }) => lowerBound));
  const highest = sum(claims.map(({ upperBound }) => upperBound));
  if (lowest > total + epsilon || highest < total - epsilon) return undefined;
  const targets = claims.map(({ target }) => Math.max(target, leastTarget));
  const seatsAt = (fraction: number): number[] =>
    claims.map(({ lowerBound, upperBound }, i) =>
      Math.max(lowerBound, Math.min(upperBound, fraction * (targets[i] ?? leastTarget))),
    );
  const fairFraction = findFraction(total, claims, targets, seatsAt);
  return { seats: seatsAt(fairFraction), fairFraction };
}

/**
 * The sum of the seats is a rising line with a bend at each bound: the two bends around the total
 * are found, and the point between them is calculated.
 */
function findFraction(
  total: number,
  claims: readonly SeatClaim[],
  targets: readonly number[],
  seatsAt: (fraction: number) => readonly number[],
): number {
  const bends = claims
    .flatMap(({ lowerBound, upperBound }, i) => {
      const target = targets[i] ?? leastTarget;
      return [lowerBound / target, upperBound / target];
    })
    .sort((a, b) => a - b);
  let below = bends[0] ?? 0;
  let seatsBelow = sum(seatsAt(below));
  for (const bend of bends) {
    const seats = sum(seatsAt(bend));
    if (seats >= total - epsilon) {
      const rise = seats - seatsBelow;
      return rise <= 0 ? bend : below + ((bend - below) * (total - seatsBelow)) / rise;
    }
    below = bend;
    seatsBelow = seats;
  }
  return below;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
