import { appsV1, coreV1 } from "../../api/gen/resources.js";
import type { DaemonSet, DaemonSetStatus } from "../../api/gen/types/appsV1.js";
import type { Node, Pod } from "../../api/gen/types/coreV1.js";
import { scaledValue } from "../../api/intOrString.js";
import { Selector } from "../../api/labels.js";
import { hasReason } from "../../api/status.js";
import { objectReference } from "../../client/events/eventRecorder.js";
import { type Indexer, objectKey } from "../../client/informer/indexer.js";
import { controllerOf } from "../../client/ownership/controllerReference.js";
import { Expectations } from "../../client/ownership/expectations.js";
import type { ControllerContext } from "../controllerContext.js";
import { equalJson } from "../equalJson.js";
import { claim } from "../ownership/claim.js";
import {
  ControllerRevisions,
  hashOf,
  type RevisionedOwner,
} from "../ownership/controllerRevisions.js";
import { PodIndex } from "../ownership/podIndex.js";
import { isNamespaceTerminating, PodControl, slowStartBatch } from "../pod/podControl.js";
import { isPodAvailable, isPodReady } from "../pod/podState.js";
import { QueueController } from "../queueController.js";
import { WrittenVersions } from "../writtenVersions.js";
import { daemonPod, nodeNameOf, placement, revisionHashLabel } from "./daemonPod.js";

const maxPodsAtOnce = 250;

interface Work {
  readonly daemonSet: DaemonSet;
  readonly key: string;
  readonly hash: string;
  readonly byNode: ReadonlyMap<string, Pod[]>;
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
  readonly #written = new WrittenVersions();

  constructor(context: ControllerContext) {
    super("daemonset-controller", context, { workers: 2 });
    this.#expectations = new Expectations(context.platform.clock);
    this.#podControl = new PodControl(context.client, context.recorder);
    const sets = this.informer(appsV1.daemonsets);
    this.#sets = sets.indexer;
    sets.addEventHandler({
      onAdd: this.enqueue,
      onUpdate: (_, set) => this.enqueue(set),
      onDelete: (set) => {
        this.#expectations.forget(objectKey(set));
        this.#written.forget(set);
      },
    });
    const pods = this.informer(coreV1.pods);
    this.#pods = new PodIndex(pods.indexer);
    pods.addEventHandler({
      onAdd: (pod) => this.#podChanged(pod, (key) => this.#expectations.creationObserved(key)),
      onUpdate: (_, pod) => this.#podChanged(pod),
      onDelete: (pod) =>
        this.#podChanged(pod, (key) => this.#expectations.deletionObserved(key, objectKey(pod))),
    });
    const revisions = this.informer(appsV1.controllerrevisions);
    this.#revisions = new ControllerRevisions(context.client, revisions.indexer);
    const nodes = this.informer(coreV1.nodes);
    this.#nodes = nodes.indexer;
    nodes.addEventHandler({
      onAdd: (node) => this.#nodeChanged(undefined, node),
      onUpdate: (old, node) => this.#nodeChanged(old, node),
      onDelete: (node) => this.#nodeChanged(node, undefined),
    });
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
    const owner = ownerOf(daemonSet);
    const { revision } = await this.#revisions.current(owner, signal);
    const hash = hashOf(revision, owner);
    const pods = await this.#claim(daemonSet, signal);
    const byNode = new Map<string, Pod[]>();
    for (const pod of pods) {
      const name = nodeNameOf(pod);
      byNode.set(name, [...(byNode.get(name) ?? []), pod]);
    }
    const work: Work = { daemonSet, key, hash, byNode, signal };
    let error: unknown;
    if (this.#expectations.satisfied(key)) {
      error = await this.#manage(work);
      if (error === undefined && this.#expectations.satisfied(key)) {
        const used = new Set(pods.map((pod) => pod.metadata.labels?.[revisionHashLabel] ?? ""));
        const limit = daemonSet.spec.revisionHistoryLimit ?? 10;
        await this.#revisions.truncate(owner, limit, new Set([...used, hash]), signal);
      }
    }
    await this.#writeStatus(work);
    if (error !== undefined) throw error;
  }

  #claim(daemonSet: DaemonSet, signal: AbortSignal): Promise<Pod[]> {
    const { name = "", namespace = "", uid = "" } = daemonSet.metadata;
    return claim(this.#pods.ofController(uid), this.#pods.orphans(namespace), {
      owner: daemonSet,
      ownerKind: appsV1.daemonsets,
      selector: selectorOf(daemonSet),
      objects: this.context.client.resource(coreV1.pods),
      freshOwner: () => {
        return this.context.client.resource(appsV1.daemonsets).get(name, { namespace, signal });
      },
      signal,
    });
  }

  async #manage(work: Work): Promise<unknown> {
    const create: string[] = [];
    const remove: Pod[] = [];
    for (const node of this.#nodes.values()) this.#planNode(work, node, create, remove);
    for (const [name, pods] of work.byNode) {
      // Pods of nodes that are gone and that were never placed would wait for ever.
      if (this.#nodes.get(name) === undefined) {
        remove.push(...pods.filter((pod) => (pod.spec.nodeName ?? "") === ""));
      }
    }
    if (create.length === 0 && remove.length === 0) this.#planRollingUpdate(work, create, remove);
    return this.#apply(work, create, remove);
  }

  #planNode(work: Work, node: Node, create: string[], remove: Pod[]): void {
    const { shouldRun, mayStay } = placement(work.daemonSet, node);
    const name = node.metadata.name ?? "";
    const pods = work.byNode.get(name) ?? [];
    const living = pods.filter((pod) => pod.metadata.deletionTimestamp === undefined);
    if (shouldRun && pods.length === 0) create.push(name);
    else if (!mayStay) remove.push(...living);
    else {
      const failed = living.filter((pod) => pod.status?.phase === "Failed");
      for (const pod of failed) this.#tellFailed(work, pod, name);
      remove.push(...failed);
      const running = living.filter((pod) => pod.status?.phase !== "Failed");
      if (!this.#surges(work.daemonSet)) remove.push(...allButOldest(running));
    }
  }

  #tellFailed(work: Work, pod: Pod, nodeName: string): void {
    const about = objectReference(appsV1.daemonsets, work.daemonSet);
    const message = `Found failed daemon pod ${objectKey(pod)} on node ${nodeName}, will try to kill it`;
    this.context.recorder.event(about, "Warning", "FailedDaemonPod", message);
  }

  #surges(daemonSet: DaemonSet): boolean {
    return this.#limits(daemonSet).maxSurge > 0;
  }

  #limits(daemonSet: DaemonSet): { maxSurge: number; maxUnavailable: number } {
    const { rollingUpdate, type } = daemonSet.spec.updateStrategy ?? {};
    if (type === "OnDelete") return { maxSurge: 0, maxUnavailable: 0 };
    const desired = [...this.#nodes.values()].filter((n) => placement(daemonSet, n).shouldRun);
    const surge = scaledValue(rollingUpdate?.maxSurge ?? 0, desired.length, true);
    const unavailable = scaledValue(rollingUpdate?.maxUnavailable ?? 1, desired.length, true);
    return { maxSurge: surge, maxUnavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
  }

  #planRollingUpdate(work: Work, create: string[], remove: Pod[]): void {
    const { daemonSet, hash, byNode } = work;
    if (daemonSet.spec.updateStrategy?.type === "OnDelete") return;
    const { maxSurge, maxUnavailable } = this.#limits(daemonSet);
    const minReadySeconds = daemonSet.spec.minReadySeconds ?? 0;
    const isNew = (pod: Pod): boolean => pod.metadata.labels?.[revisionHashLabel] === hash;
    const isUp = (pod: Pod): boolean => isPodAvailable(pod, minReadySeconds, this.now());
    let unavailable = 0;
    let surging = 0;
    const candidates: { node: string; old: Pod; available: boolean }[] = [];
    for (const [node, pods] of byNode) {
      const living = pods.filter((pod) => pod.metadata.deletionTimestamp === undefined);
      const old = living.find((pod) => !isNew(pod));
      const fresh = living.find(isNew);
      if (!living.some(isUp)) unavailable++;
      if (old === undefined) continue;
      if (fresh !== undefined) {
        surging++;
        if (maxSurge > 0 && isUp(fresh)) remove.push(old);
      } else if (pods.length === living.length) {
        candidates.push({ node, old, available: isUp(old) });
      }
    }
    if (maxSurge > 0) {
      const nodes = candidates.map((candidate) => candidate.node).sort();
      create.push(...nodes.slice(0, Math.max(0, maxSurge - surging)));
      return;
    }
    // One that is down already costs nothing.
    candidates.sort((a, b) => Number(a.available) - Number(b.available));
    for (const { available, old } of candidates) {
      if (available) {
        if (unavailable >= maxUnavailable) break;
        unavailable++;
      }
      remove.push(old);
    }
  }

  async #apply(work: Work, create: readonly string[], remove: readonly Pod[]): Promise<unknown> {
    const { daemonSet, key, hash, signal } = work;
    const about = objectReference(appsV1.daemonsets, daemonSet);
    const nodes = create.slice(0, maxPodsAtOnce);
    const doomed = remove.slice(0, maxPodsAtOnce);
    if (doomed.length + nodes.length > 0) {
      this.#expectations.expect(key, nodes.length, doomed.map(objectKey));
    }
    const deletions = await Promise.allSettled(
      doomed.map(async (pod) => {
        try {
          await this.#podControl.delete(pod, about, signal);
        } catch (error) {
          this.#expectations.deletionObserved(key, objectKey(pod));
          if (!hasReason(error, "NotFound")) throw error;
        }
      }),
    );
    const result = await slowStartBatch(nodes.length, (index) =>
      this.#podControl.create(daemonPod(daemonSet, nodes[index] ?? "", hash), about, signal),
    );
    if (result.succeeded < nodes.length) {
      this.#expectations.creationObserved(key, nodes.length - result.succeeded);
    }
    const failed = deletions.find((deletion) => deletion.status === "rejected");
    if (failed !== undefined) return failed.reason as unknown;
    return isNamespaceTerminating(result.error) ? undefined : result.error;
  }

  async #writeStatus(work: Work): Promise<void> {
    const { daemonSet, signal } = work;
    const status = this.#status(work);
    const {
      conditions: _,
      collisionCount: __,
      ...old
    } = daemonSet.status ?? ({} as DaemonSetStatus);
    const counted = (of: object): object =>
      Object.fromEntries(Object.entries(of).filter(([, value]) => value !== 0));
    if (equalJson(counted(old), counted(status))) return;
    try {
      const sets = this.context.client.resource(appsV1.daemonsets);
      const next = { ...daemonSet, status: { ...daemonSet.status, ...status } };
      this.#written.note(await sets.updateStatus(next, { signal }));
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
    }
    const waits = (daemonSet.spec.minReadySeconds ?? 0) > 0;
    if (waits && status.numberReady !== status.numberAvailable) {
      this.queue.addAfter(work.key, (daemonSet.spec.minReadySeconds ?? 0) * 1000);
    }
  }

  #status({ daemonSet, byNode, hash }: Work): DaemonSetStatus {
    const status = {
      currentNumberScheduled: 0,
      numberMisscheduled: 0,
      desiredNumberScheduled: 0,
      numberReady: 0,
      updatedNumberScheduled: 0,
      numberAvailable: 0,
    };
    const minReadySeconds = daemonSet.spec.minReadySeconds ?? 0;
    for (const node of this.#nodes.values()) {
      const pods = byNode.get(node.metadata.name ?? "") ?? [];
      if (!placement(daemonSet, node).shouldRun) {
        if (pods.length > 0) status.numberMisscheduled++;
        continue;
      }
      status.desiredNumberScheduled++;
      if (pods.length === 0) continue;
      status.currentNumberScheduled++;
      const ready = pods.find(isPodReady);
      if (ready !== undefined) status.numberReady++;
      if (pods.some((pod) => isPodAvailable(pod, minReadySeconds, this.now()))) {
        status.numberAvailable++;
      }
      if (pods.some((pod) => pod.metadata.labels?.[revisionHashLabel] === hash)) {
        status.updatedNumberScheduled++;
      }
    }
    return {
      ...status,
      numberUnavailable: status.desiredNumberScheduled - status.numberAvailable,
      observedGeneration: daemonSet.metadata.generation ?? 0,
    };
  }
}

/** All but the oldest, which has had the most time to become ready. */
function allButOldest(pods: readonly Pod[]): Pod[] {
  const created = (pod: Pod): string => pod.metadata.creationTimestamp ?? "";
  return [...pods].sort((a, b) => (created(a) < created(b) ? -1 : 1)).slice(1);
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
