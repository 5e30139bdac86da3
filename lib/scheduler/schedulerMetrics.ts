import type { Counter } from "../api/metrics/counter.js";
import type { Gauge } from "../api/metrics/gauge.js";
import type { Histogram } from "../api/metrics/histogram.js";
import { MetricsRegistry } from "../api/metrics/metricsRegistry.js";

const doubling = (start: number, count: number) =>
  Array.from({ length: count }, (_, exponent) => start * 2 ** exponent);

/** The scheduler's metrics, by upstream's names and labels. */
export class SchedulerMetrics {
  readonly attempts: Counter;
  readonly attemptSeconds: Histogram;
  readonly algorithmSeconds: Histogram;
  readonly podAttempts: Histogram;
  readonly podSeconds: Histogram;
  readonly pendingPods: Gauge;
  readonly incomingPods: Counter;
  readonly cacheSize: Gauge;
  readonly unschedulablePods: Gauge;
  readonly preemptionAttempts: Counter;
  readonly preemptionVictims: Histogram;
  readonly scheduledAfterFlush: Counter;

  constructor(readonly registry: MetricsRegistry = new MetricsRegistry()) {
    this.attempts = registry.counter(
      "scheduler_schedule_attempts_total",
      "Attempts to schedule pods, by result.",
      ["profile", "result"],
    );
    this.attemptSeconds = registry.histogram(
      "scheduler_scheduling_attempt_duration_seconds",
      "How long an attempt took, with binding.",
      ["profile", "result"],
      doubling(0.001, 15),
    );
    this.algorithmSeconds = registry.histogram(
      "scheduler_scheduling_algorithm_duration_seconds",
      "How long choosing a node took.",
      [],
      doubling(0.001, 15),
    );
    this.podAttempts = registry.histogram(
      "scheduler_pod_scheduling_attempts",
      "How many attempts a pod that was scheduled took.",
      [],
      doubling(1, 5),
    );
    this.podSeconds = registry.histogram(
      "scheduler_pod_scheduling_sli_duration_seconds",
      "How long a pod that was scheduled waited since it came, by how many attempts it took.",
      ["attempts"],
      doubling(0.01, 20),
    );
    this.pendingPods = registry.gauge("scheduler_pending_pods", "Pods without a node, by queue.", [
      "queue",
    ]);
    this.incomingPods = registry.counter(
      "scheduler_queue_incoming_pods_total",
      "Pods that entered a queue, by event and queue.",
      ["event", "queue"],
    );
    this.cacheSize = registry.gauge(
      "scheduler_cache_size",
      "Nodes, pods and assumed pods that are known.",
      ["type"],
    );
    this.unschedulablePods = registry.gauge(
      "scheduler_unschedulable_pods",
      "Unschedulable pods, by the plugins that refuse them.",
      ["plugin", "profile"],
    );
    this.preemptionAttempts = registry.counter(
      "scheduler_preemption_attempts_total",
      "Preemptions tried.",
    );
    this.preemptionVictims = registry.histogram(
      "scheduler_preemption_victims",
      "How many pods a preemption removed.",
      [],
      doubling(1, 7),
    );
    this.scheduledAfterFlush = registry.counter(
      "scheduler_pod_scheduled_after_flush_total",
      "Pods scheduled in an attempt that no event had caused.",
    );
  }
}
