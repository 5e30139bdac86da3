// Generated from proto/ by `npm run generate`. Do not edit.
import type { ListMeta, ObjectMeta, Time } from "./metaV1.js";

/** ServerStorageVersion of k8s.io/api/apiserverinternal/v1alpha1. */
export interface ServerStorageVersion {
  apiServerID: string;
  encodingVersion: string;
  decodableVersions: string[];
  servedVersions?: string[];
}

/** StorageVersion tells in which version servers store a resource. */
export interface StorageVersion {
  apiVersion?: "internal.apiserver.k8s.io/v1alpha1";
  kind?: "StorageVersion";
  metadata: ObjectMeta;
  spec?: StorageVersionSpec;
  status?: StorageVersionStatus;
}

/** StorageVersionCondition of k8s.io/api/apiserverinternal/v1alpha1. */
export interface StorageVersionCondition {
  type: string;
  status: string;
  observedGeneration?: number;
  lastTransitionTime?: Time;
  reason: string;
  message: string;
}

/** StorageVersionList of internal.apiserver.k8s.io/v1alpha1. */
export interface StorageVersionList {
  apiVersion?: "internal.apiserver.k8s.io/v1alpha1";
  kind?: "StorageVersionList";
  metadata: ListMeta;
  items: StorageVersion[];
}

/** StorageVersionSpec of k8s.io/api/apiserverinternal/v1alpha1. */
export interface StorageVersionSpec {}

/** StorageVersionStatus of k8s.io/api/apiserverinternal/v1alpha1. */
export interface StorageVersionStatus {
  storageVersions?: ServerStorageVersion[];
  commonEncodingVersion?: string;
  conditions?: StorageVersionCondition[];
}
