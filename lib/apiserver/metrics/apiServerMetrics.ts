import type { Counter, CounterSeries } from "../../api/metrics/counter.js";
import type { Gauge, GaugeSeries } from "../../api/metrics/gauge.js";
import type { Histogram, HistogramSeries } from "../../api/metrics/histogram.js";
import { MetricsRegistry } from "../../api/metrics/metricsRegistry.js";
import type { DirectFigures, DirectGets, Storage } from "../../storage/storage.js";
import type { RequestInfo } from "../requestInfo.js";
import { AdmissionMetrics } from "./admissionMetrics.js";
import { DirectReadTotals } from "./directReadMetrics.js";
import { DirectWatchTotals } from "./directWatchTotals.js";
import { OutcomeMetrics } from "./outcomeMetrics.js";
import { SeatMetrics } from "./seatMetrics.js";
import { StorageMetrics } from "./storageMetrics.js";
import { countStore } from "./storeMetrics.js";

/** Upstream's buckets of request durations, in seconds. */
const durationBuckets = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45,
  60,
];

/** Upstream's buckets of the sizes of events, in bytes. */
const watchSizeBuckets = [1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072];
/** Durations for objectives are not told apart below this. */
const leastSliBucket = 0.05;
/** Upstream's buckets of the sizes of responses to reads, in bytes. */
const sizeBuckets = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

/** The counts of a histogram that lacks so many of the lowest bounds. */
function withFirstJoined(counts: readonly number[], lacking: number): number[] {
  const first = counts.slice(0, lacking + 1).reduce((sum, count) => sum + count, 0);
  return [first, ...counts.slice(lacking + 1)];
}

interface RequestSeries {
  readonly byCode: Map<number, CounterSeries>;
  readonly duration: HistogramSeries;
  readonly sli: HistogramSeries;
  /** Made by the first answer of a read. */
  size: HistogramSeries | undefined;
  readonly labels: readonly string[];
  readonly sliLabels: readonly string[];
}

/**
 * Beyond this many kinds of requests the cache of series is emptied; the series themselves stay.
 */
const seriesCacheBound = 4096;

/** What the API server counts, under upstream's names. */
export class ApiServerMetrics {
  readonly registry = new MetricsRegistry();
  readonly seats: SeatMetrics;
  readonly watchEvents: Counter;
  readonly watchEventSizes: Histogram;
  readonly directWatches: DirectWatchTotals;
  readonly authentication: OutcomeMetrics;
  readonly authorization: OutcomeMetrics;
  readonly authenticatedUsers: Counter;
  readonly storage: StorageMetrics;
  readonly admission: AdmissionMetrics;
  readonly #requests: Counter;
  readonly #durations: Histogram;
  readonly #sliDurations: Histogram;
  readonly #responseSizes: Histogram;
  readonly #deprecated: Gauge;
  readonly #terminations: Counter;
  readonly #longRunning: Gauge;
  readonly #seriesCache = new Map<string, RequestSeries>();
  readonly #directReads = new DirectReadTotals(durationBuckets, sizeBuckets);

  constructor() {
    const { registry } = this;
    const labels = ["verb", "group", "version", "resource", "subresource", "scope"];
    this.#requests = registry.counter(
      "apiserver_request_total",
      "Requests that were answered, by what they asked for and the code of the answer.",
      [
        "verb",
        "dry_run",
        "group",
        "version",
        "resource",
        "subresource",
        "scope",
        "component",
        "code",
      ],
    );
    this.#durations = durations(registry);
    this.#sliDurations = sliDurations(registry, labels);
    this.#responseSizes = responseSizes(registry, labels);
    this.#deprecated = registry.gauge(
      "apiserver_requested_deprecated_apis",
      "1 for each deprecated API that was asked for.",
      ["group", "version", "resource", "subresource", "removed_release"],
    );
    this.#longRunning = registry.gauge(
      "apiserver_longrunning_requests",
      "Watches and connections that are running.",
      [...labels, "component"],
    );
    this.#terminations = registry.counter(
      "apiserver_request_terminations_total",
      "Requests that were turned away to protect the server.",
      [...labels, "component", "code"],
    );
    this.seats = new SeatMetrics(registry);
    this.watchEvents = registry.counter(
      "apiserver_watch_events_total",
      "Events that were sent to watchers.",
      ["group", "version", "resource"],
    );
    this.watchEventSizes = registry.histogram(
      "apiserver_watch_events_sizes",
      "Bytes that were sent to a watcher at once: one event, or several that were ready together.",
      ["group", "version", "resource"],
      watchSizeBuckets,
    );
    this.authentication = new OutcomeMetrics(registry, "authentication", "authentication_attempts");
    this.authorization = new OutcomeMetrics(
      registry,
      "authorization",
      "authorization_attempts_total",
    );
    this.authenticatedUsers = registry.counter(
      "authenticated_user_requests",
      "Requests of known users; all but the server's own components are counted as other.",
      ["username"],
    );
    this.storage = new StorageMetrics(registry);
    this.admission = new AdmissionMetrics(registry);
    const watches = [this.watchEvents, this.watchEventSizes, watchSizeBuckets] as const;
    this.directWatches = new DirectWatchTotals(...watches);
    registry.onCollect(() => {
      this.#directReads.collect();
      this.directWatches.collect();
    });
  }

  /** Where a listener counts gets like this one, of users with such a label, that it serves. */
  figuresOf(
    info: RequestInfo,
    method: string,
    username: string,
    direct: DirectGets,
    code = 200,
  ): DirectFigures {
    const series = this.#seriesOf(info, method);
    const key = `${username} ${series.labels.join(" ")}`;
    return this.#directReads.figuresOf(key, direct, (counts) => {
      const { requests, durations, seconds } = counts;
      if (requests === 0) return;
      this.#counterOf(series, code).increment(requests);
      series.duration.add(durations, seconds);
      series.sli.add(withFirstJoined(durations, durationBuckets.indexOf(leastSliBucket)), seconds);
      // Of writes nobody counts them.
      if (counts.bytes > 0) this.#sizesOf(series).add(counts.sizes, counts.bytes);
      this.authentication.count("success", requests);
      this.authorization.count("allowed", requests);
      this.authenticatedUsers.with(username).increment(requests);
    });
  }

  /** A request has its response. */
  observeRequest(info: RequestInfo, method: string, code: number, seconds: number): void {
    const series = this.#seriesOf(info, method);
    this.#counterOf(series, code).increment();
    series.duration.observe(seconds);
    if (info.verb !== "watch" && info.verb !== "connect") {
      series.sli.observe(seconds);
    }
  }

  /** A get or a list was answered. */
  observeResponseSize(info: RequestInfo, method: string, bytes: number): void {
    const series = this.#seriesOf(info, method);
    this.#sizesOf(series).observe(bytes);
  }

  #counterOf(series: RequestSeries, code: number): CounterSeries {
    let counter = series.byCode.get(code);
    if (counter === undefined) {
      counter = this.#requests.with(...series.labels, String(code));
      series.byCode.set(code, counter);
    }
    return counter;
  }

  #sizesOf(series: RequestSeries): HistogramSeries {
    series.size ??= this.#responseSizes.with(...series.sliLabels);
    return series.size;
  }

  /** An API was asked for that will go away, or should be asked for no more. */
  deprecatedRequested(group: string, version: string, resource: string): void {
    this.#deprecated.with(group, version, resource, "", "").set(1);
  }

  /** A request was turned away by a limit. */
  observeTermination(info: RequestInfo, method: string, code: number): void {
    this.#terminations
      .with(...requestLabels(info, method, false), "apiserver", String(code))
      .increment();
  }

  /**
   * The gauge of the long-running requests of this kind; one is added at the start, taken at the
   * end.
   */
  longRunning(info: RequestInfo, method: string): GaugeSeries {
    return this.#longRunning.with(...requestLabels(info, method, false), "apiserver");
  }

  /** Gauges that the store counts itself. */
  watchStorage(storage: Storage): void {
    countStore(this.registry, storage);
  }

  #seriesOf(info: RequestInfo, method: string): RequestSeries {
    const key = info.isResourceRequest
      ? `${info.verb} ${info.group}/${info.version}/${info.resource}/${info.subresource}/` +
        `${info.namespace === "" ? "c" : "n"}${info.name === "" ? "" : "r"}`
      : `${method} ${topOf(info.path)}`;
    let series = this.#seriesCache.get(key);
    if (series === undefined) {
      // Health checks and the like are nobody's API.
      const component = info.isResourceRequest ? "apiserver" : "";
      const labels = [...requestLabels(info, method, true), component];
      const sliLabels = [...requestLabels(info, method, false), component];
      series = {
        byCode: new Map(),
        duration: this.#durations.with(...labels),
        sli: this.#sliDurations.with(...sliLabels),
        size: undefined,
        labels,
        sliLabels,
      };
      if (this.#seriesCache.size >= seriesCacheBound) {
        this.#seriesCache.clear();
      }
      this.#seriesCache.set(key, series);
    }
    return series;
  }
}

function durations(registry: MetricsRegistry): Histogram {
  return registry.histogram(
    "apiserver_request_duration_seconds",
    "Time from a request's arrival to its answer.",
    ["verb", "dry_run", "group", "version", "resource", "subresource", "scope", "component"],
    durationBuckets,
  );
}

function sliDurations(registry: MetricsRegistry, labels: readonly string[]): Histogram {
  return registry.histogram(
    "apiserver_request_sli_duration_seconds",
    "Time from a request's arrival to its answer, watches and connections left out.",
    [...labels, "component"],
    durationBuckets.slice(durationBuckets.indexOf(leastSliBucket)),
  );
}

function responseSizes(registry: MetricsRegistry, labels: readonly string[]): Histogram {
  return registry.histogram(
    "apiserver_response_sizes",
    "Bytes of the answers to reads.",
    [...labels, "component"],
    sizeBuckets,
  );
}

function requestLabels(info: RequestInfo, method: string, withDryRun: boolean): string[] {
  const dryRun = withDryRun ? [""] : [];
  if (!info.isResourceRequest) {
    return [method, ...dryRun, "", "", "", topOf(info.path), ""];
  }
  const scope = info.name !== "" ? "resource" : info.namespace !== "" ? "namespace" : "cluster";
  return [
    metricVerb(info.verb, method),
    ...dryRun,
    info.group,
    info.version,
    info.resource,
    info.subresource,
    scope,
  ];
}

function metricVerb(verb: string, method: string): string {
  switch (verb) {
    case "list":
    case "watch":
    case "connect":
    case "patch":
      return verb.toUpperCase();
    default:
      return method;
  }
}

/** Paths are the client's: only their beginning becomes a label. */
function topOf(path: string): string {
  const known = [
    "/healthz",
    "/livez",
    "/readyz",
    "/metrics",
    "/version",
    "/openapi",
    "/apis",
    "/api",
  ];
  return known.find((prefix) => path === prefix || path.startsWith(`${prefix}/`)) ?? "";
}
