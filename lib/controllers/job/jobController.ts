import { batchV1, coreV1 } from "../../api/gen/resources.js";
import type { Job } from "../../api/gen/types/batchV1.js";
import type { Pod } from "../../api/gen/types/coreV1.js";
import { Selector } from "../../api/labels.js";
import { type Indexer, objectKey } from "../../client/informer/indexer.js";
import { controllerOf } from "../../client/ownership/controllerReference.js";
import { Expectations } from "../../client/ownership/expectations.js";
import type { ControllerContext } from "../controllerContext.js";
import { claim } from "../ownership/claim.js";
import { PodIndex } from "../ownership/podIndex.js";
import { PodControl } from "../pod/podControl.js";
import { isPodActive } from "../pod/podState.js";
import { QueueController } from "../queueController.js";
import { WrittenVersions } from "../writtenVersions.js";
import { isJobFinished, isTracked, trackingFinalizer } from "./jobState.js";
import { JobSync } from "./jobSync.js";

/** Runs pods until enough of them have ended well. */
export class JobController extends QueueController {
  readonly #jobs: Indexer<Job>;
  readonly #pods: PodIndex;
  readonly #podControl: PodControl;
  readonly #expectations: Expectations;
  readonly #written = new WrittenVersions();
  /** Uids of pods whose finalizer this process has removed and whose cache entry may be older. */
  readonly #released = new Set<string>();

  constructor(context: ControllerContext) {
    super("job-controller", context);
    this.#expectations = new Expectations(context.platform.clock);
    this.#podControl = new PodControl(context.client, context.recorder);
    const jobs = this.informer(batchV1.jobs);
    this.#jobs = jobs.indexer;
    jobs.addEventHandler({
      onAdd: this.enqueue,
      onUpdate: (_, job) => this.enqueue(job),
      onDelete: (job) => {
        this.#expectations.forget(objectKey(job));
        this.#written.forget(job);
        for (const pod of this.#pods.ofController(job.metadata.uid ?? "")) this.#freeOrphan(pod);
      },
    });
    const pods = this.informer(coreV1.pods);
    this.#pods = new PodIndex(pods.indexer);
    pods.addEventHandler({
      onAdd: (pod) => this.#podChanged(pod, (key) => this.#expectations.creationObserved(key)),
      onUpdate: (_, pod) => this.#podChanged(pod),
      onDelete: (pod) => {
        this.#released.delete(pod.metadata.uid ?? "");
        this.#podChanged(pod, (key) => {
          this.#expectations.deletionObserved(key, objectKey(pod));
        });
      },
    });
  }

  #podChanged(pod: Pod, observed?: (key: string) => void): void {
    const owner = controllerOf(pod);
    if (owner?.kind !== "Job") return;
    const job = this.#jobs.getByName(pod.metadata.namespace ?? "", owner.name);
    if (job === undefined || job.metadata.uid !== owner.uid) {
      if (isTracked(pod)) this.#freeOrphan(pod);
      return;
    }
    const key = objectKey(job);
    if (pod.metadata.deletionTimestamp !== undefined) {
      this.#expectations.deletionObserved(key, objectKey(pod));
    }
    observed?.(key);
    this.queue.add(key);
  }

  /**
   * A pod without its Job must not be held by the Job's finalizer. The key says that it is a
   * pod's.
   */
  #freeOrphan(pod: Pod): void {
    if (isTracked(pod)) this.queue.add(`pod:${objectKey(pod)}`);
  }

  protected override async sync(key: string, signal: AbortSignal): Promise<void> {
    if (key.startsWith("pod:")) return this.#syncOrphan(key.slice(4), signal);
    const job = this.#jobs.get(key);
    if (job === undefined) {
      this.#expectations.forget(key);
      return undefined;
    }
    if ((job.spec.managedBy ?? "kubernetes.io/job-controller") !== "kubernetes.io/job-controller") {
      return undefined;
    }
    if (this.#written.isBehind(job)) return undefined;
    const pods = await this.#claim(job, signal);
    const isDone = isJobFinished(job) && !pods.some(isTracked);
    if (isDone) return undefined;
    const sync = new JobSync({
      context: this.context,
      podControl: this.#podControl,
      expectations: this.#expectations,
      released: this.#released,
      written: this.#written,
      key,
      job,
      pods,
      signal,
    });
    const recheckMilliseconds = await sync.run();
    if (recheckMilliseconds !== undefined) this.queue.addAfter(key, recheckMilliseconds);
    return undefined;
  }

  async #syncOrphan(key: string, signal: AbortSignal): Promise<void> {
    const pod = this.#pods.indexer.get(key);
    if (pod === undefined || !isTracked(pod)) return;
    const owner = controllerOf(pod);
    const job = this.#jobs.getByName(pod.metadata.namespace ?? "", owner?.name ?? "");
    if (job !== undefined && job.metadata.uid === owner?.uid) return;
    const finalizers = (pod.metadata.finalizers ?? []).filter((name) => name !== trackingFinalizer);
    const { name = "", namespace = "", resourceVersion } = pod.metadata;
    const body = { metadata: { finalizers, resourceVersion } };
    await this.context.client
      .resource(coreV1.pods)
      .patch(name, { type: "merge", body }, { namespace, signal });
  }

  #claim(job: Job, signal: AbortSignal): Promise<Pod[]> {
    const { name = "", namespace = "", uid = "" } = job.metadata;
    const orphans = this.#pods.orphans(namespace).filter(isPodActive);
    return claim(this.#pods.ofController(uid), orphans, {
      owner: job,
      ownerKind: batchV1.jobs,
      selector: Selector.ofLabelSelector(job.spec.selector),
      objects: this.context.client.resource(coreV1.pods),
      freshOwner: () => {
        return this.context.client.resource(batchV1.jobs).get(name, { namespace, signal });
      },
      finalizers: [trackingFinalizer],
      signal,
    });
  }
}
