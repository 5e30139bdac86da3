/** More places than the server has kinds and objects of its own: what is beyond is told again. */
const mostPlaces = 4096;

/**
 * Tells of values that the server's own rules pass over, since nobody can read them: each once for
 * as long as it stays so.
 */
export class UnreadableValues {
  readonly #log: (message: string) => void;
  /** By the place that was looked at: a kind's prefix, or one key. */
  readonly #known = new Map<string, ReadonlySet<string>>();

  constructor(log: (message: string) => void = () => undefined) {
    this.#log = log;
  }

  /** @param keys all that cannot be read at this place now. */
  found(place: string, keys: readonly string[]): void {
    if (keys.length === 0) {
      this.#known.delete(place);
      return;
    }
    // A key may be read with its kind, and alone.
    const known = [...this.#known.values()];
    for (const key of keys) {
      if (known.some((some) => some.has(key))) continue;
      this.#log(`${key} cannot be read: it is passed over until it is written anew or deleted`);
    }
    if (this.#known.size >= mostPlaces) this.#known.clear();
    this.#known.set(place, new Set(keys));
  }

  /** What is stored under one key; undefined where that cannot be read, which is told. */
  read<T>(key: string, decode: () => T): T | undefined {
    let decoded: T;
    try {
      decoded = decode();
    } catch {
      this.found(key, [key]);
      return undefined;
    }
    this.found(key, []);
    return decoded;
  }
}
