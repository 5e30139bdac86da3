import type { Pod, PodCondition, PodStatus } from "../../api/gen/types/coreV1.js";
import { parseTime } from "../../api/time.js";
import {
  type FinalPhase,
  finalPhase,
  isKubeletCondition,
  type KubeletCondition,
  type KubeletStatus,
  kubeletStatusFields,
} from "./kubeletStatus.js";
import { isMirrorPod } from "./podIdentity.js";

/** An ended pod is not ready, whoever ended it. */
function conditionsOf(own: KubeletStatus, ended: FinalPhase | undefined): KubeletCondition[] {
  if (ended === undefined) return [...own.conditions];
  const reason = ended === "Failed" ? "PodFailed" : "PodCompleted";
  return own.conditions.map((condition) => {
    const { type, status } = condition;
    if ((type !== "Ready" && type !== "ContainersReady") || status === "False") return condition;
    const { message: _message, ...rest } = condition;
    return { ...rest, status: "False", reason };
  });
}

/**
 * The pod's whole status: what the API holds, with the kubelet's own part from the kubelet. A final
 * phase that the API holds stays, with its reason and message (upstream's mergePodStatus).
 */
export function mergePodStatus(api: PodStatus | undefined, own: KubeletStatus): PodStatus {
  const merged: PodStatus = { ...api };
  for (const field of kubeletStatusFields) {
    if (own[field] === undefined) delete merged[field];
    else Object.assign(merged, { [field]: own[field] });
  }
  if (finalPhase(api) !== undefined) {
    for (const field of ["phase", "reason", "message"] as const) {
      if (api?.[field] === undefined) delete merged[field];
      else merged[field] = api[field];
    }
  }
  const others = (api?.conditions ?? []).filter((condition) => !isKubeletCondition(condition));
  merged.conditions = [...conditionsOf(own, finalPhase(merged)), ...others];
  return merged;
}

/**
 * What the API's status of a pod counts for its kubelet. Of a mirror the phase does not: whether a
 * static pod runs is its file's to say.
 */
export function countedStatus(pod: Pod): PodStatus | undefined {
  if (pod.status === undefined || !isMirrorPod(pod)) return pod.status;
  const { phase: _phase, reason: _reason, message: _message, ...status } = pod.status;
  return status;
}

/** The kubelet's part of a status as the API holds it. */
export function kubeletPart(status: PodStatus | undefined): KubeletStatus {
  const part: KubeletStatus = {
    conditions: (status?.conditions ?? []).filter(isKubeletCondition),
  };
  for (const field of kubeletStatusFields) {
    if (status?.[field] !== undefined) Object.assign(part, { [field]: status[field] });
  }
  return part;
}

/**
 * Since when a condition has the status that is told, over the one that the API holds: since now
 * where somebody said otherwise after it was first told (or nobody knows when that was).
 */
export function sinceOver(told: PodCondition, held: PodCondition | undefined, now: string): string {
  if (!told.lastTransitionTime) return now;
  if (held === undefined || held.status === told.status) return told.lastTransitionTime;
  const reportedAt = parseTime(told.lastTransitionTime);
  const heldAt = parseTime(held.lastTransitionTime ?? "");
  const isOverruled = reportedAt === undefined || (heldAt !== undefined && heldAt > reportedAt);
  return isOverruled ? now : told.lastTransitionTime;
}
