import type { Clock } from "../../platform/clock.js";
import type { Storage } from "../../storage/storage.js";

export interface ObjectSizes {
  readonly count: number;
  /** Mean bytes of a stored object, of those that were looked at. */
  readonly meanBytes: number;
}

const freshMilliseconds = 60_000;
/** How many objects the mean size is taken of. */
const sampled = 50;

interface Entry {
  sizes: ObjectSizes | undefined;
  countedAt: number;
  isCounting: boolean;
}

/**
 * How many objects of a resource there are and how large they are, as of some time in the last
 * minute that somebody asked. Bounded by the resources that are served.
 */
export class StoredSizes {
  readonly #storage: Pick<Storage, "count" | "range">;
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();

  constructor(storage: Pick<Storage, "count" | "range">, clock: Clock) {
    this.#storage = storage;
    this.#clock = clock;
  }

  /** Undefined until it has been counted for the first time, which asking sets off. */
  of(prefix: string): ObjectSizes | undefined {
    const now = this.#clock.monotonic();
    let entry = this.#entries.get(prefix);
    if (entry === undefined) {
      entry = { sizes: undefined, countedAt: Number.NEGATIVE_INFINITY, isCounting: false };
      this.#entries.set(prefix, entry);
    }
    if (now - entry.countedAt >= freshMilliseconds && !entry.isCounting) this.#count(prefix, entry);
    return entry.sizes;
  }

  #count(prefix: string, entry: Entry): void {
    entry.isCounting = true;
    const done = (sizes: ObjectSizes | undefined): void => {
      entry.sizes = sizes;
      entry.isCounting = false;
      entry.countedAt = this.#clock.monotonic();
    };
    // A store that cannot be read leaves the estimates as they were.
    this.#read(prefix).then(done, () => done(entry.sizes));
  }

  async #read(prefix: string): Promise<ObjectSizes> {
    const count = await this.#storage.count(prefix);
    const { values } = await this.#storage.range(prefix, { limit: sampled });
    const bytes = values.reduce((sum, { value }) => sum + value.length, 0);
    return { count, meanBytes: values.length === 0 ? 0 : bytes / values.length };
  }
}
