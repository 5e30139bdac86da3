import type { Counter } from "../api/metrics/counter.js";
import type { Gauge } from "../api/metrics/gauge.js";
import type { Histogram } from "../api/metrics/histogram.js";
import type { MetricsRegistry } from "../api/metrics/metricsRegistry.js";
import type { WorkInHand, WorkQueueMetrics } from "../client/workqueue/workQueue.js";

const secondsBuckets = [1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10];

/** Upstream's workqueue metrics, labelled by queue. */
export class WorkQueueMetricsTable {
  readonly #depth: Gauge;
  readonly #adds: Counter;
  readonly #retries: Counter;
  readonly #queueSeconds: Histogram;
  readonly #workSeconds: Histogram;
  /** One for each queue of this process. */
  readonly #inHand = new Map<string, () => WorkInHand>();

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
    const unfinished = registry.gauge(
      "workqueue_unfinished_work_seconds",
      "How long the keys being worked on have taken so far, together",
      label,
    );
    const longest = registry.gauge(
      "workqueue_longest_running_processor_seconds",
      "How long the key has been worked on that takes longest",
      label,
    );
    registry.onCollect(() => {
      for (const [queue, work] of this.#inHand) {
        const now = work();
        unfinished.with(queue).set(now.sum);
        longest.with(queue).set(now.longest);
      }
    });
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
      watchWork: (work) => void this.#inHand.set(queue, work),
    };
  }
}
