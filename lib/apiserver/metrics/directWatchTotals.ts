import type { Counter } from "../../api/metrics/counter.js";
import type { Histogram } from "../../api/metrics/histogram.js";
import type { DirectReads, DirectWatchFigures } from "../../storage/storage.js";

interface Entry {
  readonly labels: readonly [string, string, string];
  readonly figures: DirectWatchFigures;
  last: ReturnType<DirectWatchFigures["read"]> | undefined;
}

/**
 * Events of watches that a listener sends by itself, counted where they are sent and taken over
 * when metrics are read. One entry a resource.
 */
export class DirectWatchTotals {
  readonly #entries = new Map<string, Entry>();
  readonly #events: Counter;
  readonly #sizes: Histogram;
  readonly #bounds: readonly number[];

  /** The bounds are those of `sizes`. */
  constructor(events: Counter, sizes: Histogram, bounds: readonly number[]) {
    this.#events = events;
    this.#sizes = sizes;
    this.#bounds = bounds;
  }

  /** The labels are group, version and resource. */
  figuresOf(direct: DirectReads, labels: readonly [string, string, string]): DirectWatchFigures {
    const key = labels.join("/");
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = { labels, figures: direct.watchFigures(this.#bounds), last: undefined };
      this.#entries.set(key, entry);
    }
    return entry.figures;
  }

  collect(): void {
    for (const entry of this.#entries.values()) {
      const now = entry.figures.read();
      const { last, labels } = entry;
      entry.last = now;
      const sizes = now.sizes.map((count, at) => count - (last?.sizes[at] ?? 0));
      this.#events.with(...labels).increment(now.events - (last?.events ?? 0));
      this.#sizes.with(...labels).add(sizes, now.bytes - (last?.bytes ?? 0));
    }
  }
}
