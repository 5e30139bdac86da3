import type { Clock, Timer } from "../platform/clock.js";

export interface BoundedFrequencyOptions {
  readonly clock: Clock;
  readonly minIntervalMilliseconds: number;
  readonly maxIntervalMilliseconds: number;
  /** So many runs may come at once after a quiet time. */
  readonly burst: number;
  /** Must not reject. */
  readonly run: () => Promise<void>;
}

/**
 * Runs a function when it is asked to, never twice at a time, on average not more often than once
 * in the minimal interval, and at the latest after the maximal one. Requests in the meantime become
 * one run.
 */
export class BoundedFrequencyRunner {
  readonly #options: BoundedFrequencyOptions;
  #tokens: number;
  #tokensAt: number;
  #timer: Timer | undefined;
  #due = Number.POSITIVE_INFINITY;
  #running = false;
  #stopped = false;
  #idle: (() => void)[] = [];

  constructor(options: BoundedFrequencyOptions) {
    this.#options = options;
    this.#tokens = options.burst;
    this.#tokensAt = options.clock.monotonic();
  }

  /** Asks for a run as soon as the minimal interval allows. */
  request(): void {
    this.#schedule(0);
  }

  /** Asks for a run after a time at the latest. */
  retryAfter(milliseconds: number): void {
    this.#schedule(milliseconds);
  }

  /** Resolves when no run is going on any more; none begins afterwards. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    if (this.#running) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #schedule(delayMilliseconds: number): void {
    if (this.#stopped) return;
    const clock = this.#options.clock;
    const due = clock.monotonic() + delayMilliseconds;
    if (due >= this.#due) return;
    this.#due = due;
    if (!this.#running) this.#setTimer();
  }

  #setTimer(): void {
    this.#timer?.cancel();
    const now = this.#options.clock.monotonic();
    const wait = Math.max(this.#due - now, this.#untilToken(now));
    this.#timer = this.#options.clock.setTimer(wait, () => void this.#run());
  }

  #untilToken(now: number): number {
    const { minIntervalMilliseconds: interval, burst } = this.#options;
    if (interval <= 0) return 0;
    this.#tokens = Math.min(burst, this.#tokens + (now - this.#tokensAt) / interval);
    this.#tokensAt = now;
    return this.#tokens >= 1 ? 0 : Math.ceil((1 - this.#tokens) * interval);
  }

  async #run(): Promise<void> {
    if (this.#stopped) return;
    this.#untilToken(this.#options.clock.monotonic());
    this.#tokens = Math.max(0, this.#tokens - 1);
    this.#due = Number.POSITIVE_INFINITY;
    this.#running = true;
    await this.#options.run();
    this.#running = false;
    if (this.#stopped) {
      for (const resolve of this.#idle.splice(0)) resolve();
      return;
    }
    this.#schedule(this.#options.maxIntervalMilliseconds);
    if (this.#due !== Number.POSITIVE_INFINITY) this.#setTimer();
  }
}
