import type { DirectFigures, DirectGets } from "../../storage/storage.js";

/** What was counted of a listener's own reads since the last time. */
export interface DirectReadCounts {
  readonly requests: number;
  /** One for each bound of durations and one above all. */
  readonly durations: readonly number[];
  readonly seconds: number;
  readonly sizes: readonly number[];
  readonly bytes: number;
}

interface Entry {
  readonly figures: DirectFigures;
  readonly add: (counts: DirectReadCounts) => void;
  last: ReturnType<DirectFigures["read"]> | undefined;
}

/**
 * Reads that a listener serves by itself, counted where they are served and taken over when metrics
 * are read. One entry for each series and kind of user: bounded by the resources.
 */
export class DirectReadTotals {
  readonly #entries = new Map<string, Entry>();
  readonly #durationBounds: readonly number[];
  readonly #sizeBounds: readonly number[];

  constructor(durationBounds: readonly number[], sizeBounds: readonly number[]) {
    this.#durationBounds = durationBounds;
    this.#sizeBounds = sizeBounds;
  }

  figuresOf(
    key: string,
    direct: DirectGets,
    add: (counts: DirectReadCounts) => void,
  ): DirectFigures {
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      const figures = direct.figures(this.#durationBounds, this.#sizeBounds);
      entry = { figures, add, last: undefined };
      this.#entries.set(key, entry);
    }
    return entry.figures;
  }

  collect(): void {
    for (const entry of this.#entries.values()) {
      const now = entry.figures.read();
      const { last } = entry;
      entry.last = now;
      const durations = now.durations.map((count, at) => count - (last?.durations[at] ?? 0));
      entry.add({
        requests: durations.reduce((sum, count) => sum + count, 0),
        durations,
        seconds: now.seconds - (last?.seconds ?? 0),
        sizes: now.sizes.map((count, at) => count - (last?.sizes[at] ?? 0)),
        bytes: now.bytes - (last?.bytes ?? 0),
      });
    }
  }
}
