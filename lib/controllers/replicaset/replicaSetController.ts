import { equalJson } from "../../api/equality.js";
import { coreV1 } from "../../api/gen/resources.js";
import type { ReplicaSet, ReplicaSetStatus } from "../../api/gen/types/appsV1.js";
import type { Pod } from "../../api/gen/types/coreV1.js";
import { Selector } from "../../api/labels.js";
import { hasReason, isNamespaceTerminating } from "../../api/status.js";
import { objectReference } from "../../client/events/eventRecorder.js";
import { type Indexer, objectKey, splitKey } from "../../client/informer/indexer.js";
import {
  controllerOf,
  newControllerReference,
} from "../../client/ownership/controllerReference.js";
import { Expectations } from "../../client/ownership/expectations.js";
import type { KubernetesObject } from "../../client/resourceClient.js";
import type { ControllerContext } from "../controllerContext.js";
import { claim } from "../ownership/claim.js";
import { PodIndex } from "../ownership/podIndex.js";
import { AvailabilityTracker } from "../pod/availabilityTracker.js";
import { PodControl, podFromTemplate, slowStartBatch } from "../pod/podControl.js";
import { compareForDeletion, isPodActive, isPodFinished, isPodReady } from "../pod/podState.js";
import { QueueController } from "../queueController.js";
import { WrittenVersions } from "../writtenVersions.js";
import type { ReplicaKind } from "./replicaKind.js";
import { type ReplicaSetAttempt, replicaSetStatus } from "./replicaSetStatus.js";

/** Pods that one sync creates or deletes at most. */
const maxPodsAtOnce = 500;

/** Keeps as many pods as a ReplicaSet or ReplicationController asks for. */
export class ReplicaSetController<T extends KubernetesObject> extends QueueController {
  readonly #kind: ReplicaKind<T>;
  readonly #owners: Indexer<T>;
  readonly #pods: PodIndex;
  readonly #podControl: PodControl;
  readonly #expectations: Expectations;
  readonly #availability: AvailabilityTracker;
  readonly #written = new WrittenVersions();

  constructor(context: ControllerContext, kind: ReplicaKind<T>) {
    super(kind.controllerName, context);
    this.#kind = kind;
    this.#expectations = new Expectations(context.platform.clock);
    this.#availability = new AvailabilityTracker(context.platform.clock);
    this.#podControl = new PodControl(context.client, context.recorder);
    const owners = this.informer(kind.type);
    this.#owners = owners.indexer;
    owners.addEventHandler({
      onAdd: this.enqueue,
      onUpdate: (old, object) => {
        if (old.metadata?.uid !== object.metadata?.uid) this.#expectations.forget(objectKey(old));
        this.enqueue(object);
      },
      onDelete: (object) => {
        this.#expectations.forget(objectKey(object));
        this.#written.forget(object);
        this.enqueue(object);
      },
    });
    const pods = this.informer(coreV1.pods);
    this.#pods = new PodIndex(pods.indexer);
    pods.addEventHandler({
      onAdd: (pod) => this.#podAdded(pod),
      onUpdate: (old, pod) => this.#podUpdated(old, pod),
      onDelete: (pod) => this.#podDeleted(pod),
    });
  }

  #podAdded(pod: Pod): void {
    if (pod.metadata.deletionTimestamp !== undefined) {
      this.#podDeleted(pod);
      return;
    }
    const owner = this.#ownerOf(pod);
    if (owner !== undefined) {
      this.#expectations.creationObserved(owner);
      this.queue.add(owner);
    } else if (controllerOf(pod) === undefined) this.#enqueueMatching(pod);
  }

  #podUpdated(old: Pod, pod: Pod): void {
    if (pod.metadata.deletionTimestamp !== undefined) {
      this.#podDeleted(pod);
      return;
    }
    const owner = this.#ownerOf(pod);
    const oldOwner = this.#ownerOf(old);
    if (oldOwner !== undefined && oldOwner !== owner) this.queue.add(oldOwner);
    if (owner === undefined) {
      if (controllerOf(pod) === undefined) this.#enqueueMatching(pod);
      return;
    }
    this.queue.add(owner);
    if (isPodReady(old) || !isPodReady(pod)) return;
    const minReadySeconds = this.#replicaSet(owner)?.spec.minReadySeconds ?? 0;
    // One second more, as times have whole seconds.
    if (minReadySeconds > 0) this.queue.addAfter(owner, (minReadySeconds + 1) * 1000);
  }

  #podDeleted(pod: Pod): void {
    this.#availability.forget(pod);
    const owner = this.#ownerOf(pod);
    if (owner === undefined) return;
    this.#expectations.deletionObserved(owner, podKey(pod));
    this.queue.add(owner);
  }

  /** The key of what controls the pod, where that is of this kind and still the same object. */
  #ownerOf(pod: Pod): string | undefined {
    const reference = controllerOf(pod);
    if (reference?.kind !== this.#kind.type.kind) return undefined;
    const key = `${pod.metadata.namespace}/${reference.name}`;
    return this.#owners.get(key)?.metadata?.uid === reference.uid ? key : undefined;
  }

  #enqueueMatching(pod: Pod): void {
    for (const owner of this.#owners.list(pod.metadata.namespace)) {
      if (selectorOf(this.#kind.toReplicaSet(owner)).matches(pod.metadata.labels)) {
        this.enqueue(owner);
      }
    }
  }

  #replicaSet(key: string): ReplicaSet | undefined {
    const owner = this.#owners.get(key);
    return owner === undefined ? undefined : this.#kind.toReplicaSet(owner);
  }

  protected override async sync(key: string, signal: AbortSignal): Promise<void> {
    const owner = this.#owners.get(key);
    if (owner === undefined) {
      this.#expectations.forget(key);
      return;
    }
    if (this.#written.isBehind(owner)) return;
    const replicaSet = this.#kind.toReplicaSet(owner);
    const settled = this.#expectations.satisfied(key);
    const { namespace } = splitKey(key);
    const owned = this.#pods.controlledBy(replicaSet);
    const terminating = this.#kind.countsTerminating ? owned.filter(isTerminating).length : 0;
    const unclaimed: unknown[] = [];
    const active = await this.#claim(replicaSet, owned.filter(isPodActive), {
      namespace,
      signal,
      failed: (error) => unclaimed.push(error),
    });
    let attempt: ReplicaSetAttempt = { state: "none" };
    if (settled && unclaimed.length === 0 && replicaSet.metadata.deletionTimestamp === undefined) {
      const error = await this.#manage(key, owner, replicaSet, active, signal);
      attempt = error === undefined ? { state: "done" } : { state: "failed", error };
    }
    const missing = (replicaSet.spec.replicas ?? 1) - active.length;
    const { minReadySeconds = 0 } = replicaSet.spec;
    const available = active.filter((pod) => this.#availability.isAvailable(pod, minReadySeconds));
    // Both before anything can fail: no write of this sync is needed for a time to pass.
    const wait = this.#availability.untilNext(active, minReadySeconds);
    if (wait !== undefined) this.queue.addAfter(key, wait);
    const unseen = this.#expectations.millisecondsLeft(key);
    if (unseen !== undefined) this.queue.addAfter(key, unseen);
    const nowMilliseconds = this.now();
    const seen = { replicaSet, active, available, terminating, missing, attempt, nowMilliseconds };
    await this.#writeStatus(owner, replicaSet, replicaSetStatus(seen), signal);
    if (attempt.state === "failed") throw attempt.error;
    if (unclaimed.length > 0) throw unclaimed[0];
  }

  #claim(
    replicaSet: ReplicaSet,
    owned: readonly Pod[],
    options: { namespace: string; signal: AbortSignal; failed: (error: unknown) => void },
  ): Promise<Pod[]> {
    const { namespace, signal, failed } = options;
    const name = replicaSet.metadata.name ?? "";
    return claim(owned, this.#pods.orphans(namespace).filter(isPodActive), {
      owner: replicaSet,
      ownerKind: this.#kind.type,
      selector: selectorOf(replicaSet),
      objects: this.context.client.resource(coreV1.pods),
      freshOwner: () => {
        const owners = this.context.client.resource(this.#kind.type);
        return owners.get(name, { namespace, signal });
      },
      failed,
      signal,
    });
  }

  /** Creates or deletes pods towards the wanted number. Returns what went wrong. */
  async #manage(
    key: string,
    owner: T,
    replicaSet: ReplicaSet,
    active: readonly Pod[],
    signal: AbortSignal,
  ): Promise<unknown> {
    const difference = active.length - (replicaSet.spec.replicas ?? 1);
    if (difference < 0) {
      return this.#create(key, owner, replicaSet, Math.min(-difference, maxPodsAtOnce), signal);
    }
    if (difference > 0) {
      const doomed = this.#podsToDelete(replicaSet, active, Math.min(difference, maxPodsAtOnce));
      return this.#delete(key, owner, doomed, signal);
    }
    return undefined;
  }

  async #create(
    key: string,
    owner: T,
    replicaSet: ReplicaSet,
    count: number,
    signal: AbortSignal,
  ): Promise<unknown> {
    const { namespace, name } = splitKey(key);
    const reference = newControllerReference(owner, this.#kind.type);
    const about = objectReference(this.#kind.type, owner);
    const template = replicaSet.spec.template ?? {};
    this.#expectations.expectCreations(key, count);
    const result = await slowStartBatch(count, () =>
      this.#podControl.create(
        podFromTemplate(template, { name, namespace }, reference),
        about,
        signal,
      ),
    );
    // What failed or was not begun will not come through the watch.
    if (result.succeeded < count) {
      this.#expectations.creationObserved(key, count - result.succeeded);
    }
    return isNamespaceTerminating(result.error) ? undefined : result.error;
  }

  async #delete(
    key: string,
    owner: T,
    doomed: readonly Pod[],
    signal: AbortSignal,
  ): Promise<unknown> {
    const about = objectReference(this.#kind.type, owner);
    this.#expectations.expectDeletions(key, doomed.map(podKey));
    const results = await Promise.allSettled(
      doomed.map(async (pod) => {
        try {
          await this.#podControl.delete(pod, about, signal);
        } catch (error) {
          this.#expectations.deletionObserved(key, podKey(pod));
          if (!hasReason(error, "NotFound")) throw error;
        }
      }),
    );
    const failed = results.find((result) => result.status === "rejected");
    return failed?.reason as unknown;
  }

  #podsToDelete(replicaSet: ReplicaSet, active: readonly Pod[], count: number): Pod[] {
    if (count >= active.length) return [...active];
    // Pods of a Deployment's other ReplicaSets on the same node make one that can be spared.
    const perNode = new Map<string, number>();
    for (const pod of this.#relatedPods(replicaSet, active)) {
      const node = pod.spec.nodeName ?? "";
      perNode.set(node, (perNode.get(node) ?? 0) + 1);
    }
    const onSameNode = (pod: Pod): number => perNode.get(pod.spec.nodeName ?? "") ?? 0;
    const now = this.now();
    const sorted = [...active].sort((a, b) => compareForDeletion(a, b, onSameNode, now));
    return sorted.slice(0, count);
  }

  #relatedPods(replicaSet: ReplicaSet, active: readonly Pod[]): readonly Pod[] {
    const controller = controllerOf(replicaSet);
    if (controller === undefined) return active;
    const related: Pod[] = [];
    for (const other of this.#owners.list(replicaSet.metadata.namespace)) {
      if (controllerOf(other)?.uid !== controller.uid) continue;
      for (const pod of this.#pods.controlledBy(other)) {
        if (isPodActive(pod)) related.push(pod);
      }
    }
    return related;
  }

  async #writeStatus(
    owner: T,
    replicaSet: ReplicaSet,
    status: ReplicaSetStatus,
    signal: AbortSignal,
  ): Promise<void> {
    if (equalJson(withZeros(replicaSet.status), withZeros(status))) return;
    const owners = this.context.client.resource(this.#kind.type);
    try {
      this.#written.note(
        await owners.updateStatus(this.#kind.withStatus(owner, status), { signal }),
      );
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
    }
  }
}

function selectorOf(replicaSet: ReplicaSet): Selector {
  const selector = Selector.ofLabelSelector(replicaSet.spec.selector);
  // One that matches everything would take every pod of the namespace.
  return selector.isEverything ? Selector.nothing : selector;
}

function podKey(pod: Pod): string {
  return `${objectKey(pod)}/${pod.metadata.uid}`;
}

function isTerminating(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined && !isPodFinished(pod);
}

/** Zero and absent are one in a status that the server may have written. */
function withZeros(status: ReplicaSetStatus | undefined): object {
  return {
    ...status,
    replicas: status?.replicas ?? 0,
    fullyLabeledReplicas: status?.fullyLabeledReplicas ?? 0,
    readyReplicas: status?.readyReplicas ?? 0,
    availableReplicas: status?.availableReplicas ?? 0,
    terminatingReplicas: status?.terminatingReplicas ?? 0,
    observedGeneration: status?.observedGeneration ?? 0,
  };
}
