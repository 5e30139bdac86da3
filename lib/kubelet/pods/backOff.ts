import type { Clock } from "../../platform/clock.js";

export interface BackOffOptions {
  readonly initialMilliseconds: number;
  readonly maximumMilliseconds: number;
}

interface Entry {
  delay: number;
  since: number;
}

/**
 * Exponential backoff by key: each failure doubles the delay, and a key that was quiet for twice
 * the maximum starts anew. Holds a key only for that long (see collect).
 */
export class BackOff {
  readonly #clock: Clock;
  readonly #options: BackOffOptions;
  readonly #entries = new Map<string, Entry>();

  constructor(clock: Clock, options: BackOffOptions) {
    this.#clock = clock;
    this.#options = options;
  }

  /**
   * Notes, now, a failure that happened at this time; returns the delay that starts with it, in
   * milliseconds.
   */
  next(key: string, at: number = this.#clock.now()): number {
    const entry = this.#entries.get(key);
    const isFresh = !entry || this.#isQuiet(entry, at);
    const delay = isFresh
      ? this.#options.initialMilliseconds
      : Math.min(entry.delay * 2, this.#options.maximumMilliseconds);
    this.#entries.set(key, { delay, since: this.#clock.now() });
    return delay;
  }

  #isQuiet(entry: Entry, at: number): boolean {
    return at - entry.since > 2 * this.#options.maximumMilliseconds;
  }

  /** How long to wait still, in milliseconds; 0 when it may go on. */
  remaining(key: string): number {
    const entry = this.#entries.get(key);
    return entry ? Math.max(entry.since + entry.delay - this.#clock.now(), 0) : 0;
  }

  /** The delay last set, in milliseconds; 0 without one. */
  delay(key: string): number {
    return this.#entries.get(key)?.delay ?? 0;
  }

  /**
   * How long to wait after something that ended at this time, counting it as the latest failure.
   */
  remainingAfter(key: string, endedAt: number): number {
    const entry = this.#entries.get(key);
    if (!entry || this.#isQuiet(entry, endedAt)) return 0;
    return Math.max(endedAt + entry.delay - this.#clock.now(), 0);
  }

  reset(key: string): void {
    this.#entries.delete(key);
  }

  collect(): void {
    const oldest = this.#clock.now() - 2 * this.#options.maximumMilliseconds;
    for (const [key, entry] of this.#entries) if (entry.since < oldest) this.#entries.delete(key);
  }
}
