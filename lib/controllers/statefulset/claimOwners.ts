import { appsV1, coreV1 } from "../../api/gen/resources.js";
import type { StatefulSet } from "../../api/gen/types/appsV1.js";
import type { PersistentVolumeClaim, Pod } from "../../api/gen/types/coreV1.js";
import type { OwnerReference } from "../../api/gen/types/metaV1.js";
import { apiVersionOf } from "../../api/resourceType.js";
import { newControllerReference } from "../../client/ownership/controllerReference.js";
import type { KubernetesObject } from "../../client/resourceClient.js";

type Kind = Parameters<typeof newControllerReference>[1];

/** With whom the claims of a pod go: a set with its deletion, a pod that is scaled away with it. */
export function claimKeeper(set: StatefulSet, isCondemned: boolean): "nobody" | "set" | "pod" {
  const { whenDeleted, whenScaled } = set.spec.persistentVolumeClaimRetentionPolicy ?? {};
  if (isCondemned && whenScaled === "Delete") return "pod";
  return whenDeleted === "Delete" ? "set" : "nobody";
}

/**
 * The owners that a claim of the pod must have by the set's retention policy; undefined where it
 * has them, and where the claim is not the set's to touch: it has a reference to an earlier set or
 * pod of the name (the garbage collector's business), or somebody else controls it.
 */
export function claimOwners(
  claim: PersistentVolumeClaim,
  set: StatefulSet,
  pod: Pod,
  isCondemned: boolean,
): OwnerReference[] | undefined {
  const references = claim.metadata.ownerReferences ?? [];
  if (isStale(references, set, appsV1.statefulsets)) return undefined;
  if (isStale(references, pod, coreV1.pods)) return undefined;
  const setUid = set.metadata.uid;
  const podUid = pod.metadata.uid;
  const isOurs = ({ uid }: OwnerReference): boolean => uid === setUid || uid === podUid;
  const ours = references.filter(isOurs);
  const others = references.filter((reference) => !isOurs(reference));
  const { whenDeleted, whenScaled } = set.spec.persistentVolumeClaimRetentionPolicy ?? {};
  const retainsAll = whenDeleted !== "Delete" && whenScaled !== "Delete";
  if (!retainsAll && others.some((reference) => reference.controller === true)) {
    return ours.length === 0 ? undefined : others;
  }
  const keeper = claimKeeper(set, isCondemned);
  if (keeper === "nobody") return ours.length === 0 ? undefined : others;
  const [owner, kind]: [KubernetesObject, Kind] =
    keeper === "set" ? [set, appsV1.statefulsets] : [pod, coreV1.pods];
  const [only, ...more] = ours;
  const isRight = only?.uid === owner.metadata?.uid && only?.controller === true;
  if (isRight && more.length === 0) return undefined;
  return [...others, newControllerReference(owner, kind)];
}

/** A reference by name to another object than this one. */
function isStale(
  references: readonly OwnerReference[],
  object: KubernetesObject,
  kind: Kind,
): boolean {
  const named = references.find(
    (reference) =>
      reference.apiVersion === apiVersionOf(kind) &&
      reference.kind === kind.kind &&
      reference.name === object.metadata?.name,
  );
  return named !== undefined && named.uid !== object.metadata?.uid;
}

/**
 * Whether a pod that is yet to be made must wait for the claim to go: it belongs to the pod of
 * this name that was scaled away, and is deleted with it.
 */
export function isClaimLeaving(
  claim: PersistentVolumeClaim,
  set: StatefulSet,
  podName: string,
): boolean {
  if (set.spec.persistentVolumeClaimRetentionPolicy?.whenScaled !== "Delete") return false;
  const references = claim.metadata.ownerReferences ?? [];
  return isStale(references, { metadata: { name: podName } }, coreV1.pods);
}
