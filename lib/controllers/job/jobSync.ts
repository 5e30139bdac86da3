import { batchV1, coreV1 } from "../../api/gen/resources.js";
import type { Job, JobCondition, JobStatus } from "../../api/gen/types/batchV1.js";
import type { Pod } from "../../api/gen/types/coreV1.js";
import { hasReason } from "../../api/status.js";
import { formatTime } from "../../api/time.js";
import { objectReference } from "../../client/events/eventRecorder.js";
import { objectKey } from "../../client/informer/indexer.js";
import { newControllerReference } from "../../client/ownership/controllerReference.js";
import type { Expectations } from "../../client/ownership/expectations.js";
import { parseTimestamp } from "../../client/timestamps.js";
import type { ControllerContext } from "../controllerContext.js";
import { equalJson } from "../equalJson.js";
import {
  isNamespaceTerminating,
  type PodControl,
  podFromTemplate,
  slowStartBatch,
} from "../pod/podControl.js";
import { compareForDeletion, isPodActive, isPodFinished, isPodReady } from "../pod/podState.js";
import type { WrittenVersions } from "../writtenVersions.js";
import {
  completionIndexAnnotation,
  completionIndexOf,
  formatIndexes,
  missingIndexes,
  parseIndexes,
} from "./jobIndexes.js";
import {
  backoffMilliseconds,
  finishTime,
  hasFailed,
  isIndexed,
  isTracked,
  jobCondition,
  newJobCondition,
  restartCount,
  trackingFinalizer,
} from "./jobState.js";

const maxPodsAtOnce = 500;
/** Pods whose end one sync takes into account, so that the status stays small. */
const maxUncounted = 500;

export interface JobSyncParts {
  readonly context: ControllerContext;
  readonly podControl: PodControl;
  readonly expectations: Expectations;
  readonly released: Set<string>;
  readonly written: WrittenVersions;
  readonly key: string;
  readonly job: Job;
  readonly pods: readonly Pod[];
  readonly signal: AbortSignal;
}

/**
 * One sync of one Job. Pods that ended are counted once each, whatever fails between: their uids
 * stand in the status before their finalizers go, and the counts rise when the finalizers are
 * gone (KEP-2307).
 */
export class JobSync {
  readonly #parts: JobSyncParts;
  readonly #status: JobStatus;
  readonly #now: number;
  #job: Job;
  #recheck: number | undefined;

  constructor(parts: JobSyncParts) {
    this.#parts = parts;
    this.#job = parts.job;
    this.#status = structuredClone(parts.job.status ?? {});
    this.#now = parts.context.platform.clock.now();
  }

  /** Milliseconds after which the Job is to be looked at again, if at all. */
  async run(): Promise<number | undefined> {
    const { job, pods } = this.#parts;
    if (this.#status.startTime === undefined && job.spec.suspend !== true) {
      this.#status.startTime = formatTime(this.#now);
    }
    const active = pods.filter((pod) => isPodActive(pod) && !this.#isCounted(pod));
    const failure = this.#failure(pods, active);
    this.#setSuspended();
    const goal = failure ?? (this.#hasSucceeded() ? this.#success() : undefined);
    if (goal !== undefined) this.#setCondition(goal);
    let activeCount = active.length;
    if (this.#parts.expectations.satisfied(this.#parts.key)) {
      activeCount = await this.#manage(active, goal !== undefined);
    }
    this.#status.active = activeCount;
    this.#status.ready = active.filter(isPodReady).length;
    this.#status.terminating = pods.filter(
      (pod) => pod.metadata.deletionTimestamp !== undefined && !isPodFinished(pod),
    ).length;
    await this.#count(goal);
    return this.#recheck;
  }

  #isCounted(pod: Pod): boolean {
    const uid = pod.metadata.uid ?? "";
    const { succeeded = [], failed = [] } = this.#status.uncountedTerminatedPods ?? {};
    return succeeded.includes(uid) || failed.includes(uid);
  }

  get #about() {
    return objectReference(batchV1.jobs, this.#parts.job);
  }

  /** Ends of pods that are not in the counts yet. */
  #newEnds(): { succeeded: Pod[]; failed: Pod[] } {
    const ends = { succeeded: [] as Pod[], failed: [] as Pod[] };
    for (const pod of this.#parts.pods) {
      const uid = pod.metadata.uid ?? "";
      if (!isTracked(pod) || this.#parts.released.has(uid) || this.#isCounted(pod)) continue;
      if (pod.status?.phase === "Succeeded") ends.succeeded.push(pod);
      else if (hasFailed(pod, this.#parts.job)) ends.failed.push(pod);
    }
    return ends;
  }

  /** Counts with everything that has ended, whether written already or not. */
  #totals(): { succeeded: number; failed: number } {
    const ends = this.#newEnds();
    const { succeeded = [], failed = [] } = this.#status.uncountedTerminatedPods ?? {};
    return {
      succeeded: (this.#status.succeeded ?? 0) + succeeded.length + ends.succeeded.length,
      failed: (this.#status.failed ?? 0) + failed.length + ends.failed.length,
    };
  }

  #completedIndexes(): Set<number> {
    const { job, pods } = this.#parts;
    const completions = job.spec.completions ?? 0;
    const indexes = parseIndexes(this.#status.completedIndexes, completions);
    for (const pod of pods) {
      const index = completionIndexOf(pod);
      const counts = pod.status?.phase === "Succeeded" && isTracked(pod);
      if (counts && index !== undefined && index < completions) indexes.add(index);
    }
    return indexes;
  }

  #failure(pods: readonly Pod[], active: readonly Pod[]): JobCondition | undefined {
    const { spec } = this.#parts.job;
    const target = jobCondition(this.#status, "FailureTarget");
    if (target !== undefined) return target;
    const make = (reason: string, message: string) =>
      newJobCondition("FailureTarget", reason, message, this.#now);
    const { failed } = this.#totals();
    const limit = spec.backoffLimit ?? 6;
    const restarts = restartCount(pods);
    const tooOften = failed > limit || (restarts > 0 && restarts >= limit);
    if (tooOften && (failed > limit || active.length > 0)) {
      return make("BackoffLimitExceeded", "Job has reached the specified backoff limit");
    }
    const deadline = spec.activeDeadlineSeconds;
    const started = parseTimestamp(this.#status.startTime);
    if (deadline !== undefined && started !== undefined && spec.suspend !== true) {
      const left = started + deadline * 1000 - this.#now;
      if (left <= 0) {
        return make("DeadlineExceeded", "Job was active longer than specified deadline");
      }
      this.#lookAgainIn(left);
    }
    return undefined;
  }

  #hasSucceeded(): boolean {
    const { job, pods } = this.#parts;
    if (jobCondition(this.#status, "SuccessCriteriaMet") !== undefined) return true;
    const { completions } = job.spec;
    if (isIndexed(job)) return this.#completedIndexes().size >= (completions ?? 0);
    const { succeeded } = this.#totals();
    if (completions !== undefined) return succeeded >= completions;
    // Without a number, one success ends the work, and the others finish what they do.
    return succeeded > 0 && !pods.some((pod) => isPodActive(pod));
  }

  #success(): JobCondition {
    const existing = jobCondition(this.#status, "SuccessCriteriaMet");
    const message = "Reached expected number of succeeded pods";
    return (
      existing ?? newJobCondition("SuccessCriteriaMet", "CompletionsReached", message, this.#now)
    );
  }

  #setCondition(condition: JobCondition): void {
    const others = (this.#status.conditions ?? []).filter((c) => c.type !== condition.type);
    const old = this.#status.conditions?.find((c) => c.type === condition.type);
    const isSame = old?.status === condition.status && old.reason === condition.reason;
    this.#status.conditions = [...others, isSame && old !== undefined ? old : condition];
  }

  #setSuspended(): void {
    const { context, job } = this.#parts;
    const old = this.#status.conditions?.find((c) => c.type === "Suspended");
    const suspend = job.spec.suspend === true;
    if ((old?.status === "True") === suspend) return;
    const [reason, message, status] = suspend
      ? ["JobSuspended", "Job suspended", "True"]
      : ["JobResumed", "Job resumed", "False"];
    const condition = newJobCondition("Suspended", reason ?? "", message ?? "", this.#now);
    this.#setCondition({ ...condition, status: status ?? "" });
    if (suspend) delete this.#status.startTime;
    else this.#status.startTime = formatTime(this.#now);
    context.recorder.event(this.#about, "Normal", suspend ? "Suspended" : "Resumed", message ?? "");
  }

  #lookAgainIn(milliseconds: number): void {
    this.#recheck = Math.min(this.#recheck ?? Number.POSITIVE_INFINITY, milliseconds);
  }

  /** How many pods run after this step. */
  async #manage(active: readonly Pod[], isEnding: boolean): Promise<number> {
    const { job } = this.#parts;
    const { parallelism = 1, completions, suspend } = job.spec;
    if (isEnding || suspend === true) return this.#remove(active, active.length);
    const totals = this.#totals();
    const succeeded = isIndexed(job) ? this.#completedIndexes().size : totals.succeeded;
    let wanted = parallelism;
    if (completions !== undefined) wanted = Math.min(parallelism, completions - succeeded);
    else if (succeeded > 0) wanted = Math.min(parallelism, active.length);
    wanted = Math.max(0, wanted);
    if (active.length > wanted) return this.#remove(active, active.length - wanted);
    const terminating = this.#terminatingThatCount();
    const missing = Math.min(wanted - active.length - terminating, maxPodsAtOnce);
    if (missing <= 0) return active.length;
    const wait = this.#backoff();
    if (wait > 0) {
      this.#lookAgainIn(wait);
      return active.length;
    }
    return active.length + (await this.#create(active, missing));
  }

  /** Pods that still hold their place when only failed ones are replaced. */
  #terminatingThatCount(): number {
    const { job, pods } = this.#parts;
    const onlyFailed =
      job.spec.podReplacementPolicy === "Failed" || job.spec.podFailurePolicy !== undefined;
    if (!onlyFailed) return 0;
    return pods.filter((pod) => pod.metadata.deletionTimestamp !== undefined && !isPodFinished(pod))
      .length;
  }

  #backoff(): number {
    const { job, pods } = this.#parts;
    const failed = pods.filter((pod) => hasFailed(pod, job));
    const succeeded = pods.filter((pod) => pod.status?.phase === "Succeeded").map(finishTime);
    return backoffMilliseconds(failed, Math.max(0, ...succeeded), this.#now);
  }

  async #remove(active: readonly Pod[], count: number): Promise<number> {
    if (count <= 0) return active.length;
    const { expectations, key, podControl, signal } = this.#parts;
    const sorted = [...active].sort((a, b) => compareForDeletion(a, b, () => 1, this.#now));
    const doomed = sorted.slice(0, Math.min(count, maxPodsAtOnce));
    expectations.expectDeletions(key, doomed.map(objectKey));
    let removed = 0;
    for (const pod of doomed) {
      try {
        await podControl.delete(pod, this.#about, signal);
        removed++;
      } catch (error) {
        expectations.deletionObserved(key, objectKey(pod));
        if (!hasReason(error, "NotFound")) throw error;
      }
    }
    return active.length - removed;
  }

  async #create(active: readonly Pod[], count: number): Promise<number> {
    const { expectations, job, key, podControl, signal } = this.#parts;
    const indexes = this.#indexesToCreate(active, count);
    const total = indexes?.length ?? count;
    expectations.expectCreations(key, total);
    const result = await slowStartBatch(total, (at) =>
      podControl.create(jobPod(job, indexes?.[at]), this.#about, signal),
    );
    if (result.succeeded < total) expectations.creationObserved(key, total - result.succeeded);
    if (result.error !== undefined && !isNamespaceTerminating(result.error)) throw result.error;
    return result.succeeded;
  }

  #indexesToCreate(active: readonly Pod[], count: number): number[] | undefined {
    const { job } = this.#parts;
    if (!isIndexed(job)) return undefined;
    const taken = this.#completedIndexes();
    for (const pod of active) {
      const index = completionIndexOf(pod);
      if (index !== undefined) taken.add(index);
    }
    return missingIndexes(count, job.spec.completions ?? 0, taken);
  }

  /** Takes ended pods into the counts, and ends the Job when none is left that is not. */
  async #count(goal: JobCondition | undefined): Promise<void> {
    await this.#removeFinalizers();
    const ends = this.#newEnds();
    const uids = (pods: readonly Pod[]) => pods.map((pod) => pod.metadata.uid ?? "");
    const succeeded = uids(ends.succeeded).slice(0, maxUncounted);
    // When the Job ends, pods that still ran are not wanted any more and count as failed.
    const ended =
      goal === undefined ? [] : this.#parts.pods.filter((pod) => this.#isAbandoned(pod));
    const failed = uids([...ends.failed, ...ended]).slice(0, maxUncounted);
    if (succeeded.length + failed.length > 0) {
      const old = this.#status.uncountedTerminatedPods ?? {};
      this.#status.uncountedTerminatedPods = {
        succeeded: [...(old.succeeded ?? []), ...succeeded],
        failed: [...(old.failed ?? []), ...failed],
      };
      if (isIndexed(this.#parts.job)) {
        this.#status.completedIndexes = formatIndexes(this.#completedIndexes());
      }
      await this.#write();
      await this.#removeFinalizers();
    }
    const { uncountedTerminatedPods: left } = this.#status;
    const isAllCounted = (left?.succeeded ?? []).length + (left?.failed ?? []).length === 0;
    const isQuiet = this.#status.active === 0 && this.#status.terminating === 0;
    if (goal !== undefined && isAllCounted && isQuiet && !this.#hasTracked()) this.#end(goal);
    await this.#write();
  }

  #isAbandoned(pod: Pod): boolean {
    const isGoing = pod.metadata.deletionTimestamp !== undefined && !isPodFinished(pod);
    const uid = pod.metadata.uid ?? "";
    return (
      isGoing &&
      isTracked(pod) &&
      !hasFailed(pod, this.#parts.job) &&
      !this.#isCounted(pod) &&
      !this.#parts.released.has(uid)
    );
  }

  #hasTracked(): boolean {
    return this.#parts.pods.some(
      (pod) => isTracked(pod) && !this.#parts.released.has(pod.metadata.uid ?? ""),
    );
  }

  /** Frees the pods whose uids stand in the written status, and moves them into the counts. */
  async #removeFinalizers(): Promise<void> {
    const written = this.#job.status?.uncountedTerminatedPods;
    if (written === undefined) return;
    const byUid = new Map(this.#parts.pods.map((pod) => [pod.metadata.uid, pod]));
    for (const outcome of ["succeeded", "failed"] as const) {
      for (const uid of written[outcome] ?? []) {
        const pod = byUid.get(uid);
        if (pod !== undefined && isTracked(pod)) await this.#free(pod);
        const list = this.#status.uncountedTerminatedPods?.[outcome] ?? [];
        if (!list.includes(uid)) continue;
        this.#status.uncountedTerminatedPods = {
          ...this.#status.uncountedTerminatedPods,
          [outcome]: list.filter((other) => other !== uid),
        };
        this.#status[outcome] = (this.#status[outcome] ?? 0) + 1;
      }
    }
    if (isIndexed(this.#parts.job)) {
      const completions = this.#parts.job.spec.completions ?? 0;
      this.#status.succeeded = parseIndexes(this.#status.completedIndexes, completions).size;
    }
  }

  async #free(pod: Pod): Promise<void> {
    const { context, released, signal } = this.#parts;
    const uid = pod.metadata.uid ?? "";
    if (released.has(uid)) return;
    const { name = "", namespace = "" } = pod.metadata;
    const body = {
      metadata: { uid, "$deleteFromPrimitiveList/finalizers": [trackingFinalizer] },
    };
    try {
      await context.client
        .resource(coreV1.pods)
        .patch(name, { type: "strategic", body }, { namespace, signal });
      released.add(uid);
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
    }
  }

  #end(goal: JobCondition): void {
    const { context } = this.#parts;
    const isFailure = goal.type === "FailureTarget";
    const { reason = "", message = "" } = goal;
    const type = isFailure ? "Failed" : "Complete";
    this.#setCondition(newJobCondition(type, reason, message, this.#now));
    this.#status.active = 0;
    this.#status.ready = 0;
    if (isFailure) context.recorder.event(this.#about, "Warning", reason, message);
    else {
      this.#status.completionTime = formatTime(this.#now);
      context.recorder.event(this.#about, "Normal", "Completed", "Job completed");
    }
  }

  async #write(): Promise<void> {
    if (equalJson(meaning(this.#status), meaning(this.#job.status ?? {}))) return;
    const { context, signal } = this.#parts;
    const jobs = context.client.resource(batchV1.jobs);
    const status = structuredClone(this.#status);
    this.#job = await jobs.updateStatus({ ...this.#job, status }, { signal });
    this.#parts.written.note(this.#job);
  }
}

/** Zero counts and empty lists are as good as absent. */
function meaning(status: JobStatus): object {
  const { uncountedTerminatedPods: pods, ...rest } = status;
  const isEmpty = (pods?.succeeded ?? []).length + (pods?.failed ?? []).length === 0;
  const entries = Object.entries(rest).filter(([, value]) => value !== 0 && value !== "");
  return { ...Object.fromEntries(entries), ...(isEmpty ? {} : { pods }) };
}

function jobPod(job: Job, index: number | undefined): Pod {
  const { name = "", namespace = "" } = job.metadata;
  const reference = newControllerReference(job, batchV1.jobs);
  const pod = podFromTemplate(job.spec.template, { name, namespace }, reference);
  const finalizers = [...(pod.metadata.finalizers ?? []), trackingFinalizer];
  if (index === undefined) return { ...pod, metadata: { ...pod.metadata, finalizers } };
  const env = {
    name: "JOB_COMPLETION_INDEX",
    valueFrom: {
      fieldRef: { fieldPath: `metadata.labels['${completionIndexAnnotation}']` },
    },
  };
  const withEnv = <C extends { env?: unknown[] }>(container: C): C => ({
    ...container,
    env: [...(container.env ?? []), env],
  });
  return {
    metadata: {
      ...pod.metadata,
      generateName: `${name}-${index}-`,
      finalizers,
      labels: { ...pod.metadata.labels, [completionIndexAnnotation]: String(index) },
      annotations: { ...pod.metadata.annotations, [completionIndexAnnotation]: String(index) },
    },
    spec: {
      ...pod.spec,
      hostname: pod.spec.hostname ?? `${name}-${index}`,
      containers: pod.spec.containers.map(withEnv),
      ...(pod.spec.initContainers === undefined
        ? {}
        : { initContainers: pod.spec.initContainers.map(withEnv) }),
    },
  };
}
