import type { Node } from "../api/gen/types/coreV1.js";

/**
 * What of a node decides placement, as the JSON text that the native engine reads
 * (crates/scheduling, input.rs). A heartbeat does not change it.
 */
export function nodeText(node: Node): string {
  const { metadata = {}, spec = {}, status = {} } = node;
  return JSON.stringify({
    name: metadata.name,
    labels: metadata.labels,
    unschedulable: spec.unschedulable,
    taints: spec.taints?.map(({ key, value, effect }) => ({ key, value, effect })),
    allocatable: status.allocatable,
    images: status.images?.map(({ names, sizeBytes }) => ({
      names: names ?? [],
      sizeBytes: Number(sizeBytes ?? 0),
    })),
  });
}
