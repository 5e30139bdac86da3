import type { MaybePromise } from "../../api/maybePromise.js";
import type { Counter } from "../../api/metrics/counter.js";
import type { Histogram } from "../../api/metrics/histogram.js";
import type { MetricsRegistry } from "../../api/metrics/metricsRegistry.js";
import type { Clock } from "../../platform/clock.js";

/** Upstream's buckets of checks that mostly end at once, in seconds. */
const buckets = Array.from({ length: 15 }, (_, doublings) => 2 ** doublings / 1000);

/** How often something was tried, how it came out and how long it took. */
export class OutcomeMetrics {
  readonly #attempts: Counter;
  readonly #durations: Histogram;

  constructor(registry: MetricsRegistry, subject: string, attemptsName: string) {
    this.#attempts = registry.counter(attemptsName, `Attempts of ${subject}, by result.`, [
      "result",
    ]);
    this.#durations = registry.histogram(
      `${subject}_duration_seconds`,
      `Time that ${subject} took, by result.`,
      ["result"],
      buckets,
    );
  }

  /** Attempts that took no time of their own. */
  count(result: string, attempts: number): void {
    this.#attempts.with(result).increment(attempts);
  }

  /** Runs it, at once where it does not wait; an error counts as `failed`, else it has `passed`. */
  measure<T>(
    clock: Clock,
    failed: string,
    passed: string,
    attempt: () => MaybePromise<T>,
  ): MaybePromise<T> {
    const started = clock.monotonic();
    const ended = (result: string): void => {
      this.#attempts.with(result).increment();
      this.#durations.with(result).observe((clock.monotonic() - started) / 1000);
    };
    let value: MaybePromise<T>;
    try {
      value = attempt();
    } catch (error) {
      ended(failed);
      throw error;
    }
    if (value instanceof Promise) {
      return value.then(
        (settled) => {
          ended(passed);
          return settled;
        },
        (error: unknown) => {
          ended(failed);
          throw error;
        },
      );
    }
    ended(passed);
    return value;
  }
}
