import type { Clock } from "../../platform/clock.js";

const firstDelayMilliseconds = 1_000;
const longestDelayMilliseconds = 900_000;
/** A node that gave no trouble for so long begins anew. */
const forgottenAfterMilliseconds = 2 * longestDelayMilliseconds;

interface Delay {
  readonly milliseconds: number;
  readonly sinceMonotonic: number;
}

/**
 * How long a daemon's pod that failed stays before it is replaced: the first not at all, then one
 * second, doubled with each up to fifteen minutes, for each node and each revision of the template.
 * A DaemonSet fights here with a kubelet that refuses its pods. One entry a node of each DaemonSet
 * whose pods of the newest template have failed.
 */
export class FailedPodsBackoff {
  readonly #clock: Pick<Clock, "monotonic">;
  /** By the DaemonSet's uid. */
  readonly #sets = new Map<string, { hash: string; nodes: Map<string, Delay> }>();

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
  }

  /**
   * Milliseconds that the node's failed pod has to wait; 0 where it is replaced now, which makes
   * the next one wait longer.
   */
  take(uid: string, hash: string, node: string): number {
    let set = this.#sets.get(uid);
    if (set?.hash !== hash) {
      set = { hash, nodes: new Map() };
      this.#sets.set(uid, set);
    }
    const sinceMonotonic = this.#clock.monotonic();
    const last = set.nodes.get(node);
    const elapsed = last === undefined ? 0 : sinceMonotonic - last.sinceMonotonic;
    if (last === undefined || elapsed > forgottenAfterMilliseconds) {
      set.nodes.set(node, { milliseconds: firstDelayMilliseconds, sinceMonotonic });
      return 0;
    }
    if (elapsed < last.milliseconds) return last.milliseconds - elapsed;
    const milliseconds = Math.min(2 * last.milliseconds, longestDelayMilliseconds);
    set.nodes.set(node, { milliseconds, sinceMonotonic });
    return 0;
  }

  forgetSet(uid: string): void {
    this.#sets.delete(uid);
  }

  forgetNode(node: string): void {
    for (const { nodes } of this.#sets.values()) nodes.delete(node);
  }
}
