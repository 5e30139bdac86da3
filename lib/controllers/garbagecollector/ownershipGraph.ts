import type { OwnerReference } from "../../api/gen/types/metaV1.js";
import type { KubernetesObject } from "../../client/resourceClient.js";
import type { DiscoveredResource } from "../discoverResources.js";

export const orphanFinalizer = "orphan";
export const foregroundFinalizer = "foregroundDeletion";

/** One object, by its uid. */
export interface GraphNode {
  readonly uid: string;
  readonly resource: DiscoveredResource;
  readonly namespace: string;
  readonly name: string;
  owners: readonly OwnerReference[];
  beingDeleted: boolean;
  /** Deleted in the foreground: it goes when its blocking dependents have. */
  deletingDependents: boolean;
  orphaning: boolean;
}

/** Who owns whom. As many nodes as there are objects, with metadata only. */
export class OwnershipGraph {
  readonly #nodes = new Map<string, GraphNode>();
  /** Owners' uids, also of owners that are not there (yet, or any more). */
  readonly #dependents = new Map<string, Set<string>>();

  get(uid: string): GraphNode | undefined {
    return this.#nodes.get(uid);
  }

  dependentsOf(uid: string): GraphNode[] {
    const found: GraphNode[] = [];
    for (const dependent of this.#dependents.get(uid) ?? []) {
      const node = this.#nodes.get(dependent);
      if (node !== undefined) found.push(node);
    }
    return found;
  }

  /** Dependents that the owner waits for when it is deleted in the foreground. */
  blockingDependentsOf(uid: string): GraphNode[] {
    return this.dependentsOf(uid).filter((node) =>
      node.owners.some((owner) => owner.uid === uid && owner.blockOwnerDeletion === true),
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
      const dependents = this.#dependents.get(owner.uid);
      if (dependents === undefined) this.#dependents.set(owner.uid, new Set([uid]));
      else dependents.add(uid);
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

  /** Those that name an owner which is not in the graph. */
  *withUnknownOwners(): Generator<GraphNode> {
    for (const node of this.#nodes.values()) {
      if (node.owners.some((owner) => !this.#nodes.has(owner.uid))) yield node;
    }
  }

  #unlink(node: GraphNode): void {
    for (const owner of node.owners) {
      const dependents = this.#dependents.get(owner.uid);
      dependents?.delete(node.uid);
      if (dependents?.size === 0) this.#dependents.delete(owner.uid);
    }
  }
}
