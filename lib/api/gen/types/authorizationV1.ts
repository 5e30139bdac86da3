// Generated from proto/ by `npm run generate`. Do not edit.
import type { FieldSelectorRequirement, LabelSelectorRequirement, ObjectMeta } from "./metaV1.js";

/** ExtraValue of k8s.io/api/authorization/v1. */
export type ExtraValue = string[];

/** FieldSelectorAttributes of k8s.io/api/authorization/v1. */
export interface FieldSelectorAttributes {
  rawSelector?: string;
  requirements?: FieldSelectorRequirement[];
}

/** LabelSelectorAttributes of k8s.io/api/authorization/v1. */
export interface LabelSelectorAttributes {
  rawSelector?: string;
  requirements?: LabelSelectorRequirement[];
}

/** LocalSubjectAccessReview asks whether someone may do something in one namespace. */
export interface LocalSubjectAccessReview {
  apiVersion?: "authorization.k8s.io/v1";
  kind?: "LocalSubjectAccessReview";
  metadata?: ObjectMeta;
  spec: SubjectAccessReviewSpec;
  status?: SubjectAccessReviewStatus;
}

/** NonResourceAttributes of k8s.io/api/authorization/v1. */
export interface NonResourceAttributes {
  path?: string;
  verb?: string;
}

/** NonResourceRule of k8s.io/api/authorization/v1. */
export interface NonResourceRule {
  verbs: string[];
  nonResourceURLs?: string[];
}

/** ResourceAttributes of k8s.io/api/authorization/v1. */
export interface ResourceAttributes {
  namespace?: string;
  verb?: string;
  group?: string;
  version?: string;
  resource?: string;
  subresource?: string;
  name?: string;
  fieldSelector?: FieldSelectorAttributes;
  labelSelector?: LabelSelectorAttributes;
}

/** ResourceRule of k8s.io/api/authorization/v1. */
export interface ResourceRule {
  verbs: string[];
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
}

/** SelfSubjectAccessReview asks whether the caller may do something. */
export interface SelfSubjectAccessReview {
  apiVersion?: "authorization.k8s.io/v1";
  kind?: "SelfSubjectAccessReview";
  metadata?: ObjectMeta;
  spec: SelfSubjectAccessReviewSpec;
  status?: SubjectAccessReviewStatus;
}

/** SelfSubjectAccessReviewSpec of k8s.io/api/authorization/v1. */
export interface SelfSubjectAccessReviewSpec {
  resourceAttributes?: ResourceAttributes;
  nonResourceAttributes?: NonResourceAttributes;
}

/** SelfSubjectRulesReview lists what the caller may do in a namespace. */
export interface SelfSubjectRulesReview {
  apiVersion?: "authorization.k8s.io/v1";
  kind?: "SelfSubjectRulesReview";
  metadata?: ObjectMeta;
  spec: SelfSubjectRulesReviewSpec;
  status?: SubjectRulesReviewStatus;
}

/** SelfSubjectRulesReviewSpec of k8s.io/api/authorization/v1. */
export interface SelfSubjectRulesReviewSpec {
  namespace?: string;
}

/** SubjectAccessReview asks whether someone may do something. */
export interface SubjectAccessReview {
  apiVersion?: "authorization.k8s.io/v1";
  kind?: "SubjectAccessReview";
  metadata?: ObjectMeta;
  spec: SubjectAccessReviewSpec;
  status?: SubjectAccessReviewStatus;
}

/** SubjectAccessReviewSpec of k8s.io/api/authorization/v1. */
export interface SubjectAccessReviewSpec {
  resourceAttributes?: ResourceAttributes;
  nonResourceAttributes?: NonResourceAttributes;
  user?: string;
  groups?: string[];
  extra?: Record<string, ExtraValue>;
  uid?: string;
}

/** SubjectAccessReviewStatus of k8s.io/api/authorization/v1. */
export interface SubjectAccessReviewStatus {
  allowed: boolean;
  denied?: boolean;
  reason?: string;
  evaluationError?: string;
}

/** SubjectRulesReviewStatus of k8s.io/api/authorization/v1. */
export interface SubjectRulesReviewStatus {
  resourceRules: ResourceRule[];
  nonResourceRules: NonResourceRule[];
  incomplete: boolean;
  evaluationError?: string;
}
