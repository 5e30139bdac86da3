import type { Job, JobCondition, JobStatus } from "../../api/gen/types/batchV1.js";
import type { Pod } from "../../api/gen/types/coreV1.js";
import { formatTime } from "../../api/time.js";

export const trackingFinalizer = "batch.kubernetes.io/job-tracking";
export const completionIndexAnnotation = "batch.kubernetes.io/job-completion-index";
export const failureCountAnnotation = "batch.kubernetes.io/job-index-failure-count";
export const ignoredFailureCountAnnotation = "batch.kubernetes.io/job-index-ignored-failure-count";

const ownName = "kubernetes.io/job-controller";
const largestInteger = 2_147_483_647;

/** The condition of this type, where its status is True. */
export function jobCondition(job: Job | JobStatus, type: string): JobCondition | undefined {
  const status = "spec" in job ? job.status : (job as JobStatus);
  return status?.conditions?.find((c) => c.type === type && c.status === "True");
}

export function isJobFinished(job: Job): boolean {
  return jobCondition(job, "Complete") !== undefined || jobCondition(job, "Failed") !== undefined;
}

/** The Job is another controller's work: nothing of it or of its pods is touched. */
export function isManagedElsewhere(job: Job): boolean {
  return (job.spec.managedBy ?? ownName) !== ownName;
}

export function isSuspended(job: Job): boolean {
  return job.spec.suspend === true;
}

export function isIndexed(job: Job): boolean {
  return job.spec.completionMode === "Indexed";
}

export function isTracked(pod: Pod): boolean {
  return (pod.metadata.finalizers ?? []).includes(trackingFinalizer);
}

/** A pod that is being deleted holds its place until it has ended. */
export function replacesOnlyFailed(job: Job): boolean {
  return job.spec.podReplacementPolicy === "Failed" || job.spec.podFailurePolicy !== undefined;
}

/**
 * A pod that is deleted before it ends has failed, since one whose node is lost never says so,
 * unless only pods that did end are replaced.
 */
export function hasFailed(pod: Pod, job: Job): boolean {
  if (pod.status?.phase === "Failed") return true;
  if (replacesOnlyFailed(job)) return false;
  return pod.metadata.deletionTimestamp !== undefined && pod.status?.phase !== "Succeeded";
}

export function completionIndexOf(pod: Pod): number | undefined {
  const text = pod.metadata.annotations?.[completionIndexAnnotation];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** The pod's index where the Job has that index at all. */
export function validIndexOf(pod: Pod, job: Job): number | undefined {
  const index = completionIndexOf(pod);
  return index !== undefined && index < (job.spec.completions ?? 0) ? index : undefined;
}

/** What a counting annotation says; zero for what is no 32-bit count, as people can write it. */
export function countAnnotation(pod: Pod, name: string): number {
  const text = pod.metadata.annotations?.[name] ?? "";
  const count = /^\d+$/.test(text) ? Number(text) : 0;
  return count > largestInteger ? 0 : count;
}

export function newJobCondition(
  type: string,
  reason: string,
  message: string,
  nowMilliseconds: number,
): JobCondition {
  const now = formatTime(nowMilliseconds);
  return { type, status: "True", lastProbeTime: now, lastTransitionTime: now, reason, message };
}

/**
 * The conditions with this one in its place. A condition that is False is never added, only
 * changed to: without it nothing was ever true.
 */
export function withJobCondition(
  conditions: readonly JobCondition[],
  condition: JobCondition,
): JobCondition[] {
  const at = conditions.findIndex(({ type }) => type === condition.type);
  const old = conditions[at];
  if (old === undefined) {
    return condition.status === "False" ? [...conditions] : [...conditions, condition];
  }
  const isSame =
    old.status === condition.status &&
    old.reason === condition.reason &&
    old.message === condition.message;
  return isSame ? [...conditions] : conditions.map((c, index) => (index === at ? condition : c));
}
