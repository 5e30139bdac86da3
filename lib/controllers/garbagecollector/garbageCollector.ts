import type { OwnerReference } from "../../api/gen/types/metaV1.js";
import { apiVersionOf } from "../../api/resourceType.js";
import { hasReason, isObjectNotFound } from "../../api/status.js";
import type { KubernetesObject, ResourceClient } from "../../client/resourceClient.js";
import { runWorkers } from "../../client/workqueue/worker.js";
import { WorkQueue } from "../../client/workqueue/workQueue.js";
import type { Controller, ControllerContext } from "../controllerContext.js";
import { type DiscoveredResource, discoverResources, kindKey } from "../discoverResources.js";
import {
  coordinatesKey,
  coordinatesOf,
  fitOf,
  foregroundFinalizer,
  type GraphNode,
  type OwnerCoordinates,
  OwnershipGraph,
  orphanFinalizer,
  ownerCoordinates,
} from "./ownershipGraph.js";

const discoveryPeriodMilliseconds = 30_000;
/** How long an owner's own event may be behind its dependent's before the server is asked. */
const unknownOwnerDelayMilliseconds = 500;
const discoveryRetryMilliseconds = 1_000;
/** Upstream's bound on waiting for every resource's first list. */
const firstListsMilliseconds = 30_000;
const listedCheckMilliseconds = 100;
/** How soon an owner is looked at again whose dependents may not all be known. */
const unlistedRetryMilliseconds = 1_000;
const usualWorkers = 20;
/** Owners known to be gone; the oldest are forgotten. */
const maxAbsentOwners = 500;
/** Resources whose objects nobody owns and that change too often to follow. */
const ignored: ReadonlySet<string> = new Set(["/events", "events.k8s.io/events"]);

type OwnerState =
  | "solid"
  | "dangling"
  | "waiting"
  /** Its kind is not served, or has a namespace where the dependent has none: nobody can look. */
  | "unresolvable";

/**
 * Deletes what has lost its last owner, and carries out foreground deletion and orphaning. The
 * graph comes from informers of everything; before anything is deleted the server is asked again.
 * An owner is what a reference's kind, name and uid name in the dependent's own namespace, or
 * among what has no namespace: neither the graph nor what is remembered of owners that are gone
 * goes by a uid alone, which anybody may write into a reference.
 */
export class GarbageCollector implements Controller {
  readonly name = "garbage-collector-controller";
  readonly #context: ControllerContext;
  readonly #graph = new OwnershipGraph();
  /** uids of objects to look at, and of owners to orphan the dependents of. */
  readonly #toDelete: WorkQueue;
  readonly #toOrphan: WorkQueue;
  /** The resources that are followed by their keys, and those whose first list is in the graph. */
  readonly #followed = new Map<string, DiscoveredResource>();
  readonly #listed = new Set<string>();
  /** By kindKey. A kind that discovery failed to show is kept. */
  #kinds: ReadonlyMap<string, DiscoveredResource> = new Map();
  /** Owners known to be gone, by coordinatesKey. */
  readonly #absentOwners = new Set<string>();
  #started = false;
  /** Aborts when the server has other kinds: then discovery is due. */
  #kindsChanged = new AbortController();

  constructor(context: ControllerContext) {
    this.#context = context;
    const { clock } = context.platform;
    const queue = (name: string) =>
      new WorkQueue({ name, clock, metrics: context.queueMetrics(name) });
    this.#toDelete = queue("garbage_collector_attempt_to_delete");
    this.#toOrphan = queue("garbage_collector_attempt_to_orphan");
  }

  async run(signal: AbortSignal): Promise<void> {
    const forget = this.#context.onKindsChange?.(() => this.#kindsChanged.abort());
    try {
      await this.#collect(signal);
    } finally {
      forget?.();
    }
  }

  async #collect(signal: AbortSignal): Promise<void> {
    const { logger, options } = this.#context;
    const workers = options.concurrentSyncs[this.name] ?? usualWorkers;
    const stop = (): void => {
      this.#toDelete.shutDown();
      this.#toOrphan.shutDown();
    };
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    while (!(await this.#discover(signal)) && !signal.aborted) {
      await this.#context.platform.clock.sleep(discoveryRetryMilliseconds, signal);
    }
    await this.#untilListed(signal);
    if (signal.aborted) return;
    this.#started = true;
    this.#enqueueSuspects();
    await Promise.all([
      this.#keepDiscovering(signal),
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
    while (!signal.aborted) {
      const due = AbortSignal.any([signal, this.#kindsChanged.signal]);
      await this.#context.platform.clock.sleep(discoveryPeriodMilliseconds, due);
      // What changes while discovery is asked is due again.
      if (this.#kindsChanged.signal.aborted) this.#kindsChanged = new AbortController();
      if (!signal.aborted) await this.#discover(signal);
    }
  }

  /** False where nothing could be learned. */
  async #discover(signal: AbortSignal): Promise<boolean> {
    try {
      const { failures, kinds, resources } = await discoverResources(this.#context.client, signal);
      const before = this.#kinds;
      this.#kinds = failures.size === 0 ? kinds : new Map([...before, ...kinds]);
      if (failures.size === 0) this.#unfollow();
      this.#follow(resources, signal);
      const isNew = [...kinds.keys()].some((key) => !before.has(key));
      // Owners of a kind that was unknown can be looked up now.
      if (isNew && this.#started) this.#enqueueSuspects();
      return true;
    } catch (error) {
      if (!signal.aborted) this.#context.logger.warning("Discovery failed", { error });
      return false;
    }
  }

  /**
   * What is served no more, or not in the version that was followed. Its objects are no part of the
   * graph; what they own stays, since their kind may come back.
   */
  #unfollow(): void {
    for (const [key, resource] of this.#followed) {
      const kind = kindKey(apiVersionOf(resource), resource.kind);
      if (this.#kinds.get(kind)?.resource === resource.resource) continue;
      this.#context.informers.endMetadataInformer(resource);
      this.#followed.delete(key);
      this.#listed.delete(key);
      for (const node of [...this.#graph.nodes()]) {
        if (node.resource === resource) this.#graph.remove(node.uid);
      }
    }
  }

  #follow(resources: readonly DiscoveredResource[], signal: AbortSignal): void {
    const { informers } = this.#context;
    for (const resource of resources) {
      const key = `${resource.group}/${resource.resource}`;
      const needed = ["list", "watch", "delete"].every((verb) => resource.verbs.includes(verb));
      if (!needed || ignored.has(key) || this.#followed.has(key)) continue;
      this.#followed.set(key, resource);
      const informer = informers.metadataInformer(resource);
      informer.addEventHandler({
        onAdd: (object) => this.#changed(resource, object),
        onUpdate: (_, object) => this.#changed(resource, object),
        onDelete: (object) => this.#deleted(object),
      });
      void informer.waitForSync(signal).then((synced) => {
        if (!synced || this.#followed.get(key) !== resource) return;
        this.#listed.add(key);
        if (this.#started) this.#enqueueSuspects();
      });
    }
    informers.start(signal);
  }

  get #isAllListed(): boolean {
    return this.#listed.size === this.#followed.size;
  }

  /** Waits for every first list, but not for ever: one resource may be out of order. */
  async #untilListed(signal: AbortSignal): Promise<void> {
    const { clock } = this.#context.platform;
    const since = clock.monotonic();
    while (!this.#isAllListed && !signal.aborted) {
      if (clock.monotonic() - since > firstListsMilliseconds) {
        const missing = [...this.#followed.keys()].filter((key) => !this.#listed.has(key));
        this.#context.logger.warning("Going on without the lists of some resources", { missing });
        return;
      }
      await clock.sleep(listedCheckMilliseconds, signal);
    }
  }

  #enqueueSuspects(): void {
    for (const node of this.#graph.nodes()) {
      if (node.beingDeleted ? node.deletingDependents : this.#isSuspect(node)) {
        this.#toDelete.add(node.uid);
      }
    }
  }

  #changed(resource: DiscoveredResource, object: KubernetesObject): void {
    if ((object.metadata?.uid ?? "") === "") return;
    const { node, before } = this.#graph.put(resource, object);
    if (node.orphaning && before?.orphaning !== true) this.#toOrphan.add(node.uid);
    if (node.deletingDependents) {
      if (before?.deletingDependents !== true) {
        for (const dependent of this.#graph.dependentsOf(node)) this.#toDelete.add(dependent.uid);
      }
      // At each change: it may have been let go and deleted anew without that being seen.
      this.#toDelete.add(node.uid);
    }
    if (before === undefined) this.#ownerAppeared(node);
    else this.#ownersChanged(node, before);
    this.#tellWrongNamespaces(node, before);
    // Until everything is listed, owners are not known to be absent.
    if (!this.#started || node.beingDeleted || !this.#isSuspect(node)) return;
    this.#toDelete.addAfter(node.uid, unknownOwnerDelayMilliseconds);
  }

  /** A reference leads to nothing that is known, to something else, or to what is about to go. */
  #isSuspect(node: GraphNode): boolean {
    return node.owners.some((reference) => {
      const owner = this.#graph.get(reference.uid);
      if (owner === undefined) return true;
      return fitOf(node, reference, owner) !== "fits" || owner.deletingDependents;
    });
  }

  /** Those that named its uid before it was seen may have been wrong about it. */
  #ownerAppeared(owner: GraphNode): void {
    for (const node of this.#graph.naming(owner.uid)) {
      const fits = node.owners
        .filter((reference) => reference.uid === owner.uid)
        .map((reference) => fitOf(node, reference, owner));
      if (fits.every((fit) => fit === "fits")) continue;
      if (fits.includes("wrongNamespace")) this.#tellWrongNamespace(node, owner.uid);
      if (this.#started) this.#toDelete.add(node.uid);
    }
  }

  /** Told once of each reference, when it appears. */
  #tellWrongNamespaces(node: GraphNode, before: Readonly<GraphNode> | undefined): void {
    for (const reference of node.owners) {
      if (before?.owners.some((old) => old.uid === reference.uid) === true) continue;
      const owner = this.#graph.get(reference.uid);
      if (owner === undefined || owner === node) continue;
      if (fitOf(node, reference, owner) === "wrongNamespace") {
        this.#tellWrongNamespace(node, reference.uid);
      }
    }
  }

  #tellWrongNamespace(node: GraphNode, ownerUid: string): void {
    const reference = node.owners.find((owner) => owner.uid === ownerUid);
    if (reference === undefined) return;
    const { apiVersion, kind, name, uid } = reference;
    const { namespace } = node;
    const about = {
      kind: node.resource.kind,
      apiVersion: apiVersionOf(node.resource),
      ...(namespace === "" ? {} : { namespace }),
      name: node.name,
      uid: node.uid,
    };
    const owner = `[${apiVersion}/${kind}, namespace: ${namespace}, name: ${name}, uid: ${uid}]`;
    const message = `ownerRef ${owner} does not exist in namespace ${JSON.stringify(namespace)}`;
    this.#context.recorder.event(about, "Warning", "OwnerRefInvalidNamespace", message);
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
    const naming = this.#graph.naming(node.uid);
    if (naming.length > 0) this.#rememberAbsent(coordinatesOf(node));
    for (const dependent of naming) this.#toDelete.add(dependent.uid);
    for (const owner of node.owners) {
      if (this.#graph.get(owner.uid)?.deletingDependents === true) this.#toDelete.add(owner.uid);
    }
  }

  #rememberAbsent(owner: OwnerCoordinates): void {
    this.#absentOwners.add(coordinatesKey(owner));
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
    // Tried again when a new kind is discovered.
    if (states.includes("unresolvable")) return;
    const gone = owners.filter((_, index) => states[index] !== "solid");
    if (gone.length === 0) return;
    if (gone.length < owners.length) {
      const left = owners.filter((_, index) => states[index] === "solid");
      await this.#patchMetadata(node, latest, { ownerReferences: left }, signal);
      return;
    }
    const waits = states.includes("waiting") && this.#graph.dependentsOf(node).length > 0;
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
      if (!isObjectNotFound(error, node.name)) throw error;
    }
    this.#deleted({ metadata: { uid: node.uid } });
    return undefined;
  }

  async #ownerState(
    node: GraphNode,
    owner: OwnerReference,
    signal: AbortSignal,
  ): Promise<OwnerState> {
    const isAbsent = (namespace: string): boolean =>
      this.#absentOwners.has(coordinatesKey(ownerCoordinates(owner, namespace)));
    if (isAbsent("") || isAbsent(node.namespace)) return "dangling";
    // A kind that is not served may come back: nothing is deleted for its sake.
    const resource = this.#kinds.get(kindKey(owner.apiVersion, owner.kind));
    if (resource === undefined) return "unresolvable";
    if (resource.namespaced && node.namespace === "") return "unresolvable";
    const namespace = resource.namespaced ? node.namespace : "";
    try {
      const { metadata } = await this.#objects(resource).get(owner.name, { namespace, signal });
      if (metadata?.uid === owner.uid) {
        const foreground =
          metadata.deletionTimestamp !== undefined &&
          (metadata.finalizers ?? []).includes(foregroundFinalizer);
        return foreground ? "waiting" : "solid";
      }
    } catch (error) {
      if (!isObjectNotFound(error, owner.name)) throw error;
    }
    this.#rememberAbsent(ownerCoordinates(owner, namespace));
    return "dangling";
  }

  /** Two that wait for each other would wait for ever: this one stops blocking its owners. */
  async #breakCycle(node: GraphNode, latest: KubernetesObject, signal: AbortSignal): Promise<void> {
    const dependents = this.#graph.dependentsOf(node);
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
    const blocking = this.#graph.blockingDependentsOf(node);
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
    // A dependent that is not known would be taken for one that lost its owner, and deleted.
    if (!this.#isAllListed) {
      this.#toOrphan.addAfter(uid, unlistedRetryMilliseconds);
      return;
    }
    for (const dependent of this.#graph.dependentsOf(node)) {
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
    return this.#context.client.metadata(resource);
  }
}

/** What the object's own finalizers ask for. */
function policyOf(latest: KubernetesObject): "Orphan" | "Background" | "Foreground" {
  const finalizers = latest.metadata?.finalizers ?? [];
  if (finalizers.includes(orphanFinalizer)) return "Orphan";
  return finalizers.includes(foregroundFinalizer) ? "Foreground" : "Background";
}
