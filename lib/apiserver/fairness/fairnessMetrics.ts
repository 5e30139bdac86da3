import type { Counter, CounterSeries } from "../../api/metrics/counter.js";
import type { Gauge, GaugeSeries } from "../../api/metrics/gauge.js";
import type { Histogram, HistogramSeries } from "../../api/metrics/histogram.js";
import type { MetricsRegistry } from "../../api/metrics/metricsRegistry.js";
import { TimedRatio } from "./timedRatio.js";

/** Upstream's buckets. */
const waitSeconds = [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30];
const queueLengths = [0, 10, 25, 50, 100, 250, 500, 1000];
const seatNumbers = [1, 2, 4, 8, 16, 32, 64, 100];
const watchNumbers = [0, 1, 10, 100, 1000, 10000];
const seatRatios = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1];
const requestRatios = [0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.25, 0.5, 0.75, 1];
const kindRatios = [0, 0.001, 0.01, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1];
const demandRatios = [0.2, 0.4, 0.6, 0.8, 1, 1.2, 1.4, 1.7, 2, 2.8, 4, 6];

export type RejectReason = "queue-full" | "concurrency-limit" | "time-out";

/** Of one FlowSchema's requests in one level. */
export interface FlowSeries {
  readonly dispatched: CounterSeries;
  readonly executing: GaugeSeries;
  readonly executingSeats: GaugeSeries;
  readonly waiting: GaugeSeries;
  readonly waitingSeats: GaugeSeries;
  readonly queueLength: HistogramSeries;
  readonly executed: HistogramSeries;
  readonly watchStarted: HistogramSeries;
  readonly waitedAndRan: HistogramSeries;
  readonly waitedInVain: HistogramSeries;
  readonly seats: HistogramSeries;
  readonly watchers: HistogramSeries;
  readonly noAccommodation: CounterSeries;
  rejected(reason: RejectReason): void;
}

export interface Bounds {
  readonly min: GaugeSeries;
  readonly max: GaugeSeries;
}

/** Of one priority level. */
export interface LevelSeries {
  readonly seatUtilization: TimedRatio;
  readonly waitingRatio: TimedRatio;
  readonly executingRatio: TimedRatio;
  readonly demandRatio: TimedRatio;
  readonly currentR: GaugeSeries;
  readonly dispatchR: GaugeSeries;
  readonly latestS: GaugeSeries;
  /** Of the queues in which somebody waits, when metrics are read. */
  readonly nextS: Bounds;
  readonly nextDiscountedS: Bounds;
  readonly epochAdvances: CounterSeries;
  readonly nominal: GaugeSeries;
  readonly lower: GaugeSeries;
  readonly upper: GaugeSeries;
  readonly current: GaugeSeries;
  readonly demandHighest: GaugeSeries;
  readonly demandMean: GaugeSeries;
  readonly demandDeviation: GaugeSeries;
  readonly demandSmoothed: GaugeSeries;
  readonly target: GaugeSeries;
}

export interface KindRatios {
  readonly waiting: TimedRatio;
  readonly executing: TimedRatio;
}

/**
 * What flow control counts, under upstream's names. What it keeps of levels and FlowSchemas is
 * bounded by those that there are.
 */
export class FairnessMetrics {
  readonly readOnly: KindRatios;
  readonly mutating: KindRatios;
  readonly fairFraction: GaugeSeries;
  readonly #now: () => number;
  readonly #flows = new Map<string, FlowSeries>();
  readonly #levels = new Map<string, LevelSeries>();
  readonly #ratios = new Set<TimedRatio>();
  readonly #perFlow: ReturnType<typeof flowMetrics>;
  readonly #perLevel: ReturnType<typeof levelMetrics>;

  constructor(registry: MetricsRegistry, now: () => number) {
    this.#now = now;
    this.#perFlow = flowMetrics(registry);
    this.#perLevel = levelMetrics(registry);
    this.fairFraction = registry
      .gauge(
        name("seat_fair_frac"),
        "The part of its target that each level gets whose bounds do not say otherwise.",
      )
      .with();
    const kinds = registry.histogram(
      name("read_vs_write_current_requests"),
      "Requests that wait or run, as a part of what may, at the end of every nanosecond.",
      ["phase", "request_kind"],
      kindRatios,
    );
    const ratios = (kind: string): KindRatios => ({
      waiting: this.#ratio(kinds, kindRatios, ["waiting", kind]),
      executing: this.#ratio(kinds, kindRatios, ["executing", kind]),
    });
    this.readOnly = ratios("readOnly");
    this.mutating = ratios("mutating");
    registry.onCollect(() => {
      const at = now();
      for (const ratio of this.#ratios) ratio.collect(at);
    });
  }

  /** The level is no more: its series stay as they are. */
  forget(level: string): void {
    const series = this.#levels.get(level);
    if (series === undefined) return;
    this.#levels.delete(level);
    const at = this.#now();
    for (const ratio of ratiosOf(series)) {
      ratio.collect(at);
      this.#ratios.delete(ratio);
    }
  }

  /** FlowSchemas may have gone: those that are used are found again. */
  forgetFlows(): void {
    this.#flows.clear();
  }

  flow(level: string, flowSchema: string): FlowSeries {
    const key = `${level}/${flowSchema}`;
    let series = this.#flows.get(key);
    if (series === undefined) {
      series = this.#flowSeries(level, flowSchema);
      this.#flows.set(key, series);
    }
    return series;
  }

  level(level: string): LevelSeries {
    let series = this.#levels.get(level);
    if (series === undefined) {
      series = this.#levelSeries(level);
      this.#levels.set(level, series);
    }
    return series;
  }

  #ratio(histogram: Histogram, bounds: readonly number[], labels: string[]): TimedRatio {
    const ratio = new TimedRatio(histogram.with(...labels), bounds, this.#now());
    this.#ratios.add(ratio);
    return ratio;
  }

  #flowSeries(level: string, flowSchema: string): FlowSeries {
    const of = this.#perFlow;
    const labels = [level, flowSchema] as const;
    return {
      dispatched: of.dispatched.with(...labels),
      executing: of.executing.with(...labels),
      executingSeats: of.executingSeats.with(...labels),
      waiting: of.waiting.with(...labels),
      waitingSeats: of.waitingSeats.with(...labels),
      queueLength: of.queueLength.with(...labels),
      executed: of.execution.with(...labels, "regular"),
      watchStarted: of.execution.with(...labels, "watch"),
      waitedAndRan: of.wait.with(...labels, "true"),
      waitedInVain: of.wait.with(...labels, "false"),
      seats: of.seats.with(...labels),
      watchers: of.watchers.with(...labels),
      noAccommodation: of.noAccommodation.with(...labels),
      rejected: (reason) => of.rejected.with(...labels, reason).increment(),
    };
  }

  #levelSeries(level: string): LevelSeries {
    const of = this.#perLevel;
    return {
      seatUtilization: this.#ratio(of.seatUtilization, seatRatios, ["executing", level]),
      waitingRatio: this.#ratio(of.requestUtilization, requestRatios, ["waiting", level]),
      executingRatio: this.#ratio(of.requestUtilization, requestRatios, ["executing", level]),
      demandRatio: this.#ratio(of.demand, demandRatios, [level]),
      currentR: of.currentR.with(level),
      dispatchR: of.dispatchR.with(level),
      latestS: of.latestS.with(level),
      nextS: { min: of.nextS.with(level, "min"), max: of.nextS.with(level, "max") },
      nextDiscountedS: {
        min: of.nextDiscountedS.with(level, "min"),
        max: of.nextDiscountedS.with(level, "max"),
      },
      epochAdvances: of.epochAdvances.with(level, "true"),
      nominal: of.nominal.with(level),
      lower: of.lower.with(level),
      upper: of.upper.with(level),
      current: of.current.with(level),
      demandHighest: of.demandHighest.with(level),
      demandMean: of.demandMean.with(level),
      demandDeviation: of.demandDeviation.with(level),
      demandSmoothed: of.demandSmoothed.with(level),
      target: of.target.with(level),
    };
  }
}

function ratiosOf(series: LevelSeries): TimedRatio[] {
  const { seatUtilization, waitingRatio, executingRatio, demandRatio } = series;
  return [seatUtilization, waitingRatio, executingRatio, demandRatio];
}

function name(short: string): string {
  return `apiserver_flowcontrol_${short}`;
}

function flowMetrics(registry: MetricsRegistry) {
  const labels = ["priority_level", "flow_schema"];
  const gauge = (short: string, help: string): Gauge => registry.gauge(name(short), help, labels);
  const counter = (short: string, help: string, more: string[] = []): Counter =>
    registry.counter(name(short), help, [...labels, ...more]);
  const histogram = (
    short: string,
    help: string,
    buckets: readonly number[],
    more: string[] = [],
  ): Histogram => registry.histogram(name(short), help, [...labels, ...more], buckets);
  const rejected = "Requests that were turned away.";
  const wait = "How long requests waited in their queues.";
  const execution = "How long requests ran; of a watch, until it was initialized.";
  const noAccommodation = "How often the next request needed more seats than were free.";
  return {
    rejected: counter("rejected_requests_total", rejected, ["reason"]),
    dispatched: counter("dispatched_requests_total", "Requests that began to run."),
    noAccommodation: counter("request_dispatch_no_accommodation_total", noAccommodation),
    executing: gauge("current_executing_requests", "Requests that run."),
    executingSeats: gauge("current_executing_seats", "Seats of the requests that run."),
    waiting: gauge("current_inqueue_requests", "Requests that wait in queues."),
    waitingSeats: gauge("current_inqueue_seats", "Seats that waiting requests need."),
    queueLength: histogram(
      "request_queue_length_after_enqueue",
      "How long the queue is that a request has come into.",
      queueLengths,
    ),
    wait: histogram("request_wait_duration_seconds", wait, waitSeconds, ["execute"]),
    execution: histogram("request_execution_seconds", execution, waitSeconds, ["type"]),
    seats: histogram("work_estimated_seats", "Seats that requests need.", seatNumbers),
    watchers: histogram("watch_count_samples", "Watches that a write has to tell.", watchNumbers),
  };
}

function levelMetrics(registry: MetricsRegistry) {
  const labels = ["priority_level"];
  const gauge = (short: string, help: string): Gauge => registry.gauge(name(short), help, labels);
  const of = (short: string, help: string, buckets: readonly number[], more: string[] = []) =>
    registry.histogram(name(short), help, [...more, ...labels], buckets);
  const phases = ["phase"];
  const everyNanosecond = "at the end of every nanosecond";
  return {
    seatUtilization: of(
      "priority_level_seat_utilization",
      `The part of a level's seats that is taken, ${everyNanosecond}.`,
      seatRatios,
      phases,
    ),
    requestUtilization: of(
      "priority_level_request_utilization",
      `Requests that wait or run, as a part of what may, ${everyNanosecond}.`,
      requestRatios,
      phases,
    ),
    demand: of(
      "demand_seats",
      `Seats that a level could use, as a part of those it has, ${everyNanosecond}.`,
      demandRatios,
    ),
    currentR: gauge("current_r", "Virtual time when it was last looked at."),
    dispatchR: gauge("dispatch_r", "Virtual time of the last dispatch."),
    latestS: gauge("latest_s", "Virtual start of the request that was dispatched last."),
    nextS: registry.gauge(
      name("next_s_bounds"),
      "Least and most of the virtual starts of the queues' next requests.",
      [...labels, "bound"],
    ),
    nextDiscountedS: registry.gauge(
      name("next_discounted_s_bounds"),
      "The same, less the estimated work under way.",
      [...labels, "bound"],
    ),
    epochAdvances: registry.counter(
      name("epoch_advance_total"),
      "How often virtual time was set back, so that it stays exact.",
      [...labels, "success"],
    ),
    nominal: gauge("nominal_limit_seats", "A level's part of the server's seats."),
    lower: gauge("lower_limit_seats", "Seats that a level never lends."),
    upper: gauge("upper_limit_seats", "Seats that a level has at most, with borrowed ones."),
    current: gauge("current_limit_seats", "Seats that a level has now."),
    demandHighest: gauge(
      "demand_seats_high_watermark",
      "The most seats that a level could use at once in the last period.",
    ),
    demandMean: gauge("demand_seats_average", "Mean over time of the last period's demand."),
    demandDeviation: gauge("demand_seats_stdev", "Deviation over time of the same."),
    demandSmoothed: gauge("demand_seats_smoothed", "Demand, smoothed over the periods."),
    target: gauge("target_seats", "Seats that a level should have if there were enough."),
  };
}
