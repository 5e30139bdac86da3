import type { Pod } from "../../api/gen/types/coreV1.js";
import type { Clock } from "../../platform/clock.js";
import { isPodFinished, podAvailability, podCondition } from "./podState.js";

interface Sighting {
  /** The Ready condition's transition time as it was written; empty where there is none. */
  readonly transition: string;
  readonly sinceMonotonic: number;
}

/**
 * Says which pods have been ready for minReadySeconds. The condition's own time counts where it is
 * there and in the past. One that is absent, or that a node whose clock is ahead wrote, counts from
 * when this controller first saw the pod ready, so that no pod waits longer than minReadySeconds
 * after that; a wall clock that is set back takes no availability away. A pod that has ended is
 * not ready, whatever its condition still says. One entry for each ready pod that was asked about,
 * until it is not ready or forget() is called.
 */
export class AvailabilityTracker {
  readonly #clock: Pick<Clock, "now" | "monotonic">;
  readonly #sightings = new Map<string, Sighting>();

  constructor(clock: Pick<Clock, "now" | "monotonic">) {
    this.#clock = clock;
  }

  /** Milliseconds until the pod is available, 0 where it is; undefined while it is not ready. */
  millisecondsUntil(pod: Pod, minReadySeconds: number): number | undefined {
    const uid = pod.metadata.uid ?? "";
    const byCondition = podAvailability(pod, minReadySeconds, this.#clock.now());
    if (byCondition.state === "unready" || isPodFinished(pod)) {
      this.#sightings.delete(uid);
      return undefined;
    }
    if (minReadySeconds <= 0) return 0;
    const transition = podCondition(pod, "Ready")?.lastTransitionTime ?? "";
    let sighting = this.#sightings.get(uid);
    if (sighting?.transition !== transition) {
      sighting = { transition, sinceMonotonic: this.#clock.monotonic() };
      this.#sightings.set(uid, sighting);
    }
    if (byCondition.state === "available") return 0;
    const seen = this.#clock.monotonic() - sighting.sinceMonotonic;
    const bySight = Math.max(0, minReadySeconds * 1000 - seen);
    return byCondition.state === "soon" ? Math.min(bySight, byCondition.waitMilliseconds) : bySight;
  }

  isAvailable(pod: Pod, minReadySeconds: number): boolean {
    return this.millisecondsUntil(pod, minReadySeconds) === 0;
  }

  /**
   * The shortest time after which one more of these is available; undefined where none waits.
   * Whoever counts available pods comes back then, whatever else it wrote.
   */
  untilNext(pods: Iterable<Pod>, minReadySeconds: number): number | undefined {
    let next: number | undefined;
    for (const pod of pods) {
      const wait = this.millisecondsUntil(pod, minReadySeconds) ?? 0;
      if (wait > 0) next = Math.min(next ?? wait, wait);
    }
    return next;
  }

  forget(pod: Pod): void {
    this.#sightings.delete(pod.metadata.uid ?? "");
  }
}
