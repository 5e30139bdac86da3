import type { Pod, PodCondition } from "../../api/gen/types/coreV1.js";
import { parseTimestamp } from "../../client/timestamps.js";

export function podCondition(pod: Pod, type: string): PodCondition | undefined {
  return pod.status?.conditions?.find((condition) => condition.type === type);
}

export function isPodReady(pod: Pod): boolean {
  return podCondition(pod, "Ready")?.status === "True";
}

/** Ready for at least so long. */
export function isPodAvailable(
  pod: Pod,
  minReadySeconds: number,
  nowMilliseconds: number,
): boolean {
  const ready = podCondition(pod, "Ready");
  if (ready?.status !== "True") return false;
  if (minReadySeconds === 0) return true;
  const since = parseTimestamp(ready.lastTransitionTime);
  return since !== undefined && since + minReadySeconds * 1000 <= nowMilliseconds;
}

export function isPodFinished(pod: Pod): boolean {
  return pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
}

/** Neither finished nor being deleted. */
export function isPodActive(pod: Pod): boolean {
  return !isPodFinished(pod) && pod.metadata.deletionTimestamp === undefined;
}

/** Milliseconds since the epoch at which the pod became ready; 0 where it is not. */
function readySince(pod: Pod): number {
  const ready = podCondition(pod, "Ready");
  return ready?.status === "True" ? (parseTimestamp(ready.lastTransitionTime) ?? 0) : 0;
}

function restarts(pod: Pod): number {
  const counts = (pod.status?.containerStatuses ?? []).map((status) => status.restartCount ?? 0);
  return Math.max(0, ...counts);
}

const phaseOrder: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

const deletionCostAnnotation = "controller.kubernetes.io/pod-deletion-cost";

function deletionCost(pod: Pod): number {
  const cost = Number(pod.metadata.annotations?.[deletionCostAnnotation] ?? 0);
  return Number.isInteger(cost) ? cost : 0;
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
  const readiness =
    ageRank(readySince(b), nowMilliseconds) - ageRank(readySince(a), nowMilliseconds);
  if (isPodReady(a) && readiness !== 0) return -readiness;
  const restarted = restarts(b) - restarts(a);
  if (restarted !== 0) return restarted;
  const created = (pod: Pod) => parseTimestamp(pod.metadata.creationTimestamp) ?? 0;
  const age = ageRank(created(b), nowMilliseconds) - ageRank(created(a), nowMilliseconds);
  if (age !== 0) return -age;
  return (a.metadata.uid ?? "") < (b.metadata.uid ?? "") ? -1 : 1;
}

/**
 * Ages in powers of two: upstream compares them so, that downscaling does not always hit one
 * domain.
 */
function ageRank(timeMilliseconds: number, nowMilliseconds: number): number {
  if (timeMilliseconds === 0) return Number.MAX_SAFE_INTEGER;
  const seconds = Math.max(0, (nowMilliseconds - timeMilliseconds) / 1000);
  return seconds < 1 ? 0 : Math.floor(Math.log2(seconds)) + 1;
}
