import { deadlineAfter } from "../../api/deadline.js";
import type { Pod, PodCondition } from "../../api/gen/types/coreV1.js";
import { parseTime } from "../../api/time.js";

export function podCondition(pod: Pod, type: string): PodCondition | undefined {
  return pod.status?.conditions?.find((condition) => condition.type === type);
}

export function isPodReady(pod: Pod): boolean {
  return podCondition(pod, "Ready")?.status === "True";
}

/** Whether a pod is ready for long enough, as minReadySeconds asks. */
export type PodAvailability =
  | { readonly state: "unready" }
  /** Ready, but nobody said since when: an update that says so is what to wait for. */
  | { readonly state: "unknown" }
  | { readonly state: "available" }
  /** Ready, and available in so long if nothing changes. */
  | { readonly state: "soon"; readonly waitMilliseconds: number };

export function podAvailability(
  pod: Pod,
  minReadySeconds: number,
  nowMilliseconds: number,
): PodAvailability {
  const ready = podCondition(pod, "Ready");
  if (ready?.status !== "True") return { state: "unready" };
  if (minReadySeconds <= 0) return { state: "available" };
  const { lastTransitionTime } = ready;
  const deadline = deadlineAfter(lastTransitionTime, minReadySeconds * 1000, nowMilliseconds);
  switch (deadline.state) {
    case "unset":
      return { state: "unknown" };
    case "passed":
      return { state: "available" };
    case "ahead":
      return { state: "soon", waitMilliseconds: deadline.waitMilliseconds };
  }
}

export function isPodFinished(pod: Pod): boolean {
  return pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
}

/** Neither finished nor being deleted. */
export function isPodActive(pod: Pod): boolean {
  return !isPodFinished(pod) && pod.metadata.deletionTimestamp === undefined;
}

/** When the pod became ready; undefined where it is not, or where nobody said when. */
function readySince(pod: Pod): number | undefined {
  const ready = podCondition(pod, "Ready");
  return ready?.status === "True" ? parseTime(ready.lastTransitionTime) : undefined;
}

function restarts(pod: Pod): number {
  const counts = (pod.status?.containerStatuses ?? []).map((status) => status.restartCount ?? 0);
  return Math.max(0, ...counts);
}

const phaseOrder: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

const deletionCostAnnotation = "controller.kubernetes.io/pod-deletion-cost";

/** An int32 as Go writes it; anything else costs nothing. */
function deletionCost(pod: Pod): number {
  const text = pod.metadata.annotations?.[deletionCostAnnotation] ?? "";
  const cost = /^(?:0|-?[1-9]\d*)$/.test(text) ? Number(text) : 0;
  return cost >= -(2 ** 31) && cost < 2 ** 31 ? cost : 0;
}

/**
 * Which of two pods a controller deletes first (negative: the first): unassigned, pending, not
 * ready, cheap, doubled on a node, young in readiness, often restarted, young.
 */
export function compareForDeletion(
  a: Pod,
  b: Pod,
  onSameNode: (pod: Pod) => number,
  nowMilliseconds: number,
): number {
  const assigned = Number((a.spec.nodeName ?? "") !== "") - Number((b.spec.nodeName ?? "") !== "");
  if (assigned !== 0) return assigned;
  const phase = (phaseOrder[a.status?.phase ?? ""] ?? 0) - (phaseOrder[b.status?.phase ?? ""] ?? 0);
  if (phase !== 0) return phase;
  const ready = Number(isPodReady(a)) - Number(isPodReady(b));
  if (ready !== 0) return ready;
  const cost = deletionCost(a) - deletionCost(b);
  if (cost !== 0) return cost;
  const doubled = onSameNode(b) - onSameNode(a);
  if (doubled !== 0) return doubled;
  const uids = (a.metadata.uid ?? "") < (b.metadata.uid ?? "") ? -1 : 1;
  const sinceA = readySince(a);
  const sinceB = readySince(b);
  if (isPodReady(a) && sinceA !== sinceB) {
    return ageRank(sinceA, nowMilliseconds) - ageRank(sinceB, nowMilliseconds) || uids;
  }
  const restarted = restarts(b) - restarts(a);
  if (restarted !== 0) return restarted;
  const createdA = parseTime(a.metadata.creationTimestamp);
  const createdB = parseTime(b.metadata.creationTimestamp);
  return ageRank(createdA, nowMilliseconds) - ageRank(createdB, nowMilliseconds) || uids;
}

/**
 * Ages in powers of two: upstream compares them so, that downscaling does not always hit one
 * domain. A pod whose time nobody wrote counts as younger than any, one of the future as younger
 * than those of the past.
 */
function ageRank(timeMilliseconds: number | undefined, nowMilliseconds: number): number {
  if (timeMilliseconds === undefined) return -2;
  const nanoseconds = (nowMilliseconds - timeMilliseconds) * 1e6;
  return nanoseconds > 0 ? Math.floor(Math.log2(nanoseconds)) : -1;
}
