import type { Node } from "../../api/gen/types/coreV1.js";
import type { ObjectTree } from "../admission/admissionPlugin.js";

/** What tokens and admission need of a node. */
export interface CachedNode {
  readonly name: string;
  readonly uid: string;
  /** Its zone and region labels, where it has them. */
  readonly topology: Readonly<Record<string, string>>;
}

const topologyLabels = ["topology.kubernetes.io/zone", "topology.kubernetes.io/region"];

/** Those that `cachedNode` reads. */
export const nodeFields = ["metadata.name", "metadata.uid", "metadata.labels"];

export function cachedNode(object: ObjectTree): CachedNode {
  const { metadata } = object as unknown as Node;
  const labels = metadata.labels ?? {};
  const topology: Record<string, string> = {};
  for (const key of topologyLabels) if (labels[key] !== undefined) topology[key] = labels[key];
  return { name: metadata.name ?? "", uid: metadata.uid ?? "", topology };
}
