// Generated from proto/ by `npm run generate`. Do not edit.
import type { ListMeta, MicroTime, ObjectMeta } from "./metaV1.js";

/** Lease is held by one at a time: heartbeats, leadership. */
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

/** LeaseSpec says who holds a lease, and since when. */
export interface LeaseSpec {
  /** Who holds it. */
  holderIdentity?: string;
  /** How long after its renewal others must wait. */
  leaseDurationSeconds?: number;
  /** When it was taken. */
  acquireTime?: MicroTime;
  /** When it was last renewed. */
  renewTime?: MicroTime;
  /** How often it changed hands. */
  leaseTransitions?: number;
  /** How the holder is chosen. */
  strategy?: string;
  /** Who should take it next. */
  preferredHolder?: string;
}
