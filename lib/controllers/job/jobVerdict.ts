import type { Job, JobCondition } from "../../api/gen/types/batchV1.js";
import { parseTime } from "../../api/time.js";
import { judgeFailure, metSuccessRule } from "./jobPolicies.js";
import { hasFailed, isSuspended, jobCondition, newJobCondition } from "./jobState.js";
import { isHeld, type JobTally, type JobView } from "./jobTally.js";

/** Where a Job stands. */
export type Verdict =
  /** It has failed or succeeded: its pods are stopped, counted and waited for. */
  | { readonly kind: "failing" | "succeeding"; readonly condition: JobCondition }
  | { readonly kind: "suspended" | "running" }
  /** Nothing is created or deleted: the Job is being deleted, or the caches lag behind. */
  | { readonly kind: "idle" };

export function judgeJob(view: JobView, tally: JobTally): Verdict {
  const { job } = view;
  const met = jobCondition(job, "SuccessCriteriaMet");
  if (met !== undefined) return { kind: "succeeding", condition: met };
  const target = jobCondition(job, "FailureTarget");
  if (target !== undefined) return { kind: "failing", condition: target };
  const failure = findFailure(view, tally);
  if (failure !== undefined) {
    const condition = newJobCondition("FailureTarget", failure.reason, failure.message, view.now);
    return { kind: "failing", condition };
  }
  const success = findSuccess(view, tally);
  if (success !== undefined) {
    const { reason, message } = success;
    const condition = newJobCondition("SuccessCriteriaMet", reason, message, view.now);
    return { kind: "succeeding", condition };
  }
  if (!view.isCurrent || job.metadata.deletionTimestamp !== undefined) return { kind: "idle" };
  return { kind: isSuspended(job) ? "suspended" : "running" };
}

interface Cause {
  readonly reason: string;
  readonly message: string;
}

function findFailure(view: JobView, tally: JobTally): Cause | undefined {
  const { spec } = view.job;
  const message = failingRule(view);
  if (message !== undefined) return { reason: "PodFailurePolicy", message };
  if (tally.failed > backoffLimit(view.job) || restartedTooOften(view)) {
    const message = "Job has reached the specified backoff limit";
    return { reason: "BackoffLimitExceeded", message };
  }
  const left = deadlineLeft(view);
  if (left !== undefined && left <= 0) {
    const message = "Job was active longer than specified deadline";
    return { reason: "DeadlineExceeded", message };
  }
  const failed = tally.indexes?.failed?.size ?? 0;
  if (failed > (spec.maxFailedIndexes ?? Number.POSITIVE_INFINITY)) {
    const message = "Job has exceeded the specified maximal number of failed indexes";
    return { reason: "MaxFailedIndexesExceeded", message };
  }
  if (failed > 0 && failed + tally.succeeded >= (spec.completions ?? 0)) {
    return { reason: "FailedIndexes", message: "Job has failed indexes" };
  }
  return undefined;
}

/** Of pods that are not counted yet: a rule that matched one of the others has ended the Job. */
function failingRule(view: JobView): string | undefined {
  const { job } = view;
  if (job.spec.podFailurePolicy === undefined) return undefined;
  for (const pod of view.pods) {
    if (!isHeld(view, pod) || !hasFailed(pod, job)) continue;
    const verdict = judgeFailure(job, pod);
    if (verdict.action === "FailJob") return verdict.message;
  }
  return undefined;
}

function backoffLimit({ spec }: Job): number {
  const unlimited = spec.backoffLimitPerIndex !== undefined;
  return spec.backoffLimit ?? (unlimited ? Number.POSITIVE_INFINITY : 6);
}

/** Restarts of containers within pods count where pods restart them (OnFailure). */
function restartedTooOften({ job, pods }: JobView): boolean {
  if (job.spec.template.spec?.restartPolicy !== "OnFailure") return false;
  let restarts = 0;
  for (const { status } of pods) {
    if (status?.phase !== "Running" && status?.phase !== "Pending") continue;
    const { containerStatuses = [], initContainerStatuses = [] } = status;
    for (const one of [...containerStatuses, ...initContainerStatuses]) {
      restarts += one.restartCount ?? 0;
    }
  }
  return restarts > 0 && restarts >= backoffLimit(job);
}

/**
 * Milliseconds until activeDeadlineSeconds; undefined without one and while suspended. A Job that
 * is resumed starts anew; a start that lies ahead counts as now.
 */
export function deadlineLeft({ job, now }: JobView): number | undefined {
  const seconds = job.spec.activeDeadlineSeconds;
  if (seconds === undefined || isSuspended(job)) return undefined;
  const isResumed = jobCondition(job, "Suspended") !== undefined;
  const started = isResumed ? undefined : parseTime(job.status?.startTime);
  return Number(seconds) * 1000 - Math.max(0, now - (started ?? now));
}

function findSuccess(view: JobView, tally: JobTally): Cause | undefined {
  if (tally.indexes !== undefined) {
    const message = metSuccessRule(view.job, tally.indexes.succeeded);
    if (message !== undefined) return { reason: "SuccessPolicy", message };
  }
  if (!view.isCurrent || tally.active.length > 0) return undefined;
  const { completions } = view.job.spec;
  // Without a number one success is enough, and the other pods finish what they do.
  if (tally.succeeded < (completions ?? 1)) return undefined;
  const message = "Reached expected number of succeeded pods";
  return { reason: "CompletionsReached", message };
}
