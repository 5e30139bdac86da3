// Generated from proto/ by `npm run generate`. Do not edit.
import type { PersistentVolumeSpec, TopologySelectorTerm } from "./coreV1.js";
import type { LabelSelector, ListMeta, ObjectMeta, Time } from "./metaV1.js";
import type { Quantity } from "./resource.js";

/** CSIDriver describes a storage driver. */
export interface CSIDriver {
  apiVersion?: "storage.k8s.io/v1";
  kind?: "CSIDriver";
  metadata: ObjectMeta;
  spec: CSIDriverSpec;
}

/** CSIDriverList of storage.k8s.io/v1. */
export interface CSIDriverList {
  apiVersion?: "storage.k8s.io/v1";
  kind?: "CSIDriverList";
  metadata: ListMeta;
  items: CSIDriver[];
}

/** CSIDriverSpec of k8s.io/api/storage/v1. */
export interface CSIDriverSpec {
  attachRequired?: boolean;
  podInfoOnMount?: boolean;
  volumeLifecycleModes?: string[];
  storageCapacity?: boolean;
  fsGroupPolicy?: string;
  tokenRequests?: TokenRequest[];
  requiresRepublish?: boolean;
  seLinuxMount?: boolean;
  nodeAllocatableUpdatePeriodSeconds?: number;
  serviceAccountTokenInSecrets?: boolean;
  preventPodSchedulingIfMissing?: boolean;
}

/** CSINode lists the storage drivers of a node. */
export interface CSINode {
  apiVersion?: "storage.k8s.io/v1";
  kind?: "CSINode";
  metadata: ObjectMeta;
  spec: CSINodeSpec;
  status?: CSINodeStatus;
}

/** CSINodeDriver of k8s.io/api/storage/v1. */
export interface CSINodeDriver {
  name: string;
  nodeID: string;
  topologyKeys?: string[];
  allocatable?: VolumeNodeResources;
}

/** CSINodeList of storage.k8s.io/v1. */
export interface CSINodeList {
  apiVersion?: "storage.k8s.io/v1";
  kind?: "CSINodeList";
  metadata: ListMeta;
  items: CSINode[];
}

/** CSINodeSpec of k8s.io/api/storage/v1. */
export interface CSINodeSpec {
  drivers: CSINodeDriver[];
}

/** CSINodeStatus of k8s.io/api/storage/v1. */
export interface CSINodeStatus {
  storageHealth?: StorageHealth[];
}

/** CSIStorageCapacity tells how much storage is left somewhere. */
export interface CSIStorageCapacity {
  apiVersion?: "storage.k8s.io/v1";
  kind?: "CSIStorageCapacity";
  metadata: ObjectMeta;
  nodeTopology?: LabelSelector;
  storageClassName: string;
  capacity?: Quantity;
  maximumVolumeSize?: Quantity;
}

/** CSIStorageCapacityList of storage.k8s.io/v1. */
export interface CSIStorageCapacityList {
  apiVersion?: "storage.k8s.io/v1";
  kind?: "CSIStorageCapacityList";
  metadata: ListMeta;
  items: CSIStorageCapacity[];
}

/** StorageClass describes a kind of storage. */
export interface StorageClass {
  apiVersion?: "storage.k8s.io/v1";
  kind?: "StorageClass";
  metadata: ObjectMeta;
  provisioner: string;
  parameters?: Record<string, string>;
  reclaimPolicy?: "Delete" | "Recycle" | "Retain" | (string & {});
  mountOptions?: string[];
  allowVolumeExpansion?: boolean;
  volumeBindingMode?: "Immediate" | "WaitForFirstConsumer" | (string & {});
  allowedTopologies?: TopologySelectorTerm[];
}

/** StorageClassList of storage.k8s.io/v1. */
export interface StorageClassList {
  apiVersion?: "storage.k8s.io/v1";
  kind?: "StorageClassList";
  metadata: ListMeta;
  items: StorageClass[];
}

/** StorageHealth of k8s.io/api/storage/v1. */
export interface StorageHealth {
  name: string;
  healthConditions?: StorageHealthCondition[];
}

/** StorageHealthCondition of k8s.io/api/storage/v1. */
export interface StorageHealthCondition {
  status: "StorageDegraded" | "StorageUnreachable" | (string & {});
  reason: string;
  message?: string;
  accessMode?: "ReadOnlyMany" | "ReadWriteMany" | "ReadWriteOnce" | "ReadWriteOncePod" | (string & {});
  volumeMode?: "Block" | "Filesystem" | (string & {});
  lastTransitionTime?: Time;
}

/** TokenRequest of k8s.io/api/storage/v1. */
export interface TokenRequest {
  audience: string;
  expirationSeconds?: number;
}

/** VolumeAttachment asks for a volume to be attached to a node. */
export interface VolumeAttachment {
  apiVersion?: "storage.k8s.io/v1";
  kind?: "VolumeAttachment";
  metadata: ObjectMeta;
  spec: VolumeAttachmentSpec;
  status?: VolumeAttachmentStatus;
}

/** VolumeAttachmentList of storage.k8s.io/v1. */
export interface VolumeAttachmentList {
  apiVersion?: "storage.k8s.io/v1";
  kind?: "VolumeAttachmentList";
  metadata: ListMeta;
  items: VolumeAttachment[];
}

/** VolumeAttachmentSource of k8s.io/api/storage/v1. */
export interface VolumeAttachmentSource {
  persistentVolumeName?: string;
  inlineVolumeSpec?: PersistentVolumeSpec;
}

/** VolumeAttachmentSpec of k8s.io/api/storage/v1. */
export interface VolumeAttachmentSpec {
  attacher: string;
  source: VolumeAttachmentSource;
  nodeName: string;
}

/** VolumeAttachmentStatus of k8s.io/api/storage/v1. */
export interface VolumeAttachmentStatus {
  attached: boolean;
  attachmentMetadata?: Record<string, string>;
  attachError?: VolumeError;
  detachError?: VolumeError;
}

/** VolumeAttributesClass describes settings of volumes that can be changed. */
export interface VolumeAttributesClass {
  apiVersion?: "storage.k8s.io/v1";
  kind?: "VolumeAttributesClass";
  metadata: ObjectMeta;
  driverName: string;
  parameters?: Record<string, string>;
}

/** VolumeAttributesClassList of storage.k8s.io/v1. */
export interface VolumeAttributesClassList {
  apiVersion?: "storage.k8s.io/v1";
  kind?: "VolumeAttributesClassList";
  metadata: ListMeta;
  items: VolumeAttributesClass[];
}

/** VolumeError of k8s.io/api/storage/v1. */
export interface VolumeError {
  time?: Time;
  message?: string;
  errorCode?: number;
}

/** VolumeNodeResources of k8s.io/api/storage/v1. */
export interface VolumeNodeResources {
  count?: number;
}
