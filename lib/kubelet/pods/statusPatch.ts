import { semanticEqual } from "../../api/equality.js";
import type { Pod } from "../../api/gen/types/coreV1.js";
import { type KubeletCondition, type KubeletStatus, kubeletStatusFields } from "./kubeletStatus.js";
import { countedStatus, kubeletPart, mergePodStatus, sinceOver } from "./mergePodStatus.js";

/** What a condition says; since when it says so counts only where that has changed. */
function said({ type, status, reason, message, observedGeneration }: KubeletCondition): object {
  return {
    type,
    status,
    reason: reason ?? "",
    message: message ?? "",
    observedGeneration: observedGeneration ?? 0,
  };
}

/**
 * Whether two kubelets' parts say the same: neither the order of keys and of conditions nor empty
 * against absent counts.
 */
export function isSameKubeletPart(one: KubeletStatus, other: KubeletStatus): boolean {
  if (!kubeletStatusFields.every((field) => semanticEqual(one[field], other[field]))) return false;
  if (one.conditions.length !== other.conditions.length) return false;
  return one.conditions.every((condition) => {
    const same = other.conditions.find((candidate) => candidate.type === condition.type);
    return same !== undefined && semanticEqual(said(condition), said(same));
  });
}

/** Whether the API's pod says what the kubelet says of it. */
export function isReported(pod: Pod, own: KubeletStatus): boolean {
  return isSameKubeletPart(
    kubeletPart(mergePodStatus(countedStatus(pod), own)),
    kubeletPart(pod.status),
  );
}

/**
 * The strategic merge patch that makes the API's pod say what the kubelet says: what differs of
 * its own part, and for exactly this pod at this version, so that nothing is decided upon that
 * others wrote since. `now` is RFC 3339.
 */
export function statusPatch(pod: Pod, own: KubeletStatus, now: string): object {
  const held = kubeletPart(pod.status);
  const wanted = kubeletPart(mergePodStatus(countedStatus(pod), own));
  const status: Record<string, unknown> = {};
  for (const field of kubeletStatusFields) {
    const value = wanted[field];
    if (semanticEqual(value, held[field])) continue;
    const isList = field === "podIPs" || field === "hostIPs";
    status[field] = isList
      ? [...((value as object[] | undefined) ?? []), { $patch: "replace" }]
      : (value ?? null);
  }
  // Merged by type: a reason that no longer holds must be taken away in so many words.
  const conditions: object[] = wanted.conditions.flatMap((condition) => {
    const there = held.conditions.find(({ type }) => type === condition.type);
    if (there !== undefined && semanticEqual(said(condition), said(there))) return [];
    const lastTransitionTime = sinceOver(condition, there, now);
    return [{ reason: null, message: null, ...condition, lastTransitionTime }];
  });
  for (const { type } of held.conditions) {
    if (!wanted.conditions.some((condition) => condition.type === type)) {
      conditions.push({ type, $patch: "delete" });
    }
  }
  const { uid, resourceVersion } = pod.metadata;
  if (conditions.length > 0) status.conditions = conditions;
  return { metadata: { uid, resourceVersion }, status };
}
