import type { MaybePromise } from "../../api/maybePromise.js";
import type { Counter, CounterSeries } from "../../api/metrics/counter.js";
import type { Histogram, HistogramSeries } from "../../api/metrics/histogram.js";
import type { MetricsRegistry } from "../../api/metrics/metricsRegistry.js";
import type { Clock } from "../../platform/clock.js";
import { StorageError } from "../../storage/storage.js";

const buckets = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45,
  60,
];

export type StorageOperation = "get" | "list" | "create" | "update" | "delete";

interface OperationSeries {
  readonly requests: CounterSeries;
  readonly duration: HistogramSeries;
}

/** What the registry asks of storage, under the names that upstream gives its requests to etcd. */
export class StorageMetrics {
  readonly #requests: Counter;
  readonly #durations: Histogram;
  readonly #decodeErrors: Counter;
  readonly #listTotal: Counter;
  readonly #listReturned: Counter;
  /** Bounded by the operations and the resources that are served. */
  readonly #series = new Map<string, OperationSeries>();

  constructor(registry: MetricsRegistry) {
    const labels = ["operation", "group", "resource"];
    this.#requests = registry.counter(
      "etcd_requests_total",
      "Requests to storage, by operation and resource.",
      labels,
    );
    this.#durations = registry.histogram(
      "etcd_request_duration_seconds",
      "Time that requests to storage took.",
      labels,
      buckets,
    );
    this.#decodeErrors = registry.counter(
      "apiserver_storage_decode_errors_total",
      "Requests to storage that failed at a value that nobody can read.",
      ["group", "resource"],
    );
    this.#listTotal = registry.counter(
      "apiserver_storage_list_total",
      "Lists that were read from storage.",
      ["group", "resource", "storage", "index"],
    );
    this.#listReturned = registry.counter(
      "apiserver_storage_list_returned_objects_total",
      "Objects that lists returned.",
      ["group", "resource", "storage"],
    );
  }

  /** Runs it, at once where it does not wait. */
  measure<T>(
    clock: Clock,
    operation: StorageOperation,
    resource: { readonly group: string; readonly resource: string },
    request: () => MaybePromise<T>,
  ): MaybePromise<T> {
    const series = this.#of(operation, resource.group, resource.resource);
    series.requests.increment();
    const started = clock.monotonic();
    const ended = (value: T): T => {
      series.duration.observe((clock.monotonic() - started) / 1000);
      return value;
    };
    const failed = (error: unknown): never => {
      series.duration.observe((clock.monotonic() - started) / 1000);
      if (error instanceof StorageError && error.reason === "corrupt") {
        this.#decodeErrors.with(resource.group, resource.resource).increment();
      }
      throw error;
    };
    let value: MaybePromise<T>;
    try {
      value = request();
    } catch (error) {
      return failed(error);
    }
    return value instanceof Promise ? value.then(ended, failed) : ended(value);
  }

  /** A request that was measured elsewhere. */
  observe(
    operation: StorageOperation,
    resource: { readonly group: string; readonly resource: string },
    seconds: number,
  ): void {
    const series = this.#of(operation, resource.group, resource.resource);
    series.requests.increment();
    series.duration.observe(seconds);
  }

  listed(resource: { readonly group: string; readonly resource: string }, objects: number): void {
    this.#listTotal.with(resource.group, resource.resource, "embedded", "").increment();
    this.#listReturned.with(resource.group, resource.resource, "embedded").increment(objects);
  }

  #of(operation: StorageOperation, group: string, resource: string): OperationSeries {
    const key = `${operation} ${group}/${resource}`;
    let series = this.#series.get(key);
    if (series === undefined) {
      series = {
        requests: this.#requests.with(operation, group, resource),
        duration: this.#durations.with(operation, group, resource),
      };
      this.#series.set(key, series);
    }
    return series;
  }
}
