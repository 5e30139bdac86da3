// Generated from proto/ by `npm run generate`. Do not edit.
import type { ObjectMeta, Time } from "./metaV1.js";

/** AttestationValue of k8s.io/api/authentication/v1. */
export type AttestationValue = string[];

/** BoundObjectReference of k8s.io/api/authentication/v1. */
export interface BoundObjectReference {
  kind?: string;
  apiVersion?: string;
  name?: string;
  uid?: string;
}

/** ExtraValue of k8s.io/api/authentication/v1. */
export type ExtraValue = string[];

/** SelfSubjectReview tells who the caller is. */
export interface SelfSubjectReview {
  apiVersion?: "authentication.k8s.io/v1";
  kind?: "SelfSubjectReview";
  metadata?: ObjectMeta;
  status?: SelfSubjectReviewStatus;
}

/** SelfSubjectReviewStatus of k8s.io/api/authentication/v1. */
export interface SelfSubjectReviewStatus {
  userInfo?: UserInfo;
}

/** TokenRequest asks for a token of a service account. */
export interface TokenRequest {
  apiVersion?: "authentication.k8s.io/v1";
  kind?: "TokenRequest";
  metadata?: ObjectMeta;
  spec?: TokenRequestSpec;
  status?: TokenRequestStatus;
}

/** TokenRequestSpec of k8s.io/api/authentication/v1. */
export interface TokenRequestSpec {
  audiences?: string[];
  expirationSeconds?: number;
  boundObjectRef?: BoundObjectReference;
  attestations?: Record<string, AttestationValue>;
}

/** TokenRequestStatus of k8s.io/api/authentication/v1. */
export interface TokenRequestStatus {
  token?: string;
  expirationTimestamp?: Time;
}

/** TokenReview checks a token. */
export interface TokenReview {
  apiVersion?: "authentication.k8s.io/v1";
  kind?: "TokenReview";
  metadata?: ObjectMeta;
  spec: TokenReviewSpec;
  status?: TokenReviewStatus;
}

/** TokenReviewSpec of k8s.io/api/authentication/v1. */
export interface TokenReviewSpec {
  token: string;
  audiences?: string[];
}

/** TokenReviewStatus of k8s.io/api/authentication/v1. */
export interface TokenReviewStatus {
  authenticated?: boolean;
  user?: UserInfo;
  audiences?: string[];
  error?: string;
}

/** UserInfo of k8s.io/api/authentication/v1. */
export interface UserInfo {
  username?: string;
  uid?: string;
  groups?: string[];
  extra?: Record<string, ExtraValue>;
}
