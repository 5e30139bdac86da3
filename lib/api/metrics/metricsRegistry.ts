import { Counter } from "./counter.js";
import { Gauge } from "./gauge.js";
import { Histogram } from "./histogram.js";
import type { Metric } from "./metric.js";

/**
 * The metrics of one component in Prometheus' text format. Each metric holds at most 10,000 series
 * (see SeriesTable): label values come from requests, so their number needs a bound.
 */
export class MetricsRegistry {
  readonly #metrics = new Map<string, Metric>();
  readonly #collectors: (() => void)[] = [];

  /** Called before each exposition, to set gauges that are cheaper to read than to keep. */
  onCollect(collector: () => void): void {
    this.#collectors.push(collector);
  }

  counter(name: string, help: string, labelNames: readonly string[] = []): Counter {
    return this.#register(new Counter(name, help, labelNames));
  }

  gauge(name: string, help: string, labelNames: readonly string[] = []): Gauge {
    return this.#register(new Gauge(name, help, labelNames));
  }

  histogram(
    name: string,
    help: string,
    labelNames: readonly string[],
    buckets: readonly number[],
  ): Histogram {
    return this.#register(new Histogram(name, help, labelNames, buckets));
  }

  /** The text exposition format, version 0.0.4. */
  expose(): string {
    for (const collector of this.#collectors) {
      collector();
    }
    const lines: string[] = [];
    for (const name of [...this.#metrics.keys()].sort()) {
      const metric = this.#metrics.get(name);
      if (metric !== undefined) {
        lines.push(`# HELP ${metric.name} ${metric.help}`, `# TYPE ${metric.name} ${metric.type}`);
        metric.expose(lines);
      }
    }
    return `${lines.join("\n")}\n`;
  }

  #register<T extends Metric>(metric: T): T {
    const known = this.#metrics.get(metric.name);
    if (known !== undefined) {
      throw new Error(`metric ${metric.name} is registered twice`);
    }
    this.#metrics.set(metric.name, metric);
    return metric;
  }
}
