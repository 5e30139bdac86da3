import type { Job, JobSpec, JobStatus } from "../../../lib/api/gen/types/batchV1.js";
import type { ContainerStatus, Pod, PodStatus } from "../../../lib/api/gen/types/coreV1.js";
import { formatTime } from "../../../lib/api/time.js";
import type { JobView } from "../../../lib/controllers/job/jobTally.js";

/** When Jobs of tables are looked at: 2026-01-01T01:00:00Z. */
export const tableNow = Date.UTC(2026, 0, 1, 1);
export const trackingFinalizer = "batch.kubernetes.io/job-tracking";
const prefix = "batch.kubernetes.io/job";

/** A time so many seconds before the table's now. */
export function ago(seconds: number): string {
  return formatTime(tableNow - seconds * 1000);
}

export function tableJob(spec: Partial<JobSpec> = {}, status: JobStatus = {}): Job {
  return {
    metadata: { name: "work", namespace: "default", uid: "job" },
    spec: {
      parallelism: 1,
      backoffLimit: 6,
      template: { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } },
      ...spec,
    },
    status,
  };
}

export interface PodTraits {
  readonly phase?: "Pending" | "Running" | "Succeeded" | "Failed";
  readonly index?: number | string;
  /** Failures of the index before, counted and not. */
  readonly failures?: number | string;
  readonly ignored?: number;
  /** The finalizer is there; default true. */
  readonly held?: boolean;
  readonly deleted?: boolean;
  readonly ready?: boolean;
  readonly exitCode?: number;
  readonly initExitCode?: number;
  /** Seconds ago; null for no time. */
  readonly finished?: number | null;
  readonly restarts?: number;
  readonly condition?: string;
}

function containerStatus(name: string, traits: PodTraits, exitCode?: number): ContainerStatus {
  const { finished = 0, restarts: restartCount = 0, ready = false } = traits;
  const base = { name, image: "i", imageID: "", ready, restartCount };
  if (exitCode === undefined) return base;
  const finishedAt = finished === null ? undefined : ago(finished);
  return { ...base, state: { terminated: { exitCode, finishedAt } } };
}

function podStatus(traits: PodTraits): PodStatus {
  const { phase = "Running", ready = false, condition, initExitCode } = traits;
  const isOver = phase === "Failed" || phase === "Succeeded";
  const exitCode = traits.exitCode ?? (phase === "Failed" ? 1 : 0);
  const conditions = [{ type: "Ready", status: ready ? "True" : "False" }];
  if (condition !== undefined) conditions.push({ type: condition, status: "True" });
  return {
    phase,
    conditions,
    containerStatuses: [containerStatus("c", traits, isOver ? exitCode : undefined)],
    ...(initExitCode === undefined
      ? {}
      : { initContainerStatuses: [containerStatus("i", traits, initExitCode)] }),
  };
}

export function tablePod(name: string, traits: PodTraits = {}): Pod {
  const annotations: Record<string, string> = {};
  if (traits.index !== undefined) annotations[`${prefix}-completion-index`] = `${traits.index}`;
  if (traits.failures !== undefined) {
    annotations[`${prefix}-index-failure-count`] = `${traits.failures}`;
  }
  if (traits.ignored !== undefined) {
    annotations[`${prefix}-index-ignored-failure-count`] = `${traits.ignored}`;
  }
  return {
    metadata: {
      name,
      namespace: "default",
      uid: name,
      annotations,
      finalizers: traits.held === false ? [] : [trackingFinalizer],
      ...(traits.deleted === true ? { deletionTimestamp: ago(0) } : {}),
    },
    spec: { containers: [{ name: "c", image: "i" }] },
    status: podStatus(traits),
  };
}

/** Pods `p0`, `p1`, … */
export function tablePods(...traits: PodTraits[]): Pod[] {
  return traits.map((one, at) => tablePod(`p${at}`, one));
}

export function tableView(job: Job, pods: readonly Pod[], rest: Partial<JobView> = {}): JobView {
  const freed = new Set<string>();
  return { job, pods, freed, isCurrent: true, failures: undefined, now: tableNow, ...rest };
}
