import { equalJson } from "../../api/equality.js";
import { batchV1, coreV1 } from "../../api/gen/resources.js";
import type { Job } from "../../api/gen/types/batchV1.js";
import type { Pod } from "../../api/gen/types/coreV1.js";
import type { OwnerReference } from "../../api/gen/types/metaV1.js";
import { Selector } from "../../api/labels.js";
import { apiVersionOf } from "../../api/resourceType.js";
import { hasReason } from "../../api/status.js";
import { objectReference } from "../../client/events/eventRecorder.js";
import { objectKey } from "../../client/informer/indexer.js";
import { controllerOf } from "../../client/ownership/controllerReference.js";
import { Expectations } from "../../client/ownership/expectations.js";
import { ExponentialRateLimiter } from "../../client/workqueue/rateLimiter.js";
import type { ControllerContext } from "../controllerContext.js";
import { claim } from "../ownership/claim.js";
import { PodIndex } from "../ownership/podIndex.js";
import { PodControl } from "../pod/podControl.js";
import { QueueController } from "../queueController.js";
import { WrittenVersions } from "../writtenVersions.js";
import { FreedPods } from "./freedPods.js";
import type { FailureRecord } from "./jobBackoff.js";
import { decideJob } from "./jobDecision.js";
import { JobIndex } from "./jobIndex.js";
import { isJobFinished, isManagedElsewhere, isTracked, trackingFinalizer } from "./jobState.js";
import { JobSync } from "./jobSync.js";

/** What keys of pods begin with, beside those of Jobs: no namespace has a colon. */
const podPrefix = "pod:";

/** Upstream's pause after a failed sync of a Job: 1 s, doubled up to a minute. */
const newRateLimiter = (): ExponentialRateLimiter => new ExponentialRateLimiter(1_000, 60_000);

/**
 * Changes of a Job's pods, and of its status, are gathered for so long, as a sync looks at every
 * pod of its Job: longer for those that run many, up to a second.
 */
function gatherMilliseconds({ spec }: Job): number {
  return Math.min(1_000, Math.max(100, spec.parallelism ?? 1));
}

/** Runs pods until enough of them have ended well. */
export class JobController extends QueueController {
  readonly #jobs: JobIndex;
  readonly #pods: PodIndex;
  readonly #podControl: PodControl;
  readonly #expectations: Expectations;
  readonly #written = new WrittenVersions();
  readonly #freed: FreedPods;
  /** By the uids of Jobs that go on. */
  readonly #failures = new Map<string, FailureRecord>();

  constructor(context: ControllerContext) {
    super("job-controller", context, { rateLimiter: newRateLimiter });
    this.#expectations = new Expectations(context.platform.clock);
    this.#podControl = new PodControl(context.client, context.recorder);
    const jobs = this.informer(batchV1.jobs);
    this.#jobs = new JobIndex(jobs.indexer);
    jobs.addEventHandler({
      onAdd: this.enqueue,
      onUpdate: (old, job) => {
        if (old.metadata.generation === job.metadata.generation) this.#gather(job);
        else this.enqueue(job);
      },
      onDelete: (job) => {
        const { uid = "" } = job.metadata;
        this.#expectations.forget(objectKey(job));
        this.#written.forget(job);
        this.#failures.delete(uid);
        for (const pod of this.#pods.controlledBy(job)) this.#checkOrphan(pod);
      },
    });
    const pods = this.informer(coreV1.pods);
    this.#pods = new PodIndex(pods.indexer);
    this.#freed = new FreedPods(pods.indexer);
    pods.addEventHandler({
      onAdd: (pod) => {
        const key = this.#podChanged(pod);
        const isNew = pod.metadata.deletionTimestamp === undefined;
        if (isNew && key !== undefined) this.#expectations.creationObserved(key);
      },
      onUpdate: (old, pod) => this.#podUpdated(old, pod),
      onDelete: (pod) => {
        this.#freed.unmark(pod);
        const key = this.#podChanged(pod);
        if (key !== undefined) this.#expectations.deletionObserved(key, objectKey(pod));
      },
    });
  }

  #podUpdated(old: Pod, pod: Pod): void {
    if (!isTracked(pod)) this.#freed.unmark(pod);
    const owner = controllerOf(old);
    if (owner !== undefined && !equalJson(owner, controllerOf(pod))) {
      const job = this.#jobOf(pod, owner);
      if (job !== undefined) this.#gather(job);
    }
    this.#podChanged(pod);
  }

  /** The key of the Job that controls the pod, if it is known. */
  #podChanged(pod: Pod): string | undefined {
    const owner = controllerOf(pod);
    if (owner === undefined) {
      this.#checkOrphan(pod);
      for (const job of this.#jobs.selecting(pod)) this.#gather(job);
      return undefined;
    }
    if (!isJobReference(owner)) return undefined;
    const job = this.#jobOf(pod, owner);
    if (job === undefined) {
      this.#checkOrphan(pod);
      return undefined;
    }
    const key = objectKey(job);
    if (pod.metadata.deletionTimestamp !== undefined) {
      this.#expectations.deletionObserved(key, objectKey(pod));
    }
    this.#gather(job);
    return key;
  }

  #gather(job: Job): void {
    this.queue.addAfter(objectKey(job), gatherMilliseconds(job));
  }

  /** The Job that the reference names, where the cache has it. */
  #jobOf(pod: Pod, owner: OwnerReference): Job | undefined {
    if (!isJobReference(owner)) return undefined;
    const job = this.#jobs.indexer.getByName(pod.metadata.namespace ?? "", owner.name);
    return job?.metadata.uid === owner.uid ? job : undefined;
  }

  /** Nobody else frees a pod that the finalizer holds and that has no Job, or none that goes on. */
  #checkOrphan(pod: Pod): void {
    if (isTracked(pod)) this.queue.add(`${podPrefix}${objectKey(pod)}`);
  }

  protected override async sync(key: string, signal: AbortSignal): Promise<void> {
    if (key.startsWith(podPrefix)) {
      await this.#syncOrphan(key.slice(podPrefix.length), signal);
      return;
    }
    const job = this.#jobs.indexer.get(key);
    if (job === undefined) {
      this.#expectations.forget(key);
      return;
    }
    if (isManagedElsewhere(job) || this.#written.isBehind(job)) return;
    if (isJobFinished(job)) {
      this.#failures.delete(job.metadata.uid ?? "");
      for (const pod of this.#pods.controlledBy(job)) this.#checkOrphan(pod);
      return;
    }
    await this.#syncJob(key, job, signal);
  }

  async #syncJob(key: string, job: Job, signal: AbortSignal): Promise<void> {
    const { uid = "" } = job.metadata;
    if (!["Indexed", "NonIndexed"].includes(job.spec.completionMode ?? "NonIndexed")) {
      const message = "Skipped Job sync because completion mode is unknown";
      const about = objectReference(batchV1.jobs, job);
      this.context.recorder.event(about, "Warning", "UnknownCompletionMode", message);
      return;
    }
    // Before the pods are looked at: one that is seen in between must not satisfy it.
    const isSatisfied = this.#expectations.satisfied(key);
    if (job.metadata.deletionTimestamp !== undefined) {
      for (const pod of this.#pods.controlledBy(job)) if (!holds(job, pod)) this.#checkOrphan(pod);
    }
    const unclaimed: unknown[] = [];
    const pods = await this.#claim(job, signal, (error) => unclaimed.push(error));
    const isCurrent = isSatisfied && unclaimed.length === 0;
    const failures = this.#failures.get(uid);
    const freed = this.#freed.uids;
    const view = { job, pods, freed, isCurrent, failures, now: this.now() };
    const decision = decideJob(view);
    const { recheckMilliseconds } = decision;
    // Before anything is written, which may fail.
    if (recheckMilliseconds !== undefined) this.queue.addAfter(key, recheckMilliseconds);
    const parts = {
      context: this.context,
      podControl: this.#podControl,
      expectations: this.#expectations,
      freed: this.#freed,
      written: this.#written,
      key,
      signal,
      record: (record: FailureRecord) => this.#failures.set(uid, record),
    };
    await new JobSync(parts, view, decision).run();
    if (unclaimed.length > 0) throw unclaimed[0];
  }

  async #syncOrphan(key: string, signal: AbortSignal): Promise<void> {
    const pod = this.#pods.indexer.get(key);
    if (pod === undefined || !isTracked(pod)) return;
    const owner = controllerOf(pod);
    if (owner === undefined) {
      // A Job that adopts the pod counts it, so the finalizer has to stay.
      const adopters = this.#jobs.selecting(pod).filter((job) => mayAdopt(job, pod));
      for (const job of adopters) this.#gather(job);
      if (adopters.length > 0) return;
    } else {
      if (!isJobReference(owner)) return;
      const job = this.#jobOf(pod, owner) ?? (await this.#liveJobOf(pod, owner, signal));
      if (job !== undefined && (isManagedElsewhere(job) || holds(job, pod))) return;
    }
    const { name = "", namespace = "", resourceVersion } = pod.metadata;
    const finalizers = (pod.metadata.finalizers ?? []).filter((one) => one !== trackingFinalizer);
    const body = { metadata: { finalizers, resourceVersion } };
    try {
      await this.context.client
        .resource(coreV1.pods)
        .patch(name, { type: "merge", body }, { namespace, signal });
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
    }
  }

  /** As the server has it: the cache of Jobs may be behind that of pods. */
  async #liveJobOf(pod: Pod, owner: OwnerReference, signal: AbortSignal): Promise<Job | undefined> {
    const { namespace = "" } = pod.metadata;
    const jobs = this.context.client.resource(batchV1.jobs);
    try {
      const job = await jobs.get(owner.name, { namespace, signal });
      return job.metadata.uid === owner.uid ? job : undefined;
    } catch (error) {
      if (hasReason(error, "NotFound")) return undefined;
      throw error;
    }
  }

  async #claim(job: Job, signal: AbortSignal, failed: (error: unknown) => void): Promise<Pod[]> {
    const { name = "", namespace = "", uid = "" } = job.metadata;
    const claimed = await claim(this.#pods.controlledBy(job), this.#pods.orphans(namespace), {
      owner: job,
      ownerKind: batchV1.jobs,
      selector: Selector.ofLabelSelector(job.spec.selector),
      objects: this.context.client.resource(coreV1.pods),
      freshOwner: () => {
        return this.context.client.resource(batchV1.jobs).get(name, { namespace, signal });
      },
      finalizers: [trackingFinalizer],
      failed,
      signal,
    });
    return claimed.map((pod) => {
      if (controllerOf(pod)?.uid === uid) return pod;
      // It was adopted just now, with the finalizer.
      this.#freed.unmark(pod);
      if (isTracked(pod)) return pod;
      const finalizers = [...(pod.metadata.finalizers ?? []), trackingFinalizer];
      return { ...pod, metadata: { ...pod.metadata, finalizers } };
    });
  }
}

function isJobReference(owner: OwnerReference): boolean {
  return owner.kind === batchV1.jobs.kind && owner.apiVersion === apiVersionOf(batchV1.jobs);
}

/** The Job goes on and will count the pod, or release it: one that is deleted releases none. */
function holds(job: Job, pod: Pod): boolean {
  if (isJobFinished(job)) return false;
  if (job.metadata.deletionTimestamp === undefined) return true;
  return Selector.ofLabelSelector(job.spec.selector).matches(pod.metadata.labels);
}

/** The Job's next sync will take the pod. */
function mayAdopt(job: Job, pod: Pod): boolean {
  return (
    pod.metadata.deletionTimestamp === undefined &&
    job.metadata.deletionTimestamp === undefined &&
    !isManagedElsewhere(job) &&
    !isJobFinished(job)
  );
}
