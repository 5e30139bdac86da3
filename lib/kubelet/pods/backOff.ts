import type { Clock } from "../../platform/clock.js";

export interface BackOffOptions {
  readonly initialMilliseconds: number;
  readonly maximumMilliseconds: number;
}

interface Entry {
  readonly delay: number;
  /** By the monotonic clock, as all times here. */
  readonly since: number;
  /** The end last asked about, by the wall clock, and when that was. */
  ended: { readonly at: number; readonly moment: number } | undefined;
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
    const isFresh = !entry || this.#isQuiet(entry, this.#momentOf(entry, at));
    const delay = isFresh
      ? this.#options.initialMilliseconds
      : Math.min(entry.delay * 2, this.#options.maximumMilliseconds);
    this.#entries.set(key, { delay, since: this.#clock.monotonic(), ended: undefined });
    return delay;
  }

  /**
   * When a time of the wall clock was: decided when it is first asked about, so that a clock that
   * is set afterwards neither ends nor prolongs a wait. One in the future is now.
   */
  #momentOf(entry: Entry, at: number): number {
    if (entry.ended?.at !== at) {
      const age = Math.max(this.#clock.now() - at, 0);
      entry.ended = { at, moment: this.#clock.monotonic() - age };
    }
    return entry.ended.moment;
  }

  #isQuiet(entry: Entry, moment: number): boolean {
    return moment - entry.since > 2 * this.#options.maximumMilliseconds;
  }

  /** How long to wait still, in milliseconds; 0 when it may go on. */
  remaining(key: string): number {
    const entry = this.#entries.get(key);
    return entry ? Math.max(entry.since + entry.delay - this.#clock.monotonic(), 0) : 0;
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
    if (!entry) return 0;
    const moment = this.#momentOf(entry, endedAt);
    if (this.#isQuiet(entry, moment)) return 0;
    return Math.max(moment + entry.delay - this.#clock.monotonic(), 0);
  }

  reset(key: string): void {
    this.#entries.delete(key);
  }

  collect(): void {
    const oldest = this.#clock.monotonic() - 2 * this.#options.maximumMilliseconds;
    for (const [key, entry] of this.#entries) if (entry.since < oldest) this.#entries.delete(key);
  }
}
