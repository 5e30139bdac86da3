import type { Job } from "../../api/gen/types/batchV1.js";
import type { Pod } from "../../api/gen/types/coreV1.js";
import { isPodActive, isPodFinished, isPodReady } from "../pod/podState.js";
import { IndexSet } from "./indexSet.js";
import { addEnds, type FailureRecord, failuresOf, finishTime } from "./jobBackoff.js";
import { countsAsFailure, failsItsIndex } from "./jobPolicies.js";
import { completionIndexOf, hasFailed, isIndexed, isTracked, validIndexOf } from "./jobState.js";

/** All that a decision about a Job is made of. */
export interface JobView {
  readonly job: Job;
  /** The pods that the Job controls. */
  readonly pods: readonly Pod[];
  /** Uids of pods that lost their finalizer, though `pods` may still show it. */
  readonly freed: ReadonlySet<string>;
  /** Every pod that was created or deleted before is in `pods`, or is not. */
  readonly isCurrent: boolean;
  /** What was recorded of failures before; absent in a new process. */
  readonly failures: FailureRecord | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** What the pods of a Job come to, those included whose end no status has counted yet. */
export interface JobTally {
  readonly active: readonly Pod[];
  readonly ready: number;
  readonly terminating: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Ends that no status has yet. */
  readonly newlySucceeded: readonly Pod[];
  readonly newlyFailed: readonly Pod[];
  /** What was recorded before those ends. */
  readonly recorded: FailureRecord;
  /** For Indexed Jobs. */
  readonly indexes: IndexTally | undefined;
}

export interface IndexTally {
  /** As the status has them. */
  readonly before: IndexSet;
  readonly succeeded: IndexSet;
  /** With backoffLimitPerIndex only. */
  readonly failed: IndexSet | undefined;
  /**
   * The last failed pod of each index that is to run again: it stays, and carries the index's
   * count of failures, until its successor is there.
   */
  readonly awaited: ReadonlyMap<number, Pod>;
}

/** The pod still has the finalizer, so its end was never counted to the last. */
export function isHeld(view: JobView, pod: Pod): boolean {
  return isTracked(pod) && !view.freed.has(pod.metadata.uid ?? "");
}

export function isTerminating(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined && !isPodFinished(pod);
}

export function tallyJob(view: JobView): JobTally {
  const { job, pods } = view;
  const status = job.status ?? {};
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {};
  const uncounted = new Set([...succeeded, ...failed]);
  const active = pods.filter(isPodActive);
  const ended = pods.filter((pod) => {
    if (!isHeld(view, pod) || uncounted.has(pod.metadata.uid ?? "")) return false;
    return !isIndexed(job) || validIndexOf(pod, job) !== undefined;
  });
  const newlySucceeded = ended.filter((pod) => pod.status?.phase === "Succeeded");
  const newlyFailed = ended.filter((pod) => hasFailed(pod, job));
  const counted = newlyFailed.filter((pod) => countsAsFailure(job, pod));
  const indexes = isIndexed(job) ? tallyIndexes(view, active) : undefined;
  return {
    active,
    ready: active.filter(isPodReady).length,
    terminating: pods.filter(isTerminating).length,
    succeeded:
      indexes?.succeeded.size ?? (status.succeeded ?? 0) + succeeded.length + newlySucceeded.length,
    failed: (status.failed ?? 0) + failed.length + counted.length,
    newlySucceeded,
    newlyFailed,
    recorded: view.failures ?? recordOf(view),
    indexes,
  };
}

/**
 * For a process that has just begun: by the pods that ended before and are still there. Pods that
 * were deleted are left out: suspension or a smaller parallelism may have removed them.
 */
function recordOf(view: JobView): FailureRecord {
  const counted = view.pods.filter((pod) => {
    return !isHeld(view, pod) && pod.metadata.deletionTimestamp === undefined;
  });
  const succeeded = counted.filter((pod) => pod.status?.phase === "Succeeded");
  const failed = counted.filter((pod) => pod.status?.phase === "Failed");
  return addEnds({ failures: 0 }, succeeded, failed, view.now);
}

function tallyIndexes(view: JobView, active: readonly Pod[]): IndexTally {
  const { job } = view;
  const completions = job.spec.completions ?? 0;
  const before = IndexSet.parse(job.status?.completedIndexes, completions);
  const failedBefore = IndexSet.parse(job.status?.failedIndexes, completions);
  const held = view.pods.filter((pod) => isHeld(view, pod));
  // An index ends once: what the status says of it stays, and of two pods the good end counts.
  const good = indexesOf(
    held.filter((pod) => pod.status?.phase === "Succeeded"),
    job,
  );
  const succeeded = before.union(IndexSet.of(good.filter((index) => !failedBefore.has(index))));
  if (job.spec.backoffLimitPerIndex === undefined) {
    return { before, succeeded, failed: undefined, awaited: new Map() };
  }
  const bad = indexesOf(
    held.filter((pod) => failsItsIndex(job, pod)),
    job,
  );
  const failed = failedBefore.union(IndexSet.of(bad.filter((index) => !succeeded.has(index))));
  const running = new Set(active.map(completionIndexOf));
  const awaited = new Map<number, Pod>();
  for (const pod of held) {
    const index = validIndexOf(pod, job);
    if (index === undefined || !hasFailed(pod, job)) continue;
    if (succeeded.has(index) || failed.has(index) || running.has(index)) continue;
    const last = awaited.get(index);
    if (last === undefined || isLater(pod, last, view.now)) awaited.set(index, pod);
  }
  return { before, succeeded, failed, awaited };
}

function indexesOf(pods: readonly Pod[], job: Job): number[] {
  return pods.map((pod) => validIndexOf(pod, job)).filter((index) => index !== undefined);
}

function isLater(pod: Pod, last: Pod, now: number): boolean {
  const isAfter = (finishTime(pod, now) ?? now) >= (finishTime(last, now) ?? now);
  return failuresOf(pod) >= failuresOf(last) && isAfter;
}
