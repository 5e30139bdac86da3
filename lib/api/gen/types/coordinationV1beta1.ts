// Generated from proto/ by `npm run generate`. Do not edit.
import type { ListMeta, MicroTime, ObjectMeta } from "./metaV1.js";

/** Lease of coordination.k8s.io/v1beta1. */
export interface Lease {
  apiVersion?: "coordination.k8s.io/v1beta1";
  kind?: "Lease";
  metadata?: ObjectMeta;
  spec?: LeaseSpec;
}

/** LeaseCandidate asks to be chosen as the holder of a lease. */
export interface LeaseCandidate {
  apiVersion?: "coordination.k8s.io/v1beta1";
  kind?: "LeaseCandidate";
  metadata: ObjectMeta;
  spec: LeaseCandidateSpec;
}

/** LeaseCandidateList of coordination.k8s.io/v1beta1. */
export interface LeaseCandidateList {
  apiVersion?: "coordination.k8s.io/v1beta1";
  kind?: "LeaseCandidateList";
  metadata: ListMeta;
  items: LeaseCandidate[];
}

/** LeaseCandidateSpec of k8s.io/api/coordination/v1beta1. */
export interface LeaseCandidateSpec {
  leaseName: string;
  pingTime?: MicroTime;
  renewTime?: MicroTime;
  binaryVersion: string;
  emulationVersion?: string;
  strategy: string;
}

/** LeaseList of coordination.k8s.io/v1beta1. */
export interface LeaseList {
  apiVersion?: "coordination.k8s.io/v1beta1";
  kind?: "LeaseList";
  metadata: ListMeta;
  items?: Lease[];
}

/** LeaseSpec of k8s.io/api/coordination/v1beta1. */
export interface LeaseSpec {
  holderIdentity?: string;
  leaseDurationSeconds?: number;
  acquireTime?: MicroTime;
  renewTime?: MicroTime;
  leaseTransitions?: number;
  strategy?: string;
  preferredHolder?: string;
}
