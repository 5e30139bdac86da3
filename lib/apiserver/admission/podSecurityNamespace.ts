import type { Pod } from "../../api/gen/types/coreV1.js";
import type { Storage } from "../../storage/storage.js";
import { parseItems } from "../parseItems.js";

/** Pods of one namespace that are looked at; the rest is not judged, and that is said. */
const mostPods = 3000;
const view = { messageType: "k8s.io.api.core.v1.Pod", format: "json", part: "object" } as const;

/** Pods of one owner are alike: one speaks for all. */
function ownerOf({ metadata }: Pod): string {
  const controller = metadata.ownerReferences?.find((reference) => reference.controller === true);
  return controller?.uid ?? metadata.uid ?? metadata.name ?? "";
}

/**
 * What is wrong with the pods that are in a namespace already, when its level is raised: a
 * headline, then one line for each set of reasons. Nothing is rejected; new pods will be.
 */
export async function existingPodWarnings(
  storage: Storage,
  namespace: string,
  level: string,
  reasonsOf: (pod: Pod) => string[],
): Promise<string[]> {
  const prefix = `/registry/pods/${namespace}/`;
  const list = await storage.list({ prefix, view, limit: mostPods }).catch(() => undefined);
  if (list === undefined) {
    return ["failed to list pods while checking new PodSecurity enforce level"];
  }
  const pods = parseItems<Pod>(list.chunks);
  const judged = new Map<string, string>();
  const groups = new Map<string, string[]>();
  for (const pod of pods) {
    const phase = pod.status?.phase;
    if (phase === "Succeeded" || phase === "Failed") continue;
    const owner = ownerOf(pod);
    const reasons = judged.get(owner) ?? reasonsOf(pod).join(", ");
    judged.set(owner, reasons);
    if (reasons !== "")
      groups.set(reasons, [...(groups.get(reasons) ?? []), pod.metadata.name ?? ""]);
  }
  const warnings = [...groups].map(([reasons, names]) => {
    const others = names.length - 1;
    const more = others === 0 ? "" : ` (and ${others} other pod${others === 1 ? "" : "s"})`;
    return `${names[0]}${more}: ${reasons}`;
  });
  if (list.nextKey !== undefined) {
    warnings.push(`new PodSecurity enforce level only checked against the first ${mostPods} pods`);
  }
  if (warnings.length === 0) return [];
  const headline = `existing pods in namespace ${JSON.stringify(namespace)} violate the new PodSecurity enforce level ${JSON.stringify(level)}`;
  return groups.size === 0 ? warnings : [headline, ...warnings.sort()];
}
