export type MetricType = "counter" | "gauge";

function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

/** Prometheus' text format for numbers that others count: families in the order they are named. */
export class ExpositionText {
  readonly #families = new Map<string, string[]>();

  family(name: string, type: MetricType, help: string): void {
    this.#families.set(name, [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`]);
  }

  /** Without a value nothing is written. The time is milliseconds since the epoch. */
  sample(
    name: string,
    labels: Readonly<Record<string, string>>,
    value: number | undefined,
    at?: number,
  ): void {
    if (value === undefined) return;
    const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escapeLabel(text)}"`);
    const head = pairs.length === 0 ? name : `${name}{${pairs.join(",")}}`;
    this.#families.get(name)?.push(`${head} ${value}${at === undefined ? "" : ` ${at}`}`);
  }

  /** Families without samples are left out. */
  toString(): string {
    const lines = [...this.#families.values()].filter((family) => family.length > 2).flat();
    return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
  }
}
