import type { JobStatus } from "../../api/gen/types/batchV1.js";
import type { Pod } from "../../api/gen/types/coreV1.js";
import { formatTime, parseTime } from "../../api/time.js";
import { IndexSet } from "./indexSet.js";
import { addEnds, type FailureRecord } from "./jobBackoff.js";
import type { JobDecision } from "./jobDecision.js";
import { countsAsFailure } from "./jobPolicies.js";
import {
  hasFailed,
  isIndexed,
  newJobCondition,
  validIndexOf,
  withJobCondition,
} from "./jobState.js";
import { isHeld, type JobView } from "./jobTally.js";

/** Ends that wait in the status at most, which keeps it below 20 KB. */
const maxUncounted = 500;

/** The pods after a step. */
export interface StepResult {
  readonly active: number;
  readonly ready: number;
  readonly terminating: number;
  /** Everything that the step meant to do was done. */
  readonly isWhole: boolean;
}

export interface Settlement {
  /** To be written before any pod is freed. */
  readonly status: JobStatus;
  /** The pods whose end is in that status: their finalizers go next. */
  readonly free: readonly Pod[];
  /** With the ends that are in that status. */
  readonly failures: FailureRecord;
  /** The Job may end as soon as they are free. */
  readonly mayClose: boolean;
}

/**
 * Takes ended pods into the status, each once whatever fails between (KEP-2307): their uids are
 * written first, then their finalizers go, and the counts rise when a finalizer is gone. Indexes
 * that succeeded need no uid: an index is in the set or is not.
 */
export function settleJob(view: JobView, decision: JobDecision, done: StepResult): Settlement {
  const status: JobStatus = structuredClone(decision.status);
  status.active = done.active;
  status.ready = done.ready;
  status.terminating = done.terminating;
  countFreed(status, heldUids(view));
  const { isCut, free, indexes } = takeEnds(view, decision, status, done);
  const { indexes: tally } = decision.tally;
  if (tally !== undefined) {
    // Of the indexes that succeeded only those whose pods were reached: the others come next.
    const succeeded = tally.before.union(IndexSet.of(indexes));
    status.completedIndexes = succeeded.toString();
    status.succeeded = succeeded.size;
    if (tally.failed === undefined) delete status.failedIndexes;
    else status.failedIndexes = tally.failed.toString();
  }
  const { recorded, newlySucceeded, newlyFailed } = decision.tally;
  const taken = new Set(free);
  return {
    status: tidyStatus(status),
    free,
    failures: addEnds(
      recorded,
      newlySucceeded.filter((pod) => taken.has(pod)),
      newlyFailed.filter((pod) => taken.has(pod)),
      view.now,
    ),
    mayClose: isEnded(view, decision, done) && !isCut,
  };
}

export function heldUids(view: JobView): Set<string> {
  return new Set(view.pods.filter((pod) => isHeld(view, pod)).map((pod) => pod.metadata.uid ?? ""));
}

function isEnded(view: JobView, { verdict }: JobDecision, done: StepResult): boolean {
  const isEnding = verdict.kind === "failing" || verdict.kind === "succeeding";
  return isEnding && done.isWhole && view.isCurrent;
}

interface TakenEnds {
  readonly free: readonly Pod[];
  readonly indexes: readonly number[];
  readonly isCut: boolean;
}

function takeEnds(
  view: JobView,
  decision: JobDecision,
  status: JobStatus,
  done: StepResult,
): TakenEnds {
  const { job } = view;
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {};
  const lists = { succeeded: [...succeeded], failed: [...failed] };
  const waiting = { succeeded: new Set(succeeded), failed: new Set(failed) };
  status.uncountedTerminatedPods = lists;
  const free: Pod[] = [];
  const indexes: number[] = [];
  const isWaitingCut = () => {
    return indexes.length + lists.succeeded.length + lists.failed.length >= maxUncounted;
  };
  const sorted = isIndexed(job)
    ? [...view.pods].sort((a, b) => (validIndexOf(a, job) ?? -1) - (validIndexOf(b, job) ?? -1))
    : view.pods;
  for (const pod of sorted) {
    if (!isHeld(view, pod)) continue;
    const isFailure = isFailureNow(view, decision, done, pod);
    if (!mayFree(view, decision, done, pod, isFailure)) continue;
    free.push(pod);
    const uid = pod.metadata.uid ?? "";
    const index = validIndexOf(pod, job);
    if (waiting.failed.has(uid) || waiting.succeeded.has(uid)) continue;
    if (isIndexed(job) && index === undefined) continue;
    if (pod.status?.phase === "Succeeded") {
      if (index === undefined || !isIndexed(job)) lists.succeeded.push(uid);
      else if (isNewIndex(decision, index)) indexes.push(index);
    } else if (isFailure && countsAsFailure(job, pod)) lists.failed.push(uid);
    if (isWaitingCut()) return { free, indexes, isCut: true };
  }
  return { free, indexes, isCut: false };
}

function isNewIndex({ tally: { indexes } }: JobDecision, index: number): boolean {
  return indexes?.succeeded.has(index) === true && !indexes.before.has(index);
}

/**
 * A Job that has failed counts everything that it stopped; one that has succeeded nothing but
 * what failed by itself.
 */
function isFailureNow(view: JobView, decision: JobDecision, done: StepResult, pod: Pod): boolean {
  if (decision.verdict.kind === "succeeding") {
    return pod.status?.phase === "Failed" && pod.metadata.deletionTimestamp === undefined;
  }
  const isFailing = decision.verdict.kind === "failing" && isEnded(view, decision, done);
  return isFailing ? pod.status?.phase !== "Succeeded" : hasFailed(pod, view.job);
}

function mayFree(
  view: JobView,
  decision: JobDecision,
  done: StepResult,
  pod: Pod,
  isFailure: boolean,
): boolean {
  if (view.job.metadata.deletionTimestamp !== undefined) return true;
  if (isEnded(view, decision, done) || pod.status?.phase === "Succeeded") return true;
  if (!isFailure) return false;
  const index = validIndexOf(pod, view.job);
  const awaited = index === undefined ? undefined : decision.tally.indexes?.awaited.get(index);
  return awaited === undefined || awaited.metadata.uid !== pod.metadata.uid;
}

/** Moves the ends of pods that are free, or gone, from the uncounted into the counts. */
function countFreed(status: JobStatus, held: ReadonlySet<string>): void {
  const uncounted = status.uncountedTerminatedPods ?? {};
  const left = (uids: readonly string[] = []): string[] => uids.filter((uid) => held.has(uid));
  const next = { succeeded: left(uncounted.succeeded), failed: left(uncounted.failed) };
  const freed = (outcome: "succeeded" | "failed"): number =>
    (uncounted[outcome]?.length ?? 0) - next[outcome].length;
  status.succeeded = (status.succeeded ?? 0) + freed("succeeded");
  status.failed = (status.failed ?? 0) + freed("failed");
  status.uncountedTerminatedPods = next;
}

/**
 * The status after pods were freed; with its last condition once nothing waits to be counted and
 * no pod is still going.
 */
export function closeJob(
  view: JobView,
  { verdict }: JobDecision,
  settlement: Settlement,
  held: ReadonlySet<string>,
): JobStatus {
  const status: JobStatus = structuredClone(settlement.status);
  countFreed(status, held);
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {};
  const isCounted = succeeded.length + failed.length === 0;
  const isOver = settlement.mayClose && isCounted && (status.terminating ?? 0) === 0;
  if (isOver && (verdict.kind === "failing" || verdict.kind === "succeeding")) {
    // The API takes no end before the start, and clocks may differ.
    const end = Math.max(view.now, parseTime(status.startTime) ?? view.now);
    const { reason = "", message = "" } = verdict.condition;
    const type = verdict.kind === "failing" ? "Failed" : "Complete";
    const last = newJobCondition(type, reason, message, end);
    status.conditions = withJobCondition(status.conditions ?? [], last);
    if (type === "Complete") status.completionTime = formatTime(end);
  }
  return tidyStatus(status);
}

/** As the API keeps it: counts of zero and empty lists are absent, `ready: 0` is not. */
export function tidyStatus(status: JobStatus): JobStatus {
  const tidy: JobStatus = { ...status };
  for (const field of ["active", "succeeded", "failed"] as const) {
    if (tidy[field] === 0) delete tidy[field];
  }
  if (tidy.completedIndexes === "") delete tidy.completedIndexes;
  if (tidy.conditions?.length === 0) delete tidy.conditions;
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {};
  tidy.uncountedTerminatedPods = {};
  if (succeeded.length > 0) tidy.uncountedTerminatedPods.succeeded = succeeded;
  if (failed.length > 0) tidy.uncountedTerminatedPods.failed = failed;
  return tidy;
}
