import type { PodCondition, PodStatus } from "../../api/gen/types/coreV1.js";

/** The condition types that only a kubelet writes; every other one belongs to somebody else. */
export const kubeletConditionTypes = [
  "PodReadyToStartContainers",
  "Initialized",
  "Ready",
  "ContainersReady",
  "PodScheduled",
  "PodResizePending",
  "PodResizeInProgress",
  "AllContainersRestarting",
] as const;

export type KubeletConditionType = (typeof kubeletConditionTypes)[number];

export interface KubeletCondition extends PodCondition {
  readonly type: KubeletConditionType;
}

/** The other fields of a PodStatus that only a kubelet writes. */
export const kubeletStatusFields = [
  "observedGeneration",
  "phase",
  "reason",
  "message",
  "hostIP",
  "hostIPs",
  "podIP",
  "podIPs",
  "startTime",
  "initContainerStatuses",
  "containerStatuses",
  "ephemeralContainerStatuses",
  "qosClass",
] as const satisfies readonly (keyof PodStatus)[];

export type KubeletStatusField = (typeof kubeletStatusFields)[number];

/**
 * What a kubelet says of a pod: the part of its status that is the kubelet's own. It becomes a
 * PodStatus only together with what others wrote (mergePodStatus).
 */
export interface KubeletStatus extends Pick<PodStatus, KubeletStatusField> {
  readonly conditions: readonly KubeletCondition[];
}

const ownTypes: ReadonlySet<string> = new Set(kubeletConditionTypes);

export function isKubeletCondition(condition: PodCondition): condition is KubeletCondition {
  return ownTypes.has(condition.type);
}

export type FinalPhase = "Failed" | "Succeeded";

/** The phase that a pod never leaves again, if it has reached it. */
export function finalPhase(status: Pick<PodStatus, "phase"> | undefined): FinalPhase | undefined {
  if (status?.phase === "Failed") return "Failed";
  return status?.phase === "Succeeded" ? "Succeeded" : undefined;
}
