// Generated from proto/ by `npm run generate`. Do not edit.
import type { ListMeta, MicroTime, ObjectMeta } from "./metaV1.js";

/** LeaseCandidate asks to be chosen as the holder of a lease. */
export interface LeaseCandidate {
  apiVersion?: "coordination.k8s.io/v1alpha2";
  kind?: "LeaseCandidate";
  metadata: ObjectMeta;
  spec: LeaseCandidateSpec;
}

/** LeaseCandidateList of coordination.k8s.io/v1alpha2. */
export interface LeaseCandidateList {
  apiVersion?: "coordination.k8s.io/v1alpha2";
  kind?: "LeaseCandidateList";
  metadata: ListMeta;
  items: LeaseCandidate[];
}

/** LeaseCandidateSpec of k8s.io/api/coordination/v1alpha2. */
export interface LeaseCandidateSpec {
  leaseName: string;
  pingTime?: MicroTime;
  renewTime?: MicroTime;
  binaryVersion: string;
  emulationVersion?: string;
  strategy: string;
}
