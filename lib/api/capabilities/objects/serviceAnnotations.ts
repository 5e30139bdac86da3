/** An annotation of Services that nothing acts on yet. */
export interface ServiceAnnotationRow {
  readonly key: string;
  /** The values that ask for something. */
  readonly values: readonly string[];
  readonly why: string;
}

const topologyMode = "service.kubernetes.io/topology-mode";
const topologyHints = "service.kubernetes.io/topology-aware-hints";
const why = "endpoints get no zones by it; spec.trafficDistribution gives them";

export const serviceAnnotationRows: readonly ServiceAnnotationRow[] = [
  { key: topologyMode, values: ["Auto", "auto"], why },
  { key: topologyHints, values: ["Auto", "auto"], why },
];

/** What upstream says of the older name, whatever its value. */
export const deprecatedServiceAnnotations: Readonly<Record<string, string>> = {
  [topologyHints]: `annotation ${topologyHints} is deprecated, please use ${topologyMode} instead`,
};
