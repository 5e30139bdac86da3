/** One row of docs/features.md. */
export interface FeatureRow {
  readonly feature: string;
  readonly state: "works" | "partly" | "not yet";
  /** How it compares with upstream Kubernetes; may hold Markdown. */
  readonly beside?: string;
  /** Files and folders of tests, from the root of the repository. None only where `not yet`. */
  readonly tests?: readonly string[];
}

export interface FeatureArea {
  readonly area: string;
  readonly rows: readonly FeatureRow[];
}
