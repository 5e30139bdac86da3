import type { OwnerReference } from "../../api/gen/types/metaV1.js";
import { apiVersionOf, parseApiVersion } from "../../api/resourceType.js";
import type { KubernetesObject } from "../../client/resourceClient.js";
import type { DiscoveredResource } from "../discoverResources.js";

export const orphanFinalizer = "orphan";
export const foregroundFinalizer = "foregroundDeletion";

/** One object, by its uid. */
export interface GraphNode {
  readonly uid: string;
  readonly resource: DiscoveredResource;
  /** Empty for what has none. */
  readonly namespace: string;
  readonly name: string;
  owners: readonly OwnerReference[];
  beingDeleted: boolean;
  /** Deleted in the foreground: it goes when its blocking dependents have. */
  deletingDependents: boolean;
  orphaning: boolean;
}

/**
 * Where an owner is said to be. A uid alone names nothing: whoever writes a reference chooses it
 * freely, and only an object of that kind and name in the dependent's own namespace, or one that
 * has no namespace, can be its owner.
 */
export interface OwnerCoordinates {
  readonly namespace: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

export function ownerCoordinates(owner: OwnerReference, namespace: string): OwnerCoordinates {
  const { apiVersion, kind, name, uid } = owner;
  return { namespace, apiVersion, kind, name, uid };
}

export function coordinatesOf(node: GraphNode): OwnerCoordinates {
  const { namespace, name, uid, resource } = node;
  return { namespace, apiVersion: apiVersionOf(resource), kind: resource.kind, name, uid };
}

/** Equal for equal coordinates. */
export function coordinatesKey(at: OwnerCoordinates): string {
  return JSON.stringify([at.namespace, at.apiVersion, at.kind, at.name, at.uid]);
}

/** How a reference stands to the object that has its uid. */
export type ReferenceFit =
  | "fits"
  /** The owner lives in another namespace, or in one where the dependent has none. */
  | "wrongNamespace"
  /** The uid belongs to an object of another kind or name. */
  | "wrongObject";

export function fitOf(dependent: GraphNode, reference: OwnerReference, owner: GraphNode) {
  if (owner.namespace !== "" && owner.namespace !== dependent.namespace) {
    return "wrongNamespace" satisfies ReferenceFit;
  }
  const group = parseApiVersion(reference.apiVersion)?.group;
  const isSame =
    reference.uid === owner.uid &&
    reference.name === owner.name &&
    reference.kind === owner.resource.kind &&
    group === owner.resource.group;
  return isSame ? ("fits" satisfies ReferenceFit) : ("wrongObject" satisfies ReferenceFit);
}

/** Who owns whom. As many nodes as there are objects, with metadata only. */
export class OwnershipGraph {
  readonly #nodes = new Map<string, GraphNode>();
  /** By the uids that references name, also of owners that are not there (yet, or any more). */
  readonly #naming = new Map<string, Set<string>>();

  get(uid: string): GraphNode | undefined {
    return this.#nodes.get(uid);
  }

  /** Everything with a reference to this uid, whatever else the reference says. */
  naming(uid: string): GraphNode[] {
    const found: GraphNode[] = [];
    for (const dependent of this.#naming.get(uid) ?? []) {
      const node = this.#nodes.get(dependent);
      if (node !== undefined) found.push(node);
    }
    return found;
  }

  /** What the object really owns. */
  dependentsOf(owner: GraphNode): GraphNode[] {
    return this.naming(owner.uid).filter((node) =>
      node.owners.some((reference) => fitOf(node, reference, owner) === "fits"),
    );
  }

  /**
   * Dependents that the owner waits for when it is deleted in the foreground; never itself, which
   * it would wait for in vain.
   */
  blockingDependentsOf(owner: GraphNode): GraphNode[] {
    const blocks = (node: GraphNode, reference: OwnerReference): boolean =>
      reference.blockOwnerDeletion === true && fitOf(node, reference, owner) === "fits";
    return this.naming(owner.uid).filter(
      (node) => node.uid !== owner.uid && node.owners.some((reference) => blocks(node, reference)),
    );
  }

  /** Puts the object in as it is now; returns the node and what it was before. */
  put(
    resource: DiscoveredResource,
    object: KubernetesObject,
  ): { node: GraphNode; before: Readonly<GraphNode> | undefined } {
    const { metadata = {} } = object;
    const uid = metadata.uid ?? "";
    const finalizers = metadata.finalizers ?? [];
    const beingDeleted = metadata.deletionTimestamp !== undefined;
    const node: GraphNode = {
      uid,
      resource,
      namespace: metadata.namespace ?? "",
      name: metadata.name ?? "",
      owners: metadata.ownerReferences ?? [],
      beingDeleted,
      deletingDependents: beingDeleted && finalizers.includes(foregroundFinalizer),
      orphaning: beingDeleted && finalizers.includes(orphanFinalizer),
    };
    const before = this.#nodes.get(uid);
    if (before !== undefined) this.#unlink(before);
    this.#nodes.set(uid, node);
    for (const owner of node.owners) {
      const naming = this.#naming.get(owner.uid);
      if (naming === undefined) this.#naming.set(owner.uid, new Set([uid]));
      else naming.add(uid);
    }
    return { node, before };
  }

  remove(uid: string): GraphNode | undefined {
    const node = this.#nodes.get(uid);
    if (node === undefined) return undefined;
    this.#unlink(node);
    this.#nodes.delete(uid);
    return node;
  }

  nodes(): IterableIterator<GraphNode> {
    return this.#nodes.values();
  }

  #unlink(node: GraphNode): void {
    for (const owner of node.owners) {
      const naming = this.#naming.get(owner.uid);
      naming?.delete(node.uid);
      if (naming?.size === 0) this.#naming.delete(owner.uid);
    }
  }
}
