import type { Clock } from "../../platform/clock.js";

const firstDelayMilliseconds = 1_000;
const longestDelayMilliseconds = 900_000;
/** A place that gave no trouble for so long begins anew. */
const forgottenAfterMilliseconds = 2 * longestDelayMilliseconds;

interface Delay {
  readonly milliseconds: number;
  readonly sinceMonotonic: number;
}

/**
 * How long a pod that failed stays before it is replaced in its place, a node or an ordinal: the
 * first not at all, then one second, doubled with each up to fifteen minutes, for each revision of
 * the template. The owner fights here with a kubelet that refuses its pods. One entry for each
 * place of each owner at which pods of the newest template have failed.
 */
export class FailedPodsBackoff {
  readonly #clock: Pick<Clock, "monotonic">;
  /** By the owner's uid. */
  readonly #owners = new Map<string, { revision: string; places: Map<string, Delay> }>();

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
  }

  /**
   * Milliseconds that the failed pod has to wait; 0 where it is replaced now, which makes the next
   * one in its place wait longer.
   */
  take(ownerUid: string, revision: string, place: string): number {
    let owner = this.#owners.get(ownerUid);
    if (owner?.revision !== revision) {
      owner = { revision, places: new Map() };
      this.#owners.set(ownerUid, owner);
    }
    const sinceMonotonic = this.#clock.monotonic();
    const last = owner.places.get(place);
    const elapsed = last === undefined ? 0 : sinceMonotonic - last.sinceMonotonic;
    if (last === undefined || elapsed > forgottenAfterMilliseconds) {
      owner.places.set(place, { milliseconds: firstDelayMilliseconds, sinceMonotonic });
      return 0;
    }
    if (elapsed < last.milliseconds) return last.milliseconds - elapsed;
    const milliseconds = Math.min(2 * last.milliseconds, longestDelayMilliseconds);
    owner.places.set(place, { milliseconds, sinceMonotonic });
    return 0;
  }

  forgetOwner(uid: string): void {
    this.#owners.delete(uid);
  }

  forgetPlace(place: string): void {
    for (const { places } of this.#owners.values()) places.delete(place);
  }
}
