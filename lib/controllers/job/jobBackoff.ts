import type { Pod } from "../../api/gen/types/coreV1.js";
import { parseTime } from "../../api/time.js";
import { podCondition } from "../pod/podState.js";
import {
  countAnnotation,
  failureCountAnnotation,
  ignoredFailureCountAnnotation,
} from "./jobState.js";

const baseMilliseconds = 10_000;
const longestMilliseconds = 600_000;

/** Failures of a Job's pods since its last success. */
export interface FailureRecord {
  readonly failures: number;
  /** The latest failure, in milliseconds since the epoch; absent without failures. */
  readonly lastMilliseconds?: number | undefined;
}

/**
 * When a pod ended, in milliseconds since the epoch and never later than now: the end of its last
 * container, or the moment it was ready no more, was deleted, was created. A time that is absent,
 * or further ahead of now than the longest backoff, is passed over; undefined without any.
 */
export function finishTime(pod: Pod, nowMilliseconds: number): number | undefined {
  for (const time of [lastEnd(pod), unreadySince(pod), deletedAt(pod), createdAt(pod)]) {
    if (time === undefined || time > nowMilliseconds + longestMilliseconds) continue;
    return Math.min(time, nowMilliseconds);
  }
  return undefined;
}

/** Undefined unless every container has ended and says when. */
function lastEnd(pod: Pod): number | undefined {
  let last: number | undefined;
  for (const { state } of pod.status?.containerStatuses ?? []) {
    const end = parseTime(state?.terminated?.finishedAt);
    if (end === undefined) return undefined;
    last = Math.max(last ?? end, end);
  }
  return last;
}

function unreadySince(pod: Pod): number | undefined {
  const ready = podCondition(pod, "Ready");
  return ready?.status === "False" ? parseTime(ready.lastTransitionTime) : undefined;
}

/** The deletion's request: the timestamp stands at the end of the grace period. */
function deletedAt(pod: Pod): number | undefined {
  const end = parseTime(pod.metadata.deletionTimestamp);
  return end === undefined ? undefined : end - gracePeriodMilliseconds(pod);
}

function gracePeriodMilliseconds(pod: Pod): number {
  const seconds = pod.metadata.deletionGracePeriodSeconds;
  return seconds === undefined ? 0 : Number(seconds) * 1000;
}

function createdAt(pod: Pod): number | undefined {
  return parseTime(pod.metadata.creationTimestamp);
}

/**
 * The record after these pods have ended, too: a success ends the count of what failed before. What
 * does not say when it ended has ended now, and so has what was recorded before the wall clock was
 * set back.
 */
export function addEnds(
  record: FailureRecord,
  succeeded: readonly Pod[],
  failed: readonly Pod[],
  nowMilliseconds: number,
): FailureRecord {
  const lastSuccess = latest(succeeded, nowMilliseconds);
  const { failures: recorded, lastMilliseconds } = record;
  const last =
    lastMilliseconds === undefined ? undefined : Math.min(lastMilliseconds, nowMilliseconds);
  const isEnded = lastSuccess !== undefined && lastSuccess >= (last ?? lastSuccess);
  const before: FailureRecord = isEnded
    ? { failures: 0 }
    : { failures: recorded, lastMilliseconds: last };
  const counted = failed.filter((pod) => {
    const end = finishTime(pod, nowMilliseconds) ?? nowMilliseconds;
    return lastSuccess === undefined || end > lastSuccess;
  });
  const lastFailure = latest(counted, nowMilliseconds) ?? before.lastMilliseconds;
  const failures = before.failures + counted.length;
  return lastFailure === undefined ? { failures } : { failures, lastMilliseconds: lastFailure };
}

function latest(pods: readonly Pod[], nowMilliseconds: number): number | undefined {
  let last: number | undefined;
  for (const pod of pods) {
    const time = finishTime(pod, nowMilliseconds) ?? nowMilliseconds;
    last = Math.max(last ?? time, time);
  }
  return last;
}

/**
 * Milliseconds that new pods wait after so many failures in a row: 10 s, doubled with each, up to
 * 10 minutes, from the last failure on.
 */
export function backoffLeft(record: FailureRecord, nowMilliseconds: number): number {
  const { failures, lastMilliseconds } = record;
  if (failures === 0 || lastMilliseconds === undefined) return 0;
  const delay = Math.min(baseMilliseconds * 2 ** Math.min(failures - 1, 20), longestMilliseconds);
  return Math.max(0, Math.min(lastMilliseconds, nowMilliseconds) + delay - nowMilliseconds);
}

/**
 * The same for one index, by the pod of it that failed last. One that does not say when is not
 * waited for: no later look would know more.
 */
export function indexBackoffLeft(failed: Pod | undefined, nowMilliseconds: number): number {
  if (failed === undefined) return 0;
  const failures = failuresOf(failed) + 1;
  const lastMilliseconds = finishTime(failed, nowMilliseconds);
  return backoffLeft({ failures, lastMilliseconds }, nowMilliseconds);
}

/** Failures of the pod's index before it, whether they counted or not. */
export function failuresOf(pod: Pod): number {
  return (
    countAnnotation(pod, failureCountAnnotation) +
    countAnnotation(pod, ignoredFailureCountAnnotation)
  );
}
