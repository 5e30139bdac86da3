/** More label sets than this are counted in one series whose labels are all "overflow". */
const maxSeries = 10_000;

/** Label values to series. Values are escaped once, when a series is made. */
export class SeriesTable<T> {
  readonly #labelNames: readonly string[];
  readonly #make: (labels: string) => T;
  readonly #series = new Map<string, T>();

  constructor(labelNames: readonly string[], make: (labels: string) => T) {
    this.#labelNames = labelNames;
    this.#make = make;
    if (labelNames.length === 0) {
      this.#series.set("", make(""));
    }
  }

  get(values: readonly string[]): T {
    const key = keyOf(values);
    return this.#series.get(key) ?? this.#add(key, values);
  }

  values(): Iterable<T> {
    return this.#series.values();
  }

  remove(values: readonly string[]): void {
    this.#series.delete(keyOf(values));
  }

  clear(): void {
    this.#series.clear();
  }

  #add(key: string, values: readonly string[]): T {
    if (values.length !== this.#labelNames.length) {
      throw new Error(`${values.length} label values for ${this.#labelNames.length} labels`);
    }
    if (this.#series.size >= maxSeries) {
      const overflow = this.#labelNames.map(() => "overflow");
      const overflowKey = overflow.join("\u0000");
      return this.#series.get(overflowKey) ?? this.#put(overflowKey, overflow);
    }
    return this.#put(key, values);
  }

  #put(key: string, values: readonly string[]): T {
    const pairs = this.#labelNames.map((name, i) => `${name}="${escapeLabel(values[i] ?? "")}"`);
    const series = this.#make(pairs.join(","));
    this.#series.set(key, series);
    return series;
  }
}

function keyOf(values: readonly string[]): string {
  return values.length === 1 ? (values[0] ?? "") : values.join("\u0000");
}

function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

/** One sample line; `labels` is the inside of the braces. */
export function sampleLine(name: string, labels: string, value: number): string {
  return labels === "" ? `${name} ${value}` : `${name}{${labels}} ${value}`;
}
