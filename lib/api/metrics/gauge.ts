import type { Metric } from "./metric.js";
import { SeriesTable, sampleLine } from "./seriesTable.js";

export class GaugeSeries {
  value = 0;
  readonly labels: string;

  constructor(labels: string) {
    this.labels = labels;
  }

  set(value: number): void {
    this.value = value;
  }

  add(by: number): void {
    this.value += by;
  }
}

export class Gauge implements Metric {
  readonly type = "gauge";
  readonly name: string;
  readonly help: string;
  readonly #series: SeriesTable<GaugeSeries>;

  constructor(name: string, help: string, labelNames: readonly string[]) {
    this.name = name;
    this.help = help;
    this.#series = new SeriesTable(labelNames, (labels) => new GaugeSeries(labels));
  }

  with(...values: string[]): GaugeSeries {
    return this.#series.get(values);
  }

  /** Forgets one series. */
  remove(...values: string[]): void {
    this.#series.remove(values);
  }

  /** Forgets every series, for gauges that are set anew at each collection. */
  reset(): void {
    this.#series.clear();
  }

  expose(lines: string[]): void {
    for (const series of this.#series.values()) {
      lines.push(sampleLine(this.name, series.labels, series.value));
    }
  }
}
