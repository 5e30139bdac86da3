// Generated from proto/ by `npm run generate`. Do not edit.
import type { Condition, GroupResource, ListMeta, ObjectMeta } from "./metaV1.js";

/** StorageVersionMigration rewrites the stored objects of a resource in the current version. */
export interface StorageVersionMigration {
  apiVersion?: "storagemigration.k8s.io/v1";
  kind?: "StorageVersionMigration";
  metadata: ObjectMeta;
  spec: StorageVersionMigrationSpec;
  status?: StorageVersionMigrationStatus;
}

/** StorageVersionMigrationList of storagemigration.k8s.io/v1. */
export interface StorageVersionMigrationList {
  apiVersion?: "storagemigration.k8s.io/v1";
  kind?: "StorageVersionMigrationList";
  metadata: ListMeta;
  items: StorageVersionMigration[];
}

/** StorageVersionMigrationSpec of k8s.io/api/storagemigration/v1. */
export interface StorageVersionMigrationSpec {
  resource: GroupResource;
}

/** StorageVersionMigrationStatus of k8s.io/api/storagemigration/v1. */
export interface StorageVersionMigrationStatus {
  conditions?: Condition[];
  resourceVersion?: string;
}
