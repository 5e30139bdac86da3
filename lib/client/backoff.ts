import type { Clock } from "../platform/clock.js";
import type { Random } from "../platform/random.js";

export interface BackoffOptions {
  readonly initialMilliseconds: number;
  readonly maxMilliseconds: number;
  readonly factor: number;
  /** Each delay is stretched by up to this part of it, at random. */
  readonly jitter: number;
  /** After so long without a failure the delays start from the initial one again. */
  readonly resetMilliseconds: number;
}

/** Upstream's reflector: 0.8 s to 30 s, doubled, with full jitter, forgotten after two minutes. */
export const reflectorBackoff: BackoffOptions = {
  initialMilliseconds: 800,
  maxMilliseconds: 30_000,
  factor: 2,
  jitter: 1,
  resetMilliseconds: 120_000,
};

/** Growing delays between failures. */
export class Backoff {
  #next: number;
  #lastFailure = Number.NEGATIVE_INFINITY;

  constructor(
    readonly clock: Clock,
    readonly random: Random,
    readonly options: BackoffOptions,
  ) {
    this.#next = options.initialMilliseconds;
  }

  /** How long to wait after the failure that happened now. */
  nextMilliseconds(): number {
    const now = this.clock.monotonic();
    const { factor, initialMilliseconds, jitter, maxMilliseconds, resetMilliseconds } =
      this.options;
    if (now - this.#lastFailure > resetMilliseconds) this.#next = initialMilliseconds;
    this.#lastFailure = now;
    const delay = this.#next;
    this.#next = Math.min(this.#next * factor, maxMilliseconds);
    return delay * (1 + this.random.float() * jitter);
  }

  reset(): void {
    this.#next = this.options.initialMilliseconds;
  }

  sleep(signal?: AbortSignal): Promise<void> {
    return this.clock.sleep(this.nextMilliseconds(), signal);
  }
}
