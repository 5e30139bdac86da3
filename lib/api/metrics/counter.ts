import type { Metric } from "./metric.js";
import { SeriesTable, sampleLine } from "./seriesTable.js";

export class CounterSeries {
  value = 0;
  readonly labels: string;

  constructor(labels: string) {
    this.labels = labels;
  }

  increment(by = 1): void {
    this.value += by;
  }
}

export class Counter implements Metric {
  readonly type = "counter";
  readonly name: string;
  readonly help: string;
  readonly #series: SeriesTable<CounterSeries>;

  constructor(name: string, help: string, labelNames: readonly string[]) {
    this.name = name;
    this.help = help;
    this.#series = new SeriesTable(labelNames, (labels) => new CounterSeries(labels));
  }

  /** The series of these label values, in the order of the names. Hot paths keep it. */
  with(...values: string[]): CounterSeries {
    return this.#series.get(values);
  }

  expose(lines: string[]): void {
    for (const series of this.#series.values()) {
      lines.push(sampleLine(this.name, series.labels, series.value));
    }
  }
}
