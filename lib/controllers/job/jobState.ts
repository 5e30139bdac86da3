import type { Job, JobCondition, JobStatus } from "../../api/gen/types/batchV1.js";
import type { Pod } from "../../api/gen/types/coreV1.js";
import { formatTime } from "../../api/time.js";
import { parseTimestamp } from "../../client/timestamps.js";
import { isPodFinished } from "../pod/podState.js";

export const trackingFinalizer = "batch.kubernetes.io/job-tracking";

const backoffBaseMilliseconds = 10_000;
const maxBackoffMilliseconds = 600_000;

export function jobCondition(job: Job | JobStatus, type: string): JobCondition | undefined {
  const status = "spec" in job ? job.status : (job as JobStatus);
  return status?.conditions?.find((c) => c.type === type && c.status === "True");
}

export function isJobFinished(job: Job): boolean {
  return jobCondition(job, "Complete") !== undefined || jobCondition(job, "Failed") !== undefined;
}

export function isTracked(pod: Pod): boolean {
  return (pod.metadata.finalizers ?? []).includes(trackingFinalizer);
}

export function isIndexed(job: Job): boolean {
  return job.spec.completionMode === "Indexed";
}

/** A pod that is deleted before it ends has failed, unless only failed ones are to be replaced. */
export function hasFailed(pod: Pod, job: Job): boolean {
  if (pod.status?.phase === "Failed") return true;
  const onlyFailed =
    job.spec.podReplacementPolicy === "Failed" || job.spec.podFailurePolicy !== undefined;
  if (onlyFailed) return false;
  return pod.metadata.deletionTimestamp !== undefined && pod.status?.phase !== "Succeeded";
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
 * How long after the last failures new pods must wait: 10 s doubled with each, up to 10 minutes.
 */
export function backoffMilliseconds(
  failedPods: readonly Pod[],
  succeededSince: number,
  nowMilliseconds: number,
): number {
  const times = failedPods.map(finishTime).filter((time) => time > succeededSince);
  if (times.length === 0) return 0;
  const delay = Math.min(
    backoffBaseMilliseconds * 2 ** Math.min(times.length - 1, 20),
    maxBackoffMilliseconds,
  );
  return Math.max(0, Math.max(...times) + delay - nowMilliseconds);
}

/** When the last container ended, or the best that can be told of it. */
export function finishTime(pod: Pod): number {
  const ends = (pod.status?.containerStatuses ?? [])
    .map((status) => parseTimestamp(status.state?.terminated?.finishedAt))
    .filter((time) => time !== undefined);
  if (ends.length > 0) return Math.max(...ends);
  const ready = pod.status?.conditions?.find((condition) => condition.type === "Ready");
  return (
    parseTimestamp(ready?.lastTransitionTime) ??
    parseTimestamp(pod.metadata.deletionTimestamp) ??
    parseTimestamp(pod.metadata.creationTimestamp) ??
    0
  );
}

/** Restarts of containers within pods that count against the limit (restartPolicy OnFailure). */
export function restartCount(pods: readonly Pod[]): number {
  let restarts = 0;
  for (const pod of pods) {
    if (pod.spec.restartPolicy !== "OnFailure" || isPodFinished(pod)) continue;
    const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
    for (const status of [...containerStatuses, ...initContainerStatuses]) {
      restarts += status.restartCount ?? 0;
    }
  }
  return restarts;
}
