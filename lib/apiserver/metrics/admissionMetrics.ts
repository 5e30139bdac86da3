import type { Histogram, HistogramSeries } from "../../api/metrics/histogram.js";
import type { MetricsRegistry } from "../../api/metrics/metricsRegistry.js";

const buckets = [0.005, 0.025, 0.1, 0.5, 1, 2.5];

export class AdmissionMetrics {
  readonly #steps: Histogram;
  readonly #plugins: Histogram;

  constructor(registry: MetricsRegistry) {
    this.#steps = registry.histogram(
      "apiserver_admission_step_admission_duration_seconds",
      "Time that all plugins of one step took together.",
      ["operation", "rejected", "type"],
      buckets,
    );
    this.#plugins = registry.histogram(
      "apiserver_admission_controller_admission_duration_seconds",
      "Time that one plugin took.",
      ["name", "operation", "rejected", "type"],
      buckets,
    );
  }

  /** The series of one plugin. */
  pluginSeries(
    plugin: string,
    step: "admit" | "validate",
    operation: string,
    rejected: boolean,
  ): HistogramSeries {
    return this.#plugins.with(plugin, operation, String(rejected), step);
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
