import type { Clock } from "../../platform/clock.js";

/** Says how long a key waits before it is tried again. */
export interface RateLimiter {
  when(key: string): number;
  forget(key: string): void;
  numberOfRequeues(key: string): number;
}

/** base × 2^failures, up to a maximum. Holds one number a failing key. */
export class ExponentialRateLimiter implements RateLimiter {
  readonly #failures = new Map<string, number>();

  constructor(
    readonly baseMilliseconds: number,
    readonly maxMilliseconds: number,
  ) {}

  when(key: string): number {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    return Math.min(this.baseMilliseconds * 2 ** Math.min(failures, 1000), this.maxMilliseconds);
  }

  forget(key: string): void {
    this.#failures.delete(key);
  }

  numberOfRequeues(key: string): number {
    return this.#failures.get(key) ?? 0;
  }
}

/** A token bucket over all keys: `perSecond` on average, `burst` at once. */
export class BucketRateLimiter implements RateLimiter {
  #tokens: number;
  #at: number;

  constructor(
    readonly clock: Clock,
    readonly perSecond: number,
    readonly burst: number,
  ) {
    this.#tokens = burst;
    this.#at = clock.monotonic();
  }

  /** Takes a token and says how long until it is there; debts are served in order. */
  reserve(): number {
    const now = this.clock.monotonic();
    const earned = ((now - this.#at) / 1000) * this.perSecond;
    this.#tokens = Math.min(this.burst, this.#tokens + earned) - 1;
    this.#at = now;
    return this.#tokens >= 0 ? 0 : (-this.#tokens / this.perSecond) * 1000;
  }

  /** A token if there is one now; never a debt. */
  tryTake(): boolean {
    if (this.reserve() === 0) return true;
    this.#tokens += 1;
    return false;
  }

  when(): number {
    return this.reserve();
  }

  forget(): void {}

  numberOfRequeues(): number {
    return 0;
  }
}

/** The longest delay of several. */
export class MaxOfRateLimiter implements RateLimiter {
  readonly #limiters: readonly RateLimiter[];

  constructor(...limiters: RateLimiter[]) {
    this.#limiters = limiters;
  }

  when(key: string): number {
    return this.#limiters.reduce((longest, limiter) => Math.max(longest, limiter.when(key)), 0);
  }

  forget(key: string): void {
    for (const limiter of this.#limiters) limiter.forget(key);
  }

  numberOfRequeues(key: string): number {
    return this.#limiters.reduce(
      (most, limiter) => Math.max(most, limiter.numberOfRequeues(key)),
      0,
    );
  }
}

/**
 * Upstream's default for controllers: 5 ms to 1000 s a key, 10 a second with bursts of 100 over
 * all.
 */
export function defaultRateLimiter(clock: Clock): RateLimiter {
  return new MaxOfRateLimiter(
    new ExponentialRateLimiter(5, 1_000_000),
    new BucketRateLimiter(clock, 10, 100),
  );
}
