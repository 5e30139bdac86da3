import type { ObjectTree } from "../admission/admissionPlugin.js";
import { metadataOf } from "./objectMeta.js";
import type { ServedResource } from "./servedResource.js";

/** What some kinds reset beside `spec` when their status is written, as upstream's strategies. */
const beyondSpec: Readonly<Record<string, readonly string[]>> = {
  "/Pod": ["metadata.deletionTimestamp", "metadata.ownerReferences"],
  "apps/Deployment": ["metadata.labels"],
  "admissionregistration.k8s.io/ValidatingAdmissionPolicy": ["metadata"],
  "apiextensions.k8s.io/CustomResourceDefinition": ["metadata"],
  "apiregistration.k8s.io/APIService": ["metadata"],
  "certificates.k8s.io/CertificateSigningRequest": ["status.conditions"],
  "certificates.k8s.io/PodCertificateRequest": ["metadata"],
  "flowcontrol.apiserver.k8s.io/FlowSchema": ["metadata"],
  "flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration": ["metadata"],
  "networking.k8s.io/ServiceCIDR": ["metadata"],
  "resource.k8s.io/DeviceTaintRule": ["metadata"],
  "resource.k8s.io/ResourceClaim": ["metadata"],
  "resource.k8s.io/ResourcePoolStatusRequest": ["metadata"],
  "scheduling.k8s.io/PodGroup": ["metadata"],
  "storage.k8s.io/CSINode": ["metadata"],
  "storage.k8s.io/VolumeAttachment": ["metadata"],
  "storagemigration.k8s.io/StorageVersionMigration": ["metadata"],
};

const bySubresource: Readonly<Record<string, readonly string[]>> = {
  approval: ["spec", "status.certificate"],
  finalize: ["status"],
};

/**
 * They take all of the metadata from the stored object, too, and whatever else they do not change.
 * Still it is owned by who sends it: upstream's strategies have filters that nothing asks for.
 */
const ofFewFields: ReadonlySet<string> = new Set(["ephemeralcontainers", "resize"]);

/**
 * Dotted paths that a write to the resource or one of its subresources takes from the stored
 * object, whatever the client sends: its manager does not come to own them.
 */
export function resetFieldsOf(resource: ServedResource, subresource: string): readonly string[] {
  const { group, kind } = resource.storage;
  if (subresource === "") {
    if (!resource.subresources.has("status")) return [];
    // Of a signing request nothing is owned that is asked for.
    return kind === "CertificateSigningRequest" ? ["spec", "status"] : ["status"];
  }
  if (subresource !== "status") return bySubresource[subresource] ?? [];
  return ["spec", ...(beyondSpec[`${group}/${kind}`] ?? [])];
}

const keptMetadata = [
  "deletionTimestamp",
  "generation",
  "labels",
  "annotations",
  "finalizers",
  "ownerReferences",
] as const;

/**
 * Upstream's ResetObjectMetaForStatus, for writes that reset all of the metadata. It comes before
 * the strategy, which may count up the generation.
 */
export function resetMetadata(
  tree: ObjectTree,
  old: ObjectTree,
  resource: ServedResource,
  subresource: string,
): void {
  const isReset = resetFieldsOf(resource, subresource).includes("metadata");
  if (!isReset && !ofFewFields.has(subresource)) return;
  const metadata = metadataOf(tree);
  const before = metadataOf(old);
  for (const field of keptMetadata) {
    if (before[field] === undefined) delete metadata[field];
    else Object.assign(metadata, { [field]: before[field] });
  }
}
