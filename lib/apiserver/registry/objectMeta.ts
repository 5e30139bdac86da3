import type { ObjectTree } from "../admission/admissionPlugin.js";

/** metadata of a JSON tree, as far as the registry itself reads and writes it. */
export interface ObjectMetaTree {
  name?: string;
  generateName?: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string | null;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: OwnerReferenceTree[];
  managedFields?: unknown[];
  selfLink?: string;
}

export interface OwnerReferenceTree {
  apiVersion?: string;
  kind?: string;
  name?: string;
  uid?: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** The tree's metadata; an absent one is added. */
export function metadataOf(tree: ObjectTree): ObjectMetaTree {
  const metadata = tree.metadata;
  if (typeof metadata === "object" && metadata !== null) {
    return metadata as ObjectMetaTree;
  }
  const created: ObjectMetaTree = {};
  tree.metadata = created;
  return created;
}
