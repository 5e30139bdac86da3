import { equalJson } from "../../api/equality.js";
import { appsV1, coreV1 } from "../../api/gen/resources.js";
import type { DaemonSet, DaemonSetStatus } from "../../api/gen/types/appsV1.js";
import type { Node, Pod } from "../../api/gen/types/coreV1.js";
import { Selector } from "../../api/labels.js";
import { hasReason, isNamespaceTerminating } from "../../api/status.js";
import { objectReference } from "../../client/events/eventRecorder.js";
import { type Indexer, objectKey } from "../../client/informer/indexer.js";
import { controllerOf } from "../../client/ownership/controllerReference.js";
import { Expectations } from "../../client/ownership/expectations.js";
import type { ControllerContext } from "../controllerContext.js";
import { claim } from "../ownership/claim.js";
import {
  ControllerRevisions,
  hashOf,
  type RevisionedOwner,
} from "../ownership/controllerRevisions.js";
import { PodIndex } from "../ownership/podIndex.js";
import { AvailabilityTracker } from "../pod/availabilityTracker.js";
import { FailedPodsBackoff } from "../pod/failedPodsBackoff.js";
import { PodControl, slowStartBatch } from "../pod/podControl.js";
import { isPodFinished } from "../pod/podState.js";
import { QueueController } from "../queueController.js";
import { WrittenVersions } from "../writtenVersions.js";
import {
  type DaemonPlan,
  type DaemonView,
  isLeaving,
  planPlacement,
  planUpdate,
} from "./daemonPlan.js";
import { daemonPod, nodeNameOf, placement, revisionHashLabel } from "./daemonPod.js";
import { daemonCounts } from "./daemonSetStatus.js";

const maxPodsAtOnce = 250;

interface Work {
  readonly daemonSet: DaemonSet;
  readonly key: string;
  readonly view: DaemonView;
  readonly signal: AbortSignal;
}

/** Keeps one pod on every node that a DaemonSet is for. */
export class DaemonSetController extends QueueController {
  readonly #sets: Indexer<DaemonSet>;
  readonly #pods: PodIndex;
  readonly #nodes: Indexer<Node>;
  readonly #revisions: ControllerRevisions;
  readonly #podControl: PodControl;
  readonly #expectations: Expectations;
  readonly #availability: AvailabilityTracker;
  readonly #backoff: FailedPodsBackoff;
  readonly #written = new WrittenVersions();

  constructor(context: ControllerContext) {
    super("daemonset-controller", context, { workers: 2 });
    const { clock } = context.platform;
    this.#expectations = new Expectations(clock);
    this.#availability = new AvailabilityTracker(clock);
    this.#backoff = new FailedPodsBackoff(clock);
    this.#podControl = new PodControl(context.client, context.recorder);
    const sets = this.informer(appsV1.daemonsets);
    this.#sets = sets.indexer;
    sets.addEventHandler({
      onAdd: this.enqueue,
      onUpdate: (old, set) => {
        if (old.metadata.uid !== set.metadata.uid) this.#forget(old);
        this.enqueue(set);
      },
      onDelete: (set) => this.#forget(set),
    });
    const pods = this.informer(coreV1.pods);
    this.#pods = new PodIndex(pods.indexer);
    pods.addEventHandler({
      onAdd: (pod) => this.#podChanged(pod, (key) => this.#expectations.creationObserved(key)),
      onUpdate: (old, pod) => {
        if (controllerOf(old)?.uid !== controllerOf(pod)?.uid) this.#podChanged(old);
        this.#podChanged(pod, (key) => {
          if (isLeaving(pod)) this.#expectations.deletionObserved(key, podKey(pod));
        });
      },
      onDelete: (pod) => {
        this.#availability.forget(pod);
        this.#podChanged(pod, (key) => this.#expectations.deletionObserved(key, podKey(pod)));
      },
    });
    const revisions = this.informer(appsV1.controllerrevisions);
    this.#revisions = new ControllerRevisions(context.client, revisions.indexer);
    const nodes = this.informer(coreV1.nodes);
    this.#nodes = nodes.indexer;
    nodes.addEventHandler({
      onAdd: (node) => this.#nodeChanged(undefined, node),
      onUpdate: (old, node) => this.#nodeChanged(old, node),
      onDelete: (node) => {
        this.#backoff.forgetPlace(node.metadata.name ?? "");
        this.#nodeChanged(node, undefined);
      },
    });
  }

  #forget(set: DaemonSet): void {
    this.#expectations.forget(objectKey(set));
    this.#written.forget(set);
    this.#backoff.forgetOwner(set.metadata.uid ?? "");
  }

  #podChanged(pod: Pod, observed?: (key: string) => void): void {
    const owner = controllerOf(pod);
    if (owner === undefined) {
      for (const set of this.#sets.list(pod.metadata.namespace)) {
        if (selectorOf(set).matches(pod.metadata.labels)) this.enqueue(set);
      }
      return;
    }
    if (owner.kind !== "DaemonSet") return;
    const set = this.#sets.getByName(pod.metadata.namespace ?? "", owner.name);
    if (set === undefined || set.metadata.uid !== owner.uid) return;
    observed?.(objectKey(set));
    this.enqueue(set);
  }

  /** Heartbeats change nothing about where daemons belong. */
  #nodeChanged(old: Node | undefined, node: Node | undefined): void {
    if (old !== undefined && node !== undefined && isSamePlace(old, node)) return;
    for (const set of this.#sets.values()) {
      const before = old === undefined ? undefined : placement(set, old);
      const after = node === undefined ? undefined : placement(set, node);
      if (!equalJson(before, after)) this.enqueue(set);
    }
  }

  protected override async sync(key: string, signal: AbortSignal): Promise<void> {
    const daemonSet = this.#sets.get(key);
    if (daemonSet === undefined) {
      this.#expectations.forget(key);
      return;
    }
    if (this.#written.isBehind(daemonSet)) return;
    if (Selector.ofLabelSelector(daemonSet.spec.selector).isEverything) {
      const about = objectReference(appsV1.daemonsets, daemonSet);
      const message = "This daemon set is selecting all pods. A non-empty selector is required.";
      this.context.recorder.event(about, "Warning", "SelectingAll", message);
      return;
    }
    if (daemonSet.metadata.deletionTimestamp !== undefined) return;
    const failures: unknown[] = [];
    const options = this.#claimOptions(daemonSet, (error) => failures.push(error), signal);
    await this.#revisions.adopt(options);
    const owner = ownerOf(daemonSet);
    const current = await this.#revisions.currentOrLast(owner, signal);
    const { revision, collisionCount } = current;
    if (current.error !== undefined) failures.push(current.error);
    const hash = hashOf(revision, owner);
    const { namespace = "" } = daemonSet.metadata;
    const objects = this.context.client.resource(coreV1.pods);
    const pods = await claim(this.#pods.controlledBy(daemonSet), this.#pods.orphans(namespace), {
      ...options,
      objects,
    });
    const work: Work = { daemonSet, key, view: this.#view(daemonSet, hash, pods), signal };
    this.#armTimers(key, daemonSet, pods);
    const acts = this.#expectations.satisfied(key) && failures.length === 0;
    const error = acts ? await this.#act(work) : failures[0];
    signal.throwIfAborted();
    try {
      await this.#writeStatus(work, collisionCount, acts);
      if (acts && error === undefined) {
        const used = pods.map((pod) => pod.metadata.labels?.[revisionHashLabel] ?? "");
        const limit = daemonSet.spec.revisionHistoryLimit ?? 10;
        await this.#revisions.truncate(owner, limit, new Set([...used, hash]), signal);
      }
    } catch (statusError) {
      throw error ?? statusError;
    }
    if (error !== undefined) throw error;
  }

  #claimOptions(daemonSet: DaemonSet, failed: (error: unknown) => void, signal: AbortSignal) {
    const { name = "", namespace = "" } = daemonSet.metadata;
    const sets = this.context.client.resource(appsV1.daemonsets);
    return {
      owner: daemonSet,
      ownerKind: appsV1.daemonsets,
      selector: selectorOf(daemonSet),
      freshOwner: () => sets.get(name, { namespace, signal }),
      failed,
      signal,
    };
  }

  #view(daemonSet: DaemonSet, hash: string, pods: readonly Pod[]): DaemonView {
    const nodes = new Map(
      [...this.#nodes.values()].map((node) => [
        node.metadata.name ?? "",
        placement(daemonSet, node),
      ]),
    );
    const byNode = new Map<string, Pod[]>();
    for (const pod of pods) {
      // One that has ended and waits for its finalizers must not keep the next from coming.
      if (isPodFinished(pod) && isLeaving(pod)) continue;
      const name = nodeNameOf(pod);
      const others = byNode.get(name);
      if (others === undefined) byNode.set(name, [pod]);
      else others.push(pod);
    }
    const minReadySeconds = daemonSet.spec.minReadySeconds ?? 0;
    const isAvailable = (pod: Pod): boolean => {
      return this.#availability.isAvailable(pod, minReadySeconds);
    };
    return { daemonSet, hash, nodes, byNode, isAvailable };
  }

  /** Before anything can fail: no write of a sync is needed for a time to pass. */
  #armTimers(key: string, daemonSet: DaemonSet, pods: readonly Pod[]): void {
    const ready = this.#availability.untilNext(pods, daemonSet.spec.minReadySeconds ?? 0);
    if (ready !== undefined) this.queue.addAfter(key, ready);
    const unseen = this.#expectations.millisecondsLeft(key);
    if (unseen !== undefined) this.queue.addAfter(key, unseen);
  }

  async #act(work: Work): Promise<unknown> {
    const { view } = work;
    const placed = planPlacement(view, (pod, node) => this.#mayReplace(work, pod, node));
    const isSettled = placed.create.length === 0 && placed.remove.length === 0;
    return this.#apply(work, isSettled ? planUpdate(view) : placed);
  }

  /** Tells of a pod that has ended, and holds a failed one back that others preceded. */
  #mayReplace({ daemonSet, key, view }: Work, pod: Pod, node: string): boolean {
    const about = objectReference(appsV1.daemonsets, daemonSet);
    const where = `${objectKey(pod)} on node ${node}`;
    if (pod.status?.phase === "Succeeded") {
      const message = `Found succeeded daemon pod ${where}, will try to delete it`;
      this.context.recorder.event(about, "Normal", "SucceededDaemonPod", message);
      return true;
    }
    const wait = this.#backoff.take(daemonSet.metadata.uid ?? "", view.hash, node);
    if (wait > 0) {
      this.queue.addAfter(key, wait);
      return false;
    }
    const message = `Found failed daemon pod ${where}, will try to kill it`;
    this.context.recorder.event(about, "Warning", "FailedDaemonPod", message);
    return true;
  }

  async #apply({ daemonSet, key, view, signal }: Work, plan: DaemonPlan): Promise<unknown> {
    const about = objectReference(appsV1.daemonsets, daemonSet);
    const nodes = plan.create.slice(0, maxPodsAtOnce);
    const doomed = plan.remove.slice(0, maxPodsAtOnce);
    if (doomed.length + nodes.length === 0) return undefined;
    this.#expectations.expect(key, nodes.length, doomed.map(podKey));
    const deletions = await Promise.allSettled(
      doomed.map(async (pod) => {
        try {
          await this.#podControl.delete(pod, about, signal);
        } catch (error) {
          this.#expectations.deletionObserved(key, podKey(pod));
          if (!hasReason(error, "NotFound")) throw error;
        }
      }),
    );
    const result = await slowStartBatch(nodes.length, (index) =>
      this.#podControl.create(daemonPod(daemonSet, nodes[index] ?? "", view.hash), about, signal),
    );
    if (result.succeeded < nodes.length) {
      this.#expectations.creationObserved(key, nodes.length - result.succeeded);
    }
    const unseen = this.#expectations.millisecondsLeft(key);
    if (unseen !== undefined) this.queue.addAfter(key, unseen);
    const failed = deletions.find((deletion) => deletion.status === "rejected");
    if (failed !== undefined) return failed.reason as unknown;
    return isNamespaceTerminating(result.error) ? undefined : result.error;
  }

  async #writeStatus(
    { daemonSet, view, signal }: Work,
    collisionCount: number | undefined,
    hasActed: boolean,
  ): Promise<void> {
    const { conditions, ...old } = daemonSet.status ?? ({} as Partial<DaemonSetStatus>);
    const status = {
      ...daemonCounts(view),
      // A generation on which nothing was done yet has not been observed.
      observedGeneration: hasActed
        ? (daemonSet.metadata.generation ?? 0)
        : (old.observedGeneration ?? 0),
      ...(collisionCount === undefined ? {} : { collisionCount }),
    };
    const counted = (of: object): object =>
      Object.fromEntries(Object.entries(of).filter(([, value]) => value !== 0));
    if (equalJson(counted(old), counted(status))) return;
    const next = conditions === undefined ? status : { ...status, conditions };
    try {
      const sets = this.context.client.resource(appsV1.daemonsets);
      this.#written.note(await sets.updateStatus({ ...daemonSet, status: next }, { signal }));
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
    }
  }
}

/** What a node's placement rests on, but for its name, which never changes. */
function isSamePlace(old: Node, node: Node): boolean {
  return (
    equalJson(old.metadata.labels, node.metadata.labels) &&
    equalJson(old.spec?.taints, node.spec?.taints)
  );
}

/** A pod of the name that was deleted and made again is another. */
function podKey(pod: Pod): string {
  return `${objectKey(pod)}/${pod.metadata.uid}`;
}

function selectorOf(daemonSet: DaemonSet): Selector {
  return Selector.ofLabelSelector(daemonSet.spec.selector);
}

function ownerOf(daemonSet: DaemonSet): RevisionedOwner {
  return {
    object: daemonSet,
    kind: appsV1.daemonsets,
    selector: daemonSet.spec.selector,
    template: daemonSet.spec.template,
    collisionCount: daemonSet.status?.collisionCount,
    hashLabel: revisionHashLabel,
  };
}
