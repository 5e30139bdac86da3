import { appsV1, coreV1 } from "../../api/gen/resources.js";
import type {
  ControllerRevision,
  StatefulSet,
  StatefulSetStatus,
} from "../../api/gen/types/appsV1.js";
import type { PersistentVolumeClaim, Pod } from "../../api/gen/types/coreV1.js";
import { Selector } from "../../api/labels.js";
import { hasReason } from "../../api/status.js";
import { objectReference } from "../../client/events/eventRecorder.js";
import type { Indexer } from "../../client/informer/indexer.js";
import { controllerOf } from "../../client/ownership/controllerReference.js";
import type { ControllerContext } from "../controllerContext.js";
import { equalJson } from "../equalJson.js";
import { claim } from "../ownership/claim.js";
import {
  ControllerRevisions,
  hashOf,
  type RevisionedOwner,
} from "../ownership/controllerRevisions.js";
import { PodIndex } from "../ownership/podIndex.js";
import { isPodAvailable, isPodFinished, isPodReady } from "../pod/podState.js";
import { QueueController } from "../queueController.js";
import { WrittenVersions } from "../writtenVersions.js";
import { claimsOf, ordinalOf, podName, revisionLabel, statefulPod } from "./statefulPod.js";

interface Work {
  readonly set: StatefulSet;
  readonly pods: ReadonlyMap<number, Pod>;
  /** The revision that pods had before the running update, and the one that they get. */
  readonly current: ControllerRevision;
  readonly update: ControllerRevision;
  readonly signal: AbortSignal;
}

/** Runs numbered pods, each with its own name and storage, in order. */
export class StatefulSetController extends QueueController {
  readonly #sets: Indexer<StatefulSet>;
  readonly #pods: PodIndex;
  readonly #claims: Indexer<PersistentVolumeClaim>;
  readonly #revisions: ControllerRevisions;
  readonly #written = new WrittenVersions();

  constructor(context: ControllerContext) {
    super("statefulset-controller", context);
    const sets = this.informer(appsV1.statefulsets);
    this.#sets = sets.indexer;
    this.enqueueAll(sets);
    sets.addEventHandler({ onDelete: (set) => this.#written.forget(set) });
    const pods = this.informer(coreV1.pods);
    this.#pods = new PodIndex(pods.indexer);
    const changed = (pod: Pod): void => this.#podChanged(pod);
    pods.addEventHandler({ onAdd: changed, onUpdate: (_, pod) => changed(pod), onDelete: changed });
    this.#claims = this.informer(coreV1.persistentvolumeclaims).indexer;
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

  protected override async sync(key: string, signal: AbortSignal): Promise<void> {
    const set = this.#sets.get(key);
    if (set === undefined || this.#written.isBehind(set)) return;
    const pods = await this.#claimPods(set, signal);
    if (set.metadata.deletionTimestamp !== undefined) return;
    const owner = ownerOf(set);
    const update = await this.#revisions.current(owner, signal);
    const known = this.#revisions.of(owner);
    const current =
      known.find((revision) => revision.metadata.name === set.status?.currentRevision) ?? update;
    const work: Work = { set, pods, current, update, signal };
    await this.#step(work);
    await this.#writeStatus(work, key);
    const names = [...pods.values()].map((pod) => pod.metadata.labels?.[revisionLabel]);
    const inUse = known.filter((revision) => names.includes(revision.metadata.name));
    const used = new Set([update, current, ...inUse].map((revision) => hashOf(revision, owner)));
    await this.#revisions.truncate(owner, set.spec.revisionHistoryLimit ?? 10, used, signal);
  }

  async #claimPods(set: StatefulSet, signal: AbortSignal): Promise<Map<number, Pod>> {
    const { name = "", namespace = "", uid = "" } = set.metadata;
    const claimed = await claim(this.#pods.ofController(uid), this.#pods.orphans(namespace), {
      owner: set,
      ownerKind: appsV1.statefulsets,
      selector: Selector.ofLabelSelector(set.spec.selector),
      objects: this.context.client.resource(coreV1.pods),
      freshOwner: () => {
        return this.context.client.resource(appsV1.statefulsets).get(name, { namespace, signal });
      },
      mayAdopt: (pod) => ordinalOf(set, pod) !== undefined,
      signal,
    });
    const pods = new Map<number, Pod>();
    for (const pod of claimed) {
      const ordinal = ordinalOf(set, pod);
      if (ordinal !== undefined) pods.set(ordinal, pod);
    }
    return pods;
  }

  /** At most one pod at a time, unless the set is managed in parallel. */
  async #step(work: Work): Promise<void> {
    const { set, pods } = work;
    const isParallel = set.spec.podManagementPolicy === "Parallel";
    const [first, end] = rangeOf(set);
    for (let ordinal = first; ordinal < end; ordinal++) {
      const pod = pods.get(ordinal);
      const isSettled = pod !== undefined && (await this.#keep(work, ordinal, pod));
      if (pod === undefined) await this.#create(work, ordinal);
      if (!isSettled && !isParallel) return;
    }
    const surplus = [...pods.keys()].filter((n) => n < first || n >= end).sort((a, b) => b - a);
    for (const ordinal of surplus) {
      const pod = pods.get(ordinal) as Pod;
      if (pod.metadata.deletionTimestamp === undefined) await this.#delete(work, pod);
      if (!isParallel) return;
    }
    if (surplus.length === 0) await this.#rollUpdate(work, first, end);
  }

  /** True where the pod is as it should be and the next may be looked at. */
  async #keep(work: Work, ordinal: number, pod: Pod): Promise<boolean> {
    if (pod.metadata.deletionTimestamp !== undefined) return false;
    if (isPodFinished(pod)) {
      // Its place is taken again when it is gone.
      await this.#delete(work, pod);
      return false;
    }
    await this.#createClaims(work, ordinal);
    return this.#isAvailable(work.set, pod);
  }

  #isAvailable(set: StatefulSet, pod: Pod): boolean {
    const isRunning = pod.status?.phase === "Running" && isPodReady(pod);
    return isRunning && isPodAvailable(pod, set.spec.minReadySeconds ?? 0, this.now());
  }

  async #rollUpdate(work: Work, first: number, end: number): Promise<void> {
    const { set, pods, update } = work;
    const { rollingUpdate, type } = set.spec.updateStrategy ?? {};
    if (type === "OnDelete") return;
    const from = Math.max(first, rollingUpdate?.partition ?? 0);
    const wanted = update.metadata.name;
    for (let ordinal = end - 1; ordinal >= from; ordinal--) {
      const pod = pods.get(ordinal);
      if (pod === undefined) return;
      const isOld = pod.metadata.labels?.[revisionLabel] !== wanted;
      if (isOld && pod.metadata.deletionTimestamp === undefined) {
        await this.#delete(work, pod);
        return;
      }
      // The next lower one only when this one serves again.
      if (isOld || !this.#isAvailable(set, pod)) return;
    }
  }

  #revisionFor({ set, current, update }: Work, ordinal: number): ControllerRevision {
    if (set.spec.updateStrategy?.type === "OnDelete") return update;
    const [first] = rangeOf(set);
    const partition = set.spec.updateStrategy?.rollingUpdate?.partition;
    const keeps =
      partition === undefined || partition === 0
        ? ordinal < first + (set.status?.currentReplicas ?? 0)
        : ordinal < partition;
    return keeps ? current : update;
  }

  async #create(work: Work, ordinal: number): Promise<void> {
    const { set, signal } = work;
    await this.#createClaims(work, ordinal);
    const name = podName(set, ordinal);
    const pod = statefulPod(set, ordinal, this.#revisionFor(work, ordinal));
    try {
      await this.context.client.resource(coreV1.pods).create(pod, { signal });
      const message = `Create Pod ${name} in StatefulSet ${set.metadata.name} successful`;
      this.#tell(set, "SuccessfulCreate", message);
    } catch (error) {
      if (hasReason(error, "AlreadyExists")) return;
      const why = error instanceof Error ? error.message : String(error);
      const message = `Create Pod ${name} in StatefulSet ${set.metadata.name} failed error: ${why}`;
      this.#tell(set, "FailedCreate", message);
      throw error;
    }
  }

  async #createClaims({ set, signal }: Work, ordinal: number): Promise<void> {
    for (const wanted of claimsOf(set, ordinal)) {
      const { name = "", namespace = "" } = wanted.metadata;
      if (this.#claims.getByName(namespace, name) !== undefined) continue;
      const claims = this.context.client.resource(coreV1.persistentvolumeclaims);
      try {
        await claims.create(wanted, { signal });
        const owner = podName(set, ordinal);
        const message = `Create Claim ${name} Pod ${owner} in StatefulSet ${set.metadata.name} success`;
        this.#tell(set, "SuccessfulCreate", message);
      } catch (error) {
        if (!hasReason(error, "AlreadyExists")) throw error;
      }
    }
  }

  async #delete({ set, signal }: Work, pod: Pod): Promise<void> {
    const { name = "", namespace = "", uid = "" } = pod.metadata;
    const pods = this.context.client.resource(coreV1.pods);
    try {
      await pods.delete(name, { namespace, preconditions: { uid }, signal });
      const message = `Delete Pod ${name} in StatefulSet ${set.metadata.name} successful`;
      this.#tell(set, "SuccessfulDelete", message);
    } catch (error) {
      if (!hasReason(error, "NotFound", "Conflict")) throw error;
    }
  }

  #tell(set: StatefulSet, reason: string, message: string): void {
    const type = reason.startsWith("Failed") ? "Warning" : "Normal";
    this.context.recorder.event(objectReference(appsV1.statefulsets, set), type, reason, message);
  }

  async #writeStatus(work: Work, key: string): Promise<void> {
    const { set, signal } = work;
    const status = this.#status(work);
    const meaning = (of: object): object =>
      Object.fromEntries(Object.entries(of).filter(([, value]) => value !== 0));
    const waits = (set.spec.minReadySeconds ?? 0) > 0;
    if (waits && status.readyReplicas !== status.availableReplicas) {
      this.queue.addAfter(key, (set.spec.minReadySeconds ?? 0) * 1000);
    }
    if (equalJson(meaning(status), meaning(set.status ?? {}))) return;
    const sets = this.context.client.resource(appsV1.statefulsets);
    try {
      this.#written.note(await sets.updateStatus({ ...set, status }, { signal }));
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
    }
  }

  #status({ set, pods, current, update }: Work): StatefulSetStatus {
    const living = [...pods.values()].filter((p) => p.metadata.deletionTimestamp === undefined);
    const at = (revision: ControllerRevision): number =>
      living.filter((pod) => pod.metadata.labels?.[revisionLabel] === revision.metadata.name)
        .length;
    const ready = [...pods.values()].filter(isPodReady).length;
    const desired = set.spec.replicas ?? 1;
    const status: StatefulSetStatus = {
      ...set.status,
      observedGeneration: set.metadata.generation ?? 0,
      replicas: pods.size,
      readyReplicas: ready,
      availableReplicas: living.filter((pod) => this.#isAvailable(set, pod)).length,
      currentReplicas: at(current),
      updatedReplicas: at(update),
      currentRevision: current.metadata.name ?? "",
      updateRevision: update.metadata.name ?? "",
      collisionCount: set.status?.collisionCount ?? 0,
    };
    const isDone = status.updatedReplicas === desired && pods.size === desired && ready === desired;
    if (set.spec.updateStrategy?.type === "OnDelete" || !isDone) return status;
    return {
      ...status,
      currentReplicas: status.updatedReplicas ?? 0,
      currentRevision: status.updateRevision ?? "",
    };
  }
}

/** Of a revision of a set; those of daemon sets have another. */
const revisionHashLabel = "controller.kubernetes.io/hash";

/** The first ordinal and the one after the last. */
function rangeOf(set: StatefulSet): [number, number] {
  const first = set.spec.ordinals?.start ?? 0;
  return [first, first + (set.spec.replicas ?? 1)];
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
