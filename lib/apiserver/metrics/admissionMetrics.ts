import type { Histogram } from "../../api/metrics/histogram.js";
import type { MetricsRegistry } from "../../api/metrics/metricsRegistry.js";

const buckets = [0.005, 0.025, 0.1, 0.5, 1, 2.5];

export class AdmissionMetrics {
  readonly #steps: Histogram;

  constructor(registry: MetricsRegistry) {
    this.#steps = registry.histogram(
      "apiserver_admission_step_admission_duration_seconds",
      "Time that all plugins of one step took together.",
      ["operation", "rejected", "type"],
      buckets,
    );
  }

  observeStep(
    step: "admit" | "validate",
    operation: string,
    rejected: boolean,
    seconds: number,
  ): void {
    this.#steps.with(operation, String(rejected), step).observe(seconds);
  }
}
