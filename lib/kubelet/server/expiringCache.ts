import type { Clock } from "../../platform/clock.js";

/**
 * Answers that hold for a while. Holds maxEntries; beyond it the oldest go. The same question asked
 * while it is being answered is asked once; a failure is not kept.
 */
export class ExpiringCache<T> {
  readonly #clock: Clock;
  readonly #maxEntries: number;
  readonly #lifeMilliseconds: (value: T) => number;
  readonly #entries = new Map<string, { answer: Promise<T>; expires: number }>();

  constructor(clock: Clock, maxEntries: number, lifeMilliseconds: (value: T) => number) {
    this.#clock = clock;
    this.#maxEntries = maxEntries;
    this.#lifeMilliseconds = lifeMilliseconds;
  }

  get(key: string, load: () => Promise<T>): Promise<T> {
    const known = this.#entries.get(key);
    if (known && known.expires > this.#clock.monotonic()) return known.answer;
    const entry = { answer: load(), expires: Number.POSITIVE_INFINITY };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    while (this.#entries.size > this.#maxEntries) {
      this.#entries.delete(this.#entries.keys().next().value as string);
    }
    entry.answer.then(
      (value) => {
        entry.expires = this.#clock.monotonic() + this.#lifeMilliseconds(value);
      },
      () => {
        if (this.#entries.get(key) === entry) this.#entries.delete(key);
      },
    );
    return entry.answer;
  }
}
