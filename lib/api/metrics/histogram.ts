import type { Metric } from "./metric.js";
import { SeriesTable, sampleLine } from "./seriesTable.js";

export class HistogramSeries {
  readonly labels: string;
  readonly #bounds: readonly number[];
  /** Not cumulative: the one bucket an observation falls into; the last is above every bound. */
  readonly #counts: number[];
  sum = 0;
  count = 0;

  constructor(labels: string, bounds: readonly number[]) {
    this.labels = labels;
    this.#bounds = bounds;
    this.#counts = new Array<number>(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    let bucket = 0;
    while (bucket < this.#bounds.length && value > (this.#bounds[bucket] ?? 0)) {
      bucket += 1;
    }
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.sum += value;
    this.count += 1;
  }

  /** Takes over what was counted elsewhere: a number for each bound and one above all. */
  replace(counts: readonly number[], sum: number): void {
    this.#counts.forEach((_, bucket) => {
      this.#counts[bucket] = counts[bucket] ?? 0;
    });
    this.count = this.#counts.reduce((total, count) => total + count, 0);
    this.sum = sum;
  }

  /** Adds what was counted elsewhere: a number for each bound and one above all. */
  add(counts: readonly number[], sum: number): void {
    this.#counts.forEach((known, bucket) => {
      this.#counts[bucket] = known + (counts[bucket] ?? 0);
    });
    this.count += counts.reduce((total, count) => total + count, 0);
    this.sum += sum;
  }

  expose(name: string, lines: string[]): void {
    const prefix = this.labels === "" ? "" : `${this.labels},`;
    let cumulative = 0;
    this.#bounds.forEach((bound, i) => {
      cumulative += this.#counts[i] ?? 0;
      lines.push(sampleLine(`${name}_bucket`, `${prefix}le="${goFloat(bound)}"`, cumulative));
    });
    lines.push(sampleLine(`${name}_bucket`, `${prefix}le="+Inf"`, this.count));
    lines.push(sampleLine(`${name}_sum`, this.labels, this.sum));
    lines.push(sampleLine(`${name}_count`, this.labels, this.count));
  }
}

export class Histogram implements Metric {
  readonly type = "histogram";
  readonly name: string;
  readonly help: string;
  readonly #series: SeriesTable<HistogramSeries>;

  constructor(
    name: string,
    help: string,
    labelNames: readonly string[],
    buckets: readonly number[],
  ) {
    this.name = name;
    this.help = help;
    this.#series = new SeriesTable(labelNames, (labels) => new HistogramSeries(labels, buckets));
  }

  with(...values: string[]): HistogramSeries {
    return this.#series.get(values);
  }

  expose(lines: string[]): void {
    for (const series of this.#series.values()) {
      series.expose(this.name, lines);
    }
  }
}

/** As Go prints it: rules and dashboards compare `le` as text, with `1e+06` and `1e-05`. */
function goFloat(value: number): string {
  const [digits = "", exponent = "0"] = value.toExponential().split("e");
  const power = Number(exponent);
  if (value === 0 || (power >= -4 && power < 6)) return String(value);
  const sign = power < 0 ? "-" : "+";
  return `${digits}e${sign}${String(Math.abs(power)).padStart(2, "0")}`;
}
