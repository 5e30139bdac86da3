import type { GaugeSeries } from "../../api/metrics/gauge.js";
import type { MetricsRegistry } from "../../api/metrics/metricsRegistry.js";

export interface SeatGauges {
  /** Requests that have a seat. */
  readonly running: GaugeSeries;
  /** Requests that wait for one. */
  readonly queued: GaugeSeries;
}

/** Requests under way, by kind; watches and connections are not among them. */
export class SeatMetrics {
  readonly readOnly: SeatGauges;
  readonly mutating: SeatGauges;

  constructor(registry: MetricsRegistry) {
    const running = registry.gauge(
      "apiserver_current_inflight_requests",
      "Requests being served now, watches and connections left out.",
      ["request_kind"],
    );
    const queued = registry.gauge(
      "apiserver_current_inqueue_requests",
      "Requests that wait to be let in.",
      ["request_kind"],
    );
    const gauges = (kind: string) => ({ running: running.with(kind), queued: queued.with(kind) });
    this.readOnly = gauges("readOnly");
    this.mutating = gauges("mutating");
  }
}
