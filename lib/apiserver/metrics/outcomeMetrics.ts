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

  /** Runs it; a rejection counts as the first result, an answer as the second. */
  async measure<T>(
    clock: Clock,
    refused: string,
    passed: string,
    attempt: () => Promise<T>,
  ): Promise<T> {
    const started = clock.monotonic();
    let result = refused;
    try {
      const answer = await attempt();
      result = passed;
      return answer;
    } finally {
      this.#attempts.with(result).increment();
      this.#durations.with(result).observe((clock.monotonic() - started) / 1000);
    }
  }
}
