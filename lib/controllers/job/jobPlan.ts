import type { Job } from "../../api/gen/types/batchV1.js";
import type { Pod } from "../../api/gen/types/coreV1.js";
import { compareForDeletion } from "../pod/podState.js";
import { IndexSet } from "./indexSet.js";
import { addEnds, backoffLeft, indexBackoffLeft } from "./jobBackoff.js";
import { jobPod } from "./jobPod.js";
import { isIndexed, replacesOnlyFailed, validIndexOf } from "./jobState.js";
import { type IndexTally, isTerminating, type JobTally, type JobView } from "./jobTally.js";
import type { Verdict } from "./jobVerdict.js";

/** What is done to a Job's pods in one sync. */
export type PodStep =
  | { readonly kind: "keep" }
  /** The Job ends: they are deleted, and counted when they are gone. */
  | { readonly kind: "stop"; readonly pods: readonly Pod[] }
  /** They are not wanted any more: freed before they are deleted, so that they never count. */
  | { readonly kind: "drop"; readonly pods: readonly Pod[] }
  | { readonly kind: "create"; readonly pods: readonly Pod[] };

export interface PodPlan {
  readonly step: PodStep;
  /** How long pods that are wanted have to wait for their backoff. */
  readonly waitMilliseconds?: number | undefined;
}

/** Pods that are created or dropped in one sync, so that big Jobs do not hold up small ones. */
const maxPodsAtOnce = 500;

export function planPods(view: JobView, tally: JobTally, verdict: Verdict): PodPlan {
  const { active } = tally;
  switch (verdict.kind) {
    case "idle":
      return { step: { kind: "keep" } };
    case "failing":
    case "succeeding":
      return { step: active.length === 0 ? { kind: "keep" } : { kind: "stop", pods: active } };
    case "suspended":
      return dropped(active);
    case "running":
      return planRunning(view, tally);
  }
}

function dropped(pods: readonly Pod[]): PodPlan {
  if (pods.length === 0) return { step: { kind: "keep" } };
  return { step: { kind: "drop", pods: pods.slice(0, maxPodsAtOnce) } };
}

/** Either drops or creates: what else is to be done shows when the first is seen. */
function planRunning(view: JobView, tally: JobTally): PodPlan {
  const { job } = view;
  const { active } = tally;
  const wanted = wantedPods(job, tally);
  const surplus = findSurplus(view, active, Math.max(0, active.length - wanted));
  if (surplus.length > 0) return dropped(surplus);
  const held = replacesOnlyFailed(job) ? tally.terminating : 0;
  const missing = Math.min(wanted - active.length - held, maxPodsAtOnce);
  if (missing <= 0) return { step: { kind: "keep" } };
  if (tally.indexes !== undefined && job.spec.backoffLimitPerIndex !== undefined) {
    return planIndexes(view, tally, tally.indexes, missing);
  }
  const { recorded, newlySucceeded, newlyFailed } = tally;
  const failures = addEnds(recorded, newlySucceeded, newlyFailed, view.now);
  const waitMilliseconds = backoffLeft(failures, view.now);
  if (waitMilliseconds > 0) return { step: { kind: "keep" }, waitMilliseconds };
  if (tally.indexes === undefined)
    return created(Array.from({ length: missing }, () => jobPod(job)));
  const indexes = pendingIndexes(view, tally, tally.indexes, missing);
  return created(indexes.map((index) => jobPod(job, { index, replaced: undefined })));
}

function created(pods: readonly Pod[]): PodPlan {
  return { step: pods.length === 0 ? { kind: "keep" } : { kind: "create", pods } };
}

/** Never more than are still to succeed; with no number, no new ones after the first success. */
function wantedPods({ spec }: Job, tally: JobTally): number {
  const parallelism = spec.parallelism ?? 1;
  if (spec.completions === undefined) {
    return tally.succeeded > 0 ? tally.active.length : parallelism;
  }
  return Math.max(0, Math.min(parallelism, spec.completions - tally.succeeded));
}

/** Every index has a backoff of its own; those whose time has come go ahead. */
function planIndexes(view: JobView, tally: JobTally, indexes: IndexTally, count: number): PodPlan {
  const pods: Pod[] = [];
  let waitMilliseconds: number | undefined;
  for (const index of pendingIndexes(view, tally, indexes, count)) {
    const replaced = indexes.awaited.get(index);
    const left = indexBackoffLeft(replaced, view.now);
    if (left === 0) pods.push(jobPod(view.job, { index, replaced }));
    else waitMilliseconds = Math.min(waitMilliseconds ?? left, left);
  }
  return { ...created(pods), waitMilliseconds };
}

/** The lowest indexes that have not ended and that no pod works on. */
function pendingIndexes(
  view: JobView,
  tally: JobTally,
  indexes: IndexTally,
  count: number,
): number[] {
  const { job } = view;
  const holding = replacesOnlyFailed(job)
    ? [...tally.active, ...view.pods.filter(isTerminating)]
    : tally.active;
  const taken = holding.map((pod) => validIndexOf(pod, job)).filter((i) => i !== undefined);
  let settled = indexes.succeeded.union(IndexSet.of(taken));
  if (indexes.failed !== undefined) settled = settled.union(indexes.failed);
  return settled.missing(count, job.spec.completions ?? 0);
}

/**
 * At least so many active pods that are one too many, those first that have come least far. Of an
 * Indexed Job also all without a valid index, and all but one of each index.
 */
function findSurplus(view: JobView, active: readonly Pod[], atLeast: number): Pod[] {
  const byWorth = (pods: readonly Pod[]): Pod[] =>
    [...pods].sort((a, b) => compareForDeletion(a, b, () => 1, view.now));
  if (!isIndexed(view.job)) return atLeast === 0 ? [] : byWorth(active).slice(0, atLeast);
  const surplus: Pod[] = [];
  const byIndex = new Map<number, Pod[]>();
  for (const pod of active) {
    const index = validIndexOf(pod, view.job);
    if (index === undefined) surplus.push(pod);
    else byIndex.set(index, [...(byIndex.get(index) ?? []), pod]);
  }
  const single: Pod[] = [];
  for (const pods of byIndex.values()) {
    const sorted = pods.length === 1 ? pods : byWorth(pods);
    single.push(...sorted.slice(-1));
    surplus.push(...sorted.slice(0, -1));
  }
  const left = atLeast - surplus.length;
  return left > 0 ? [...surplus, ...byWorth(single).slice(0, left)] : surplus;
}
