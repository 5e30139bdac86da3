// Generated from proto/ by `npm run generate`. Do not edit.
import type { ListMeta, MicroTime, ObjectMeta } from "./metaV1.js";

/** Lease of coordination.k8s.io/v1. */
export interface Lease {
  apiVersion?: "coordination.k8s.io/v1";
  kind?: "Lease";
  metadata: ObjectMeta;
  spec?: LeaseSpec;
}

/** LeaseList of coordination.k8s.io/v1. */
export interface LeaseList {
  apiVersion?: "coordination.k8s.io/v1";
  kind?: "LeaseList";
  metadata: ListMeta;
  items: Lease[];
}

/** LeaseSpec of k8s.io/api/coordination/v1. */
export interface LeaseSpec {
  holderIdentity?: string;
  leaseDurationSeconds?: number;
  acquireTime?: MicroTime;
  renewTime?: MicroTime;
  leaseTransitions?: number;
  strategy?: string;
  preferredHolder?: string;
}
