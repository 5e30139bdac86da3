import type { OwnerReference } from "../../api/gen/types/metaV1.js";
import { parseApiVersion } from "../../api/resourceType.js";
import { scheme } from "../../api/scheme.js";
import { hasReason } from "../../api/status.js";
import type { KubernetesObject, ResourceClient } from "../../client/resourceClient.js";
import { runWorkers } from "../../client/workqueue/worker.js";
import { WorkQueue } from "../../client/workqueue/workQueue.js";
import type { Controller, ControllerContext } from "../controllerContext.js";
import { type DiscoveredResource, discoverResources } from "../discoverResources.js";
import {
  foregroundFinalizer,
  type GraphNode,
  OwnershipGraph,
  orphanFinalizer,
} from "./ownershipGraph.js";

const discoveryPeriodMilliseconds = 30_000;
/** How long an owner's own event may be behind its dependent's before the server is asked. */
const unknownOwnerDelayMilliseconds = 500;
const usualWorkers = 20;
/** Owners known to be gone; the oldest are forgotten. */
const maxAbsentOwners = 500;
/** Resources whose objects nobody owns and that change too often to follow. */
const ignored: ReadonlySet<string> = new Set(["/events", "events.k8s.io/events"]);

type OwnerState = "solid" | "dangling" | "waiting";

/**
 * Deletes what has lost its last owner, and carries out foreground deletion and orphaning. The
 * graph comes from informers of everything; before anything is deleted the server is asked again.
 */
export class GarbageCollector implements Controller {
  readonly name = "garbage-collector-controller";
  readonly #context: ControllerContext;
  readonly #graph = new OwnershipGraph();
  /** uids of objects to look at, and of owners to orphan the dependents of. */
  readonly #toDelete: WorkQueue;
  readonly #toOrphan: WorkQueue;
  readonly #followed = new Set<string>();
  /** By `group/kind`. */
  readonly #byKind = new Map<string, DiscoveredResource>();
  readonly #absentOwners = new Set<string>();
  #synced = false;

  constructor(context: ControllerContext) {
    this.#context = context;
    const { clock } = context.platform;
    const queue = (name: string) =>
      new WorkQueue({ name, clock, metrics: context.queueMetrics(name) });
    this.#toDelete = queue("garbage_collector_attempt_to_delete");
    this.#toOrphan = queue("garbage_collector_attempt_to_orphan");
  }

  async run(signal: AbortSignal): Promise<void> {
    const { logger, options } = this.#context;
    const workers = options.concurrentSyncs[this.name] ?? usualWorkers;
    const stop = (): void => {
      this.#toDelete.shutDown();
      this.#toOrphan.shutDown();
    };
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    const discovery = this.#keepDiscovering(signal);
    await Promise.all([
      discovery,
      runWorkers({
        queue: this.#toDelete,
        workers,
        sync: (uid) => this.#attemptToDelete(uid, signal),
        logger,
      }),
      runWorkers({
        queue: this.#toOrphan,
        workers,
        sync: (uid) => this.#orphan(uid, signal),
        logger,
      }),
    ]);
  }

  async #keepDiscovering(signal: AbortSignal): Promise<void> {
    const { clock } = this.#context.platform;
    while (!signal.aborted) {
      try {
        const { resources } = await discoverResources(this.#context.client, signal);
        await this.#follow(resources, signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#context.logger.warning("Discovery failed", { error });
      }
      await clock.sleep(discoveryPeriodMilliseconds, signal);
    }
  }

  async #follow(resources: readonly DiscoveredResource[], signal: AbortSignal): Promise<void> {
    const { informers } = this.#context;
    const added = [];
    for (const resource of resources) {
      this.#byKind.set(`${resource.group}/${resource.kind}`, resource);
      const key = `${resource.group}/${resource.resource}`;
      const needed = ["list", "watch", "delete"].every((verb) => resource.verbs.includes(verb));
      if (!needed || ignored.has(key) || this.#followed.has(key)) continue;
      this.#followed.add(key);
      const informer = informers.metadataInformer(resource);
      informer.addEventHandler({
        onAdd: (object) => this.#changed(resource, object),
        onUpdate: (_, object) => this.#changed(resource, object),
        onDelete: (object) => this.#deleted(object),
      });
      added.push(informer);
    }
    if (added.length === 0) return;
    informers.start(signal);
    const synced = await Promise.all(added.map((informer) => informer.waitForSync(signal)));
    if (!synced.every(Boolean)) return;
    this.#synced = true;
    for (const node of this.#graph.withUnknownOwners()) this.#toDelete.add(node.uid);
  }

  #changed(resource: DiscoveredResource, object: KubernetesObject): void {
    const { node, before } = this.#graph.put(resource, object);
    if (node.orphaning && before?.orphaning !== true) this.#toOrphan.add(node.uid);
    if (node.deletingDependents && before?.deletingDependents !== true) {
      for (const dependent of this.#graph.dependentsOf(node.uid)) this.#toDelete.add(dependent.uid);
      this.#toDelete.add(node.uid);
    }
    if (before !== undefined) this.#ownersChanged(node, before);
    // Until everything is listed, owners are not known to be absent.
    if (!this.#synced || node.beingDeleted) return;
    if (node.owners.some((owner) => this.#isSuspect(owner))) {
      this.#toDelete.addAfter(node.uid, unknownOwnerDelayMilliseconds);
    }
  }

  #isSuspect(owner: OwnerReference): boolean {
    const node = this.#graph.get(owner.uid);
    return node === undefined || node.deletingDependents;
  }

  /** An owner that waits for its dependents may wait for one less. */
  #ownersChanged(node: GraphNode, before: Readonly<GraphNode>): void {
    for (const old of before.owners) {
      const now = node.owners.find((owner) => owner.uid === old.uid);
      const unblocked = now === undefined || now.blockOwnerDeletion !== old.blockOwnerDeletion;
      if (unblocked && this.#graph.get(old.uid)?.deletingDependents === true) {
        this.#toDelete.add(old.uid);
      }
    }
  }

  #deleted(object: KubernetesObject): void {
    const node = this.#graph.remove(object.metadata?.uid ?? "");
    if (node === undefined) return;
    this.#rememberAbsent(node.uid);
    for (const dependent of this.#graph.dependentsOf(node.uid)) this.#toDelete.add(dependent.uid);
    for (const owner of node.owners) {
      if (this.#graph.get(owner.uid)?.deletingDependents === true) this.#toDelete.add(owner.uid);
    }
  }

  #rememberAbsent(uid: string): void {
    this.#absentOwners.add(uid);
    if (this.#absentOwners.size > maxAbsentOwners) {
      this.#absentOwners.delete(this.#absentOwners.values().next().value as string);
    }
  }

  async #attemptToDelete(uid: string, signal: AbortSignal): Promise<void> {
    const node = this.#graph.get(uid);
    if (node === undefined || (node.beingDeleted && !node.deletingDependents)) return;
    const latest = await this.#latest(node, signal);
    if (latest === undefined) return;
    if (node.deletingDependents) {
      await this.#finishForeground(node, latest, signal);
      return;
    }
    const owners = latest.metadata?.ownerReferences ?? [];
    if (owners.length === 0) return;
    const states = await Promise.all(owners.map((owner) => this.#ownerState(node, owner, signal)));
    const gone = owners.filter((_, index) => states[index] !== "solid");
    if (gone.length === 0) return;
    if (gone.length < owners.length) {
      const left = owners.filter((_, index) => states[index] === "solid");
      await this.#patchMetadata(node, latest, { ownerReferences: left }, signal);
      return;
    }
    const waits = states.includes("waiting") && this.#graph.dependentsOf(uid).length > 0;
    if (waits) await this.#breakCycle(node, latest, signal);
    await this.#delete(node, latest, waits ? "Foreground" : policyOf(latest), signal);
  }

  /** The object as the server has it, if it still is the same. */
  async #latest(node: GraphNode, signal: AbortSignal): Promise<KubernetesObject | undefined> {
    try {
      const latest = await this.#objects(node.resource).get(node.name, {
        namespace: node.namespace,
        signal,
      });
      if (latest.metadata?.uid === node.uid) return latest;
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
    }
    this.#deleted({ metadata: { uid: node.uid } });
    return undefined;
  }

  async #ownerState(
    node: GraphNode,
    owner: OwnerReference,
    signal: AbortSignal,
  ): Promise<OwnerState> {
    if (this.#absentOwners.has(owner.uid)) return "dangling";
    const group = parseApiVersion(owner.apiVersion)?.group ?? "";
    const resource = this.#byKind.get(`${group}/${owner.kind}`);
    // A kind that is not served may come back: nothing is deleted for its sake.
    if (resource === undefined) return "solid";
    if (resource.namespaced && node.namespace === "") return "solid";
    try {
      const namespace = resource.namespaced ? node.namespace : "";
      const { metadata } = await this.#objects(resource).get(owner.name, { namespace, signal });
      if (metadata?.uid !== owner.uid) {
        this.#rememberAbsent(owner.uid);
        return "dangling";
      }
      const foreground =
        metadata.deletionTimestamp !== undefined &&
        (metadata.finalizers ?? []).includes(foregroundFinalizer);
      return foreground ? "waiting" : "solid";
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
      this.#rememberAbsent(owner.uid);
      return "dangling";
    }
  }

  /** Two that wait for each other would wait for ever: this one stops blocking its owners. */
  async #breakCycle(node: GraphNode, latest: KubernetesObject, signal: AbortSignal): Promise<void> {
    const dependents = this.#graph.dependentsOf(node.uid);
    if (!dependents.some((dependent) => dependent.deletingDependents)) return;
    const ownerReferences = (latest.metadata?.ownerReferences ?? []).map((owner) => ({
      ...owner,
      blockOwnerDeletion: false,
    }));
    await this.#patchMetadata(node, latest, { ownerReferences }, signal);
  }

  async #finishForeground(
    node: GraphNode,
    latest: KubernetesObject,
    signal: AbortSignal,
  ): Promise<void> {
    const blocking = this.#graph.blockingDependentsOf(node.uid);
    if (blocking.length === 0) {
      await this.#removeFinalizer(node, latest, foregroundFinalizer, signal);
      return;
    }
    for (const dependent of blocking) {
      if (!dependent.deletingDependents) this.#toDelete.add(dependent.uid);
    }
  }

  async #orphan(uid: string, signal: AbortSignal): Promise<void> {
    const node = this.#graph.get(uid);
    if (node === undefined) return;
    for (const dependent of this.#graph.dependentsOf(uid)) {
      const latest = await this.#latest(dependent, signal);
      const owners = latest?.metadata?.ownerReferences ?? [];
      const ownerReferences = owners.filter((owner) => owner.uid !== uid);
      if (latest === undefined || ownerReferences.length === owners.length) continue;
      await this.#patchMetadata(dependent, latest, { ownerReferences }, signal);
    }
    const latest = await this.#latest(node, signal);
    if (latest !== undefined) await this.#removeFinalizer(node, latest, orphanFinalizer, signal);
  }

  async #removeFinalizer(
    node: GraphNode,
    latest: KubernetesObject,
    finalizer: string,
    signal: AbortSignal,
  ): Promise<void> {
    const all = latest.metadata?.finalizers ?? [];
    if (!all.includes(finalizer)) return;
    const finalizers = all.filter((name) => name !== finalizer);
    await this.#patchMetadata(node, latest, { finalizers }, signal);
  }

  /** A merge patch that only holds for the version that it was made from. */
  async #patchMetadata(
    node: GraphNode,
    latest: KubernetesObject,
    change: object,
    signal: AbortSignal,
  ): Promise<void> {
    const resourceVersion = latest.metadata?.resourceVersion;
    const body = { metadata: { ...change, uid: node.uid, resourceVersion } };
    try {
      await this.#objects(node.resource).patch(
        node.name,
        { type: "merge", body },
        { namespace: node.namespace, signal },
      );
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
    }
  }

  async #delete(
    node: GraphNode,
    latest: KubernetesObject,
    propagationPolicy: "Orphan" | "Background" | "Foreground",
    signal: AbortSignal,
  ): Promise<void> {
    const { resourceVersion } = latest.metadata ?? {};
    // Somebody may have given it a new owner since it was read.
    const preconditions = {
      uid: node.uid,
      ...(propagationPolicy === "Foreground" || resourceVersion === undefined
        ? {}
        : { resourceVersion }),
    };
    try {
      await this.#objects(node.resource).delete(node.name, {
        namespace: node.namespace,
        propagationPolicy,
        preconditions,
        signal,
      });
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
    }
  }

  #objects(resource: DiscoveredResource): ResourceClient<KubernetesObject> {
    const { client } = this.#context;
    const known = scheme.resource(resource.group, resource.version, resource.resource);
    return (
      known === undefined ? client.dynamic(resource) : client.resource(known)
    ) as ResourceClient<KubernetesObject>;
  }
}

/** What the object's own finalizers ask for. */
function policyOf(latest: KubernetesObject): "Orphan" | "Background" | "Foreground" {
  const finalizers = latest.metadata?.finalizers ?? [];
  if (finalizers.includes(orphanFinalizer)) return "Orphan";
  return finalizers.includes(foregroundFinalizer) ? "Foreground" : "Background";
}
