import { equalJson } from "../../api/equality.js";
import { batchV1, coreV1 } from "../../api/gen/resources.js";
import type { Job, JobStatus } from "../../api/gen/types/batchV1.js";
import type { Pod } from "../../api/gen/types/coreV1.js";
import { hasReason, isNamespaceTerminating } from "../../api/status.js";
import { objectReference } from "../../client/events/eventRecorder.js";
import { objectKey } from "../../client/informer/indexer.js";
import type { Expectations } from "../../client/ownership/expectations.js";
import type { ControllerContext } from "../controllerContext.js";
import { type PodControl, slowStartBatch } from "../pod/podControl.js";
import { isPodReady } from "../pod/podState.js";
import type { WrittenVersions } from "../writtenVersions.js";
import type { FreedPods } from "./freedPods.js";
import type { FailureRecord } from "./jobBackoff.js";
import { closeJob, heldUids, type StepResult, settleJob, tidyStatus } from "./jobCount.js";
import type { JobDecision } from "./jobDecision.js";
import type { PodStep } from "./jobPlan.js";
import { isTracked, jobCondition, trackingFinalizer } from "./jobState.js";
import type { JobView } from "./jobTally.js";

/** Pods that one sync deletes or frees at the same time. */
const concurrency = 32;

export interface JobSyncParts {
  readonly context: ControllerContext;
  readonly podControl: PodControl;
  readonly expectations: Expectations;
  readonly freed: FreedPods;
  readonly written: WrittenVersions;
  readonly key: string;
  readonly signal: AbortSignal;
  /** Keeps what is known of the Job's failures for its next sync. */
  readonly record: (failures: FailureRecord) => void;
}

/**
 * Carries out one decision about a Job. Its writes come in an order that can be cut between any
 * two: a verdict before the pods that it stops, uids before finalizers, finalizers before counts,
 * counts before the end. The status is written whatever became of the pods; the first error is
 * thrown when all is done.
 */
export class JobSync {
  readonly #parts: JobSyncParts;
  readonly #view: JobView;
  readonly #decision: JobDecision;
  #job: Job;
  #error: unknown;

  constructor(parts: JobSyncParts, view: JobView, decision: JobDecision) {
    this.#parts = parts;
    this.#view = view;
    this.#decision = decision;
    this.#job = view.job;
  }

  async run(): Promise<void> {
    const { step, status } = this.#decision;
    // Pods that are stopped for a verdict must not be read as failures by the next sync.
    if (step.kind === "stop") await this.#write(tidyStatus(status));
    const done = await this.#carryOut(step);
    const settlement = settleJob(this.#view, this.#decision, done);
    await this.#write(settlement.status);
    this.#parts.record(settlement.failures);
    this.#tellSuspension();
    const held = heldUids(this.#view);
    await this.#each(settlement.free, async (pod) => {
      await this.#free(pod);
      held.delete(pod.metadata.uid ?? "");
    });
    const before = this.#job;
    await this.#write(closeJob(this.#view, this.#decision, settlement, held));
    this.#tellEnd(before);
    if (this.#error !== undefined) throw this.#error;
  }

  get #about() {
    return objectReference(batchV1.jobs, this.#view.job);
  }

  /** Also after an error the rest is done; the first error is kept. */
  async #each(pods: readonly Pod[], call: (pod: Pod) => Promise<void>): Promise<number> {
    let succeeded = 0;
    for (let at = 0; at < pods.length; at += concurrency) {
      const results = await Promise.allSettled(pods.slice(at, at + concurrency).map(call));
      for (const result of results) {
        if (result.status === "fulfilled") succeeded++;
        else this.#error ??= result.reason;
      }
    }
    return succeeded;
  }

  async #carryOut(step: PodStep): Promise<StepResult> {
    const { active, ready, terminating } = this.#decision.tally;
    const before = { active: active.length, ready, terminating };
    switch (step.kind) {
      case "keep":
        return { ...before, isWhole: true };
      case "create": {
        const created = await this.#create(step.pods);
        const isWhole = created === step.pods.length;
        return { ...before, active: active.length + created, isWhole };
      }
      case "stop":
      case "drop": {
        const gone = await this.#remove(step.pods, step.kind === "drop");
        return {
          active: active.length - gone.length,
          ready: ready - gone.filter(isPodReady).length,
          terminating: terminating + gone.length,
          isWhole: gone.length === step.pods.length,
        };
      }
    }
  }

  async #create(pods: readonly Pod[]): Promise<number> {
    const { expectations, key, podControl, signal } = this.#parts;
    const total = pods.length;
    expectations.expectCreations(key, total);
    const { succeeded, error } = await slowStartBatch(total, (at) =>
      podControl.create(pods[at] as Pod, this.#about, signal),
    );
    if (succeeded < total) expectations.creationObserved(key, total - succeeded);
    if (error !== undefined && !isNamespaceTerminating(error)) this.#error ??= error;
    return succeeded;
  }

  async #remove(pods: readonly Pod[], freeFirst: boolean): Promise<Pod[]> {
    const { expectations, key, podControl, signal } = this.#parts;
    const gone: Pod[] = [];
    expectations.expectDeletions(key, pods.map(objectKey));
    await this.#each(pods, async (pod) => {
      try {
        if (freeFirst) await this.#free(pod);
        await podControl.delete(pod, this.#about, signal);
      } catch (error) {
        expectations.deletionObserved(key, objectKey(pod));
        if (!hasReason(error, "NotFound")) throw error;
      }
      gone.push(pod);
    });
    return gone;
  }

  async #free(pod: Pod): Promise<void> {
    const { context, freed, signal } = this.#parts;
    const { name = "", namespace = "", uid } = pod.metadata;
    if (!isTracked(pod) || freed.has(pod)) return;
    const finalizers = { "$deleteFromPrimitiveList/finalizers": [trackingFinalizer] };
    const body = { metadata: { uid, ...finalizers } };
    freed.mark(pod);
    try {
      await context.client
        .resource(coreV1.pods)
        .patch(name, { type: "strategic", body }, { namespace, signal });
    } catch (error) {
      if (hasReason(error, "NotFound")) return;
      freed.unmark(pod);
      throw error;
    }
  }

  async #write(status: JobStatus): Promise<void> {
    if (equalJson(status, tidyStatus(this.#job.status ?? {}))) return;
    const { context, signal, written } = this.#parts;
    const jobs = context.client.resource(batchV1.jobs);
    this.#job = await jobs.updateStatus({ ...this.#job, status }, { signal });
    written.note(this.#job);
  }

  #tellSuspension(): void {
    const wasOn = jobCondition(this.#view.job, "Suspended") !== undefined;
    const isOn = jobCondition(this.#job, "Suspended") !== undefined;
    if (wasOn === isOn) return;
    const { recorder } = this.#parts.context;
    recorder.event(
      this.#about,
      "Normal",
      isOn ? "Suspended" : "Resumed",
      isOn ? "Job suspended" : "Job resumed",
    );
  }

  #tellEnd(before: Job): void {
    const { recorder } = this.#parts.context;
    const failed = jobCondition(this.#job, "Failed");
    if (failed !== undefined && jobCondition(before, "Failed") === undefined) {
      const { reason = "", message = "" } = failed;
      recorder.event(this.#about, "Warning", reason, message);
    }
    const isComplete = jobCondition(this.#job, "Complete") !== undefined;
    if (!isComplete || jobCondition(before, "Complete") !== undefined) return;
    const { completions } = this.#job.spec;
    if (completions !== undefined && (this.#job.status?.succeeded ?? 0) > completions) {
      const message = "Too many succeeded pods running after completion count reached";
      recorder.event(this.#about, "Warning", "TooManySucceededPods", message);
    }
    recorder.event(this.#about, "Normal", "Completed", "Job completed");
  }
}
