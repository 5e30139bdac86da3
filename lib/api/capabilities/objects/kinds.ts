import type { Limitation } from "../capability.js";

/**
 * Some kinds, as `group/Kind` or `Kind` of the core group, that share one limitation. `others`:
 * also upstream's control plane does nothing with them, but add-ons do; nobody is warned.
 */
export type KindRow = (Limitation | { readonly state: "others"; readonly why: string }) & {
  readonly kinds: readonly string[];
};

const admission = (...kinds: string[]): string[] =>
  kinds.map((kind) => `admissionregistration.k8s.io/${kind}`);
const storage = (...kinds: string[]): string[] => kinds.map((kind) => `storage.k8s.io/${kind}`);
const devices = (...kinds: string[]): string[] => kinds.map((kind) => `resource.k8s.io/${kind}`);

/** Kinds that are stored and that nothing acts on. Kinds without a row work. */
export const kindRows: readonly KindRow[] = [
  {
    state: "inert",
    why: "webhooks are not called, so nothing is refused or changed by them",
    kinds: admission("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"),
  },
  {
    state: "inert",
    why: "admission policies are not evaluated, so nothing is refused or changed by them",
    kinds: admission(
      ...["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"],
      ...["MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding"],
    ),
  },
  {
    state: "inert",
    why: "custom resources are not served, their paths stay 404",
    kinds: ["apiextensions.k8s.io/CustomResourceDefinition"],
  },
  {
    state: "inert",
    why: "nothing is scaled by it",
    kinds: ["autoscaling/HorizontalPodAutoscaler"],
  },
  {
    state: "inert",
    why: "volumes are neither provisioned, nor bound, nor attached, nor mounted",
    kinds: [
      ...["PersistentVolume", "PersistentVolumeClaim"],
      ...storage("StorageClass", "VolumeAttachment", "VolumeAttributesClass"),
      ...storage("CSIDriver", "CSINode", "CSIStorageCapacity"),
    ],
  },
  {
    state: "inert",
    why: "nothing here enforces it, traffic flows unless the nodes' network plugin does",
    kinds: ["networking.k8s.io/NetworkPolicy"],
  },
  {
    state: "inert",
    why: "Services get their addresses from --service-cluster-ip-range alone",
    kinds: ["networking.k8s.io/ServiceCIDR"],
  },
  {
    state: "inert",
    why: "devices are neither allocated nor given to containers",
    kinds: devices(
      ...["DeviceClass", "DeviceTaintRule", "ResourceClaim", "ResourceClaimTemplate"],
      ...["ResourceSlice", "ResourcePoolStatusRequest"],
    ),
  },
  {
    state: "inert",
    why: "stored objects are not migrated",
    kinds: ["storagemigration.k8s.io/StorageVersionMigration"],
  },
  {
    state: "inert",
    why: "leaders are elected by the candidates themselves",
    kinds: ["coordination.k8s.io/LeaseCandidate"],
  },
  {
    state: "others",
    why: "an ingress controller that is installed acts on it, as upstream",
    kinds: ["networking.k8s.io/Ingress", "networking.k8s.io/IngressClass"],
  },
  { state: "others", why: "a template for other programs, as upstream", kinds: ["PodTemplate"] },
  {
    state: "others",
    why: "API servers write it with the gate StorageVersionAPI alone, which is refused",
    kinds: ["internal.apiserver.k8s.io/StorageVersion"],
  },
];

/** The row of a kind that has one. */
export function kindRow(group: string, kind: string): KindRow | undefined {
  const name = group === "" ? kind : `${group}/${kind}`;
  return kindRows.find(({ kinds }) => kinds.includes(name));
}
