import { equalJson } from "../../api/equality.js";
import { appsV1, coreV1 } from "../../api/gen/resources.js";
import type { StatefulSet, StatefulSetStatus } from "../../api/gen/types/appsV1.js";
import type { PersistentVolumeClaim, Pod } from "../../api/gen/types/coreV1.js";
import { Selector } from "../../api/labels.js";
import { hasReason } from "../../api/status.js";
import type { Indexer } from "../../client/informer/indexer.js";
import { controllerOf } from "../../client/ownership/controllerReference.js";
import type { ControllerContext } from "../controllerContext.js";
import { type ClaimOptions, claim } from "../ownership/claim.js";
import {
  ControllerRevisions,
  hashOf,
  type RevisionedOwner,
} from "../ownership/controllerRevisions.js";
import { PodIndex } from "../ownership/podIndex.js";
import { AvailabilityTracker } from "../pod/availabilityTracker.js";
import { FailedPodsBackoff } from "../pod/failedPodsBackoff.js";
import { QueueController } from "../queueController.js";
import { WrittenVersions } from "../writtenVersions.js";
import { isClaimName, ordinalOf, revisionLabel } from "./statefulPod.js";
import { StatefulPodControl } from "./statefulPodControl.js";
import { statefulSetStatus } from "./statefulSetStatus.js";
import { StatefulSetStep } from "./statefulSetStep.js";

/** Runs numbered pods, each with its own name and storage, in order. */
export class StatefulSetController extends QueueController {
  readonly #sets: Indexer<StatefulSet>;
  readonly #pods: PodIndex;
  readonly #control: StatefulPodControl;
  readonly #revisions: ControllerRevisions;
  readonly #availability: AvailabilityTracker;
  readonly #backoff: FailedPodsBackoff;
  readonly #written = new WrittenVersions();

  constructor(context: ControllerContext) {
    super("statefulset-controller", context);
    this.#availability = new AvailabilityTracker(context.platform.clock);
    this.#backoff = new FailedPodsBackoff(context.platform.clock);
    const sets = this.informer(appsV1.statefulsets);
    this.#sets = sets.indexer;
    this.enqueueAll(sets);
    sets.addEventHandler({
      onDelete: (set) => {
        this.#written.forget(set);
        this.#backoff.forgetOwner(set.metadata.uid ?? "");
      },
    });
    const pods = this.informer(coreV1.pods);
    this.#pods = new PodIndex(pods.indexer);
    pods.addEventHandler({
      onAdd: (pod) => this.#podChanged(pod),
      onUpdate: (old, pod) => {
        if (controllerOf(old)?.uid !== controllerOf(pod)?.uid) this.#podChanged(old);
        this.#podChanged(pod);
      },
      onDelete: (pod) => {
        this.#availability.forget(pod);
        this.#podChanged(pod);
      },
    });
    const claims = this.informer(coreV1.persistentvolumeclaims);
    claims.addEventHandler({
      onUpdate: (old, changed) => {
        if (!equalJson(ownership(old), ownership(changed))) this.#claimChanged(changed);
      },
      onDelete: (deleted) => this.#claimChanged(deleted),
    });
    this.#control = new StatefulPodControl(context.client, context.recorder, claims.indexer);
    const revisions = this.informer(appsV1.controllerrevisions);
    this.#revisions = new ControllerRevisions(context.client, revisions.indexer);
  }

  #podChanged(pod: Pod): void {
    const owner = controllerOf(pod);
    if (owner?.kind === "StatefulSet") {
      const set = this.#sets.getByName(pod.metadata.namespace ?? "", owner.name);
      if (set !== undefined) this.enqueue(set);
    } else if (owner === undefined) {
      for (const set of this.#sets.list(pod.metadata.namespace)) {
        const selector = Selector.ofLabelSelector(set.spec.selector);
        if (!selector.isEverything && selector.matches(pod.metadata.labels)) this.enqueue(set);
      }
    }
  }

  /** A set may wait for a claim to go, and for a missing one it makes another. */
  #claimChanged({ metadata }: PersistentVolumeClaim): void {
    for (const set of this.#sets.list(metadata.namespace)) {
      if (isClaimName(set, metadata.name ?? "")) this.enqueue(set);
    }
  }

  protected override async sync(key: string, signal: AbortSignal): Promise<void> {
    const set = this.#sets.get(key);
    if (set === undefined || this.#written.isBehind(set)) return;
    const failures: unknown[] = [];
    const options = this.#claimOptions(set, (error) => failures.push(error), signal);
    const pods = await this.#claimPods(set, options);
    if (set.metadata.deletionTimestamp !== undefined) return;
    const minReadySeconds = set.spec.minReadySeconds ?? 0;
    // Before anything can fail: no write of this sync is needed for a time to pass.
    const wait = this.#availability.untilNext(pods.values(), minReadySeconds);
    if (wait !== undefined) this.queue.addAfter(key, wait);
    await this.#revisions.adopt(options);
    const owner = ownerOf(set);
    const newest = await this.#revisions.currentOrLast(owner, signal);
    if (newest.error !== undefined) failures.push(newest.error);
    const { revision: update, collisionCount } = newest;
    const known = this.#revisions.of(owner);
    const current =
      known.find((revision) => revision.metadata.name === set.status?.currentRevision) ?? update;
    const isAvailable = (pod: Pod): boolean => {
      return this.#availability.isAvailable(pod, minReadySeconds);
    };
    const mayReplace = (ordinal: number): boolean => {
      const revision = update.metadata.name ?? "";
      const left = this.#backoff.take(set.metadata.uid ?? "", revision, String(ordinal));
      if (left > 0) this.queue.addAfter(key, left);
      return left === 0;
    };
    const work = { set, pods, current, update, isAvailable, mayReplace, signal };
    const step = new StatefulSetStep(work, this.#control);
    const error = await step.run(failures);
    signal.throwIfAborted();
    const { deleted } = step;
    const seen = { ...work, pods: [...pods.values()], deleted, collisionCount };
    const status = statefulSetStatus(seen);
    // A template without a revision has not been observed: its update would seem complete.
    if (newest.error !== undefined) {
      status.observedGeneration = set.status?.observedGeneration ?? 0;
    }
    try {
      await this.#writeStatus(set, status, signal);
      const names = [...pods.values()].map((pod) => pod.metadata.labels?.[revisionLabel]);
      const inUse = known.filter((revision) => names.includes(revision.metadata.name));
      const used = new Set([update, current, ...inUse].map((revision) => hashOf(revision, owner)));
      await this.#revisions.truncate(owner, set.spec.revisionHistoryLimit ?? 10, used, signal);
    } catch (statusError) {
      throw error ?? statusError;
    }
    if (error !== undefined) throw error;
  }

  #claimOptions(set: StatefulSet, failed: (error: unknown) => void, signal: AbortSignal) {
    const { name = "", namespace = "" } = set.metadata;
    const sets = this.context.client.resource(appsV1.statefulsets);
    return {
      owner: set,
      ownerKind: appsV1.statefulsets,
      selector: Selector.ofLabelSelector(set.spec.selector),
      freshOwner: () => sets.get(name, { namespace, signal }),
      failed,
      signal,
    };
  }

  async #claimPods(
    set: StatefulSet,
    options: Omit<ClaimOptions<Pod>, "objects">,
  ): Promise<Map<number, Pod>> {
    const { namespace = "" } = set.metadata;
    const claimed = await claim(this.#pods.controlledBy(set), this.#pods.orphans(namespace), {
      ...options,
      objects: this.context.client.resource(coreV1.pods),
      mayAdopt: (pod) => ordinalOf(set, pod) !== undefined,
    });
    const pods = new Map<number, Pod>();
    for (const pod of claimed) {
      const ordinal = ordinalOf(set, pod);
      if (ordinal !== undefined) pods.set(ordinal, pod);
    }
    return pods;
  }

  async #writeStatus(
    set: StatefulSet,
    status: StatefulSetStatus,
    signal: AbortSignal,
  ): Promise<void> {
    const meaning = (of: object): object =>
      Object.fromEntries(Object.entries(of).filter(([, value]) => value !== 0));
    if (equalJson(meaning(status), meaning(set.status ?? {}))) return;
    const sets = this.context.client.resource(appsV1.statefulsets);
    try {
      this.#written.note(await sets.updateStatus({ ...set, status }, { signal }));
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
    }
  }
}

/** Of a revision of a set; those of daemon sets have another. */
const revisionHashLabel = "controller.kubernetes.io/hash";

function ownership({ metadata }: PersistentVolumeClaim): unknown[] {
  return [metadata.ownerReferences ?? [], metadata.deletionTimestamp];
}

function ownerOf(set: StatefulSet): RevisionedOwner {
  return {
    object: set,
    kind: appsV1.statefulsets,
    selector: set.spec.selector,
    template: set.spec.template,
    collisionCount: set.status?.collisionCount,
    hashLabel: revisionHashLabel,
  };
}
