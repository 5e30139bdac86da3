import type { OwnerReference } from "../../api/gen/types/metaV1.js";
import { apiVersionOf } from "../../api/resourceType.js";
import type { KubernetesObject } from "../resourceClient.js";

interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** The one owner that controls the object, if any. */
export function controllerOf(object: KubernetesObject): OwnerReference | undefined {
  return object.metadata?.ownerReferences?.find((reference) => reference.controller === true);
}

export function isControlledBy(object: KubernetesObject, owner: KubernetesObject): boolean {
  const uid = owner.metadata?.uid;
  return uid !== undefined && controllerOf(object)?.uid === uid;
}

/** A controller's reference to go into what it makes. */
export function newControllerReference(owner: KubernetesObject, kind: Kind): OwnerReference {
  return {
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    name: owner.metadata?.name ?? "",
    uid: owner.metadata?.uid ?? "",
    controller: true,
    blockOwnerDeletion: true,
  };
}
