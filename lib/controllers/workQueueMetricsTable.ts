import type { Counter } from "../api/metrics/counter.js";
import type { Gauge } from "../api/metrics/gauge.js";
import type { Histogram } from "../api/metrics/histogram.js";
import type { MetricsRegistry } from "../api/metrics/metricsRegistry.js";
import type { WorkQueueMetrics } from "../client/workqueue/workQueue.js";

const secondsBuckets = [1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10];

/** Upstream's workqueue metrics, labelled by queue. */
export class WorkQueueMetricsTable {
  readonly #depth: Gauge;
  readonly #adds: Counter;
  readonly #retries: Counter;
  readonly #queueSeconds: Histogram;
  readonly #workSeconds: Histogram;

  constructor(registry: MetricsRegistry) {
    const label = ["name"];
    this.#depth = registry.gauge("workqueue_depth", "Keys that wait in the queue", label);
    this.#adds = registry.counter("workqueue_adds_total", "Keys added to the queue", label);
    this.#retries = registry.counter("workqueue_retries_total", "Keys tried again", label);
    this.#queueSeconds = registry.histogram(
      "workqueue_queue_duration_seconds",
      "How long a key waits before it is worked on",
      label,
      secondsBuckets,
    );
    this.#workSeconds = registry.histogram(
      "workqueue_work_duration_seconds",
      "How long the work on a key takes",
      label,
      secondsBuckets,
    );
  }

  of(queue: string): WorkQueueMetrics {
    const depth = this.#depth.with(queue);
    const adds = this.#adds.with(queue);
    const retries = this.#retries.with(queue);
    const queueSeconds = this.#queueSeconds.with(queue);
    const workSeconds = this.#workSeconds.with(queue);
    return {
      depth: (value) => depth.set(value),
      add: () => adds.increment(),
      retry: () => retries.increment(),
      queueDurationSeconds: (seconds) => queueSeconds.observe(seconds),
      workDurationSeconds: (seconds) => workSeconds.observe(seconds),
    };
  }
}
