// Generated from proto/ by `npm run generate`. Do not edit.
import type { Condition, ListMeta, ObjectMeta, Time } from "./metaV1.js";

/** CertificateSigningRequest of certificates.k8s.io/v1beta1. */
export interface CertificateSigningRequest {
  apiVersion?: "certificates.k8s.io/v1beta1";
  kind?: "CertificateSigningRequest";
  metadata?: ObjectMeta;
  spec?: CertificateSigningRequestSpec;
  status?: CertificateSigningRequestStatus;
}

/** CertificateSigningRequestCondition of k8s.io/api/certificates/v1beta1. */
export interface CertificateSigningRequestCondition {
  type?: string;
  status?: string;
  reason?: string;
  message?: string;
  lastUpdateTime?: Time;
  lastTransitionTime?: Time;
}

/** CertificateSigningRequestList of certificates.k8s.io/v1beta1. */
export interface CertificateSigningRequestList {
  apiVersion?: "certificates.k8s.io/v1beta1";
  kind?: "CertificateSigningRequestList";
  metadata: ListMeta;
  items?: CertificateSigningRequest[];
}

/** CertificateSigningRequestSpec of k8s.io/api/certificates/v1beta1. */
export interface CertificateSigningRequestSpec {
  request?: string;
  signerName?: string;
  expirationSeconds?: number;
  usages?: string[];
  username?: string;
  uid?: string;
  groups?: string[];
  extra?: Record<string, ExtraValue>;
}

/** CertificateSigningRequestStatus of k8s.io/api/certificates/v1beta1. */
export interface CertificateSigningRequestStatus {
  conditions?: CertificateSigningRequestCondition[];
  certificate?: string;
}

/** ClusterTrustBundle holds root certificates for the cluster. */
export interface ClusterTrustBundle {
  apiVersion?: "certificates.k8s.io/v1beta1";
  kind?: "ClusterTrustBundle";
  metadata: ObjectMeta;
  spec: ClusterTrustBundleSpec;
}

/** ClusterTrustBundleList of certificates.k8s.io/v1beta1. */
export interface ClusterTrustBundleList {
  apiVersion?: "certificates.k8s.io/v1beta1";
  kind?: "ClusterTrustBundleList";
  metadata: ListMeta;
  items: ClusterTrustBundle[];
}

/** ClusterTrustBundleSpec of k8s.io/api/certificates/v1beta1. */
export interface ClusterTrustBundleSpec {
  signerName?: string;
  trustBundle: string;
}

/** ExtraValue of k8s.io/api/certificates/v1beta1. */
export type ExtraValue = string[];

/** PodCertificateRequest asks for a certificate for one pod. */
export interface PodCertificateRequest {
  apiVersion?: "certificates.k8s.io/v1beta1";
  kind?: "PodCertificateRequest";
  metadata: ObjectMeta;
  spec: PodCertificateRequestSpec;
  status?: PodCertificateRequestStatus;
}

/** PodCertificateRequestList of certificates.k8s.io/v1beta1. */
export interface PodCertificateRequestList {
  apiVersion?: "certificates.k8s.io/v1beta1";
  kind?: "PodCertificateRequestList";
  metadata: ListMeta;
  items: PodCertificateRequest[];
}

/** PodCertificateRequestSpec of k8s.io/api/certificates/v1beta1. */
export interface PodCertificateRequestSpec {
  signerName: string;
  podName: string;
  podUID: string;
  serviceAccountName: string;
  serviceAccountUID: string;
  nodeName: string;
  nodeUID: string;
  maxExpirationSeconds?: number;
  pkixPublicKey?: string;
  proofOfPossession?: string;
  stubPKCS10Request: string;
  unverifiedUserAnnotations?: Record<string, string>;
}

/** PodCertificateRequestStatus of k8s.io/api/certificates/v1beta1. */
export interface PodCertificateRequestStatus {
  conditions?: Condition[];
  certificateChain?: string;
  notBefore?: Time;
  beginRefreshAt?: Time;
  notAfter?: Time;
}
