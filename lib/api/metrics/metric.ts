export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  /** Appends the sample lines. */
  expose(lines: string[]): void;
}
