// Generated from proto/ by `npm run generate`. Do not edit.
import type { UserInfo } from "./authenticationV1.js";
import type { GroupVersionKind, GroupVersionResource, Status } from "./metaV1.js";
import type { RawExtension } from "./runtime.js";

/** AdmissionRequest of k8s.io/api/admission/v1. */
export interface AdmissionRequest {
  uid?: string;
  kind?: GroupVersionKind;
  resource?: GroupVersionResource;
  subResource?: string;
  requestKind?: GroupVersionKind;
  requestResource?: GroupVersionResource;
  requestSubResource?: string;
  name?: string;
  namespace?: string;
  operation?: string;
  userInfo?: UserInfo;
  object?: RawExtension;
  oldObject?: RawExtension;
  dryRun?: boolean;
  options?: RawExtension;
}

/** AdmissionResponse of k8s.io/api/admission/v1. */
export interface AdmissionResponse {
  uid?: string;
  allowed?: boolean;
  status?: Status;
  patch?: string;
  patchType?: string;
  auditAnnotations?: Record<string, string>;
  warnings?: string[];
}

/** AdmissionReview of admission.k8s.io/v1. */
export interface AdmissionReview {
  apiVersion?: "admission.k8s.io/v1";
  kind?: "AdmissionReview";
  request?: AdmissionRequest;
  response?: AdmissionResponse;
}
