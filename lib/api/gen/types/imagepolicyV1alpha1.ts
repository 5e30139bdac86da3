// Generated from proto/ by `npm run generate`. Do not edit.
import type { ObjectMeta } from "./metaV1.js";

/** ImageReview of imagepolicy.k8s.io/v1alpha1. */
export interface ImageReview {
  apiVersion?: "imagepolicy.k8s.io/v1alpha1";
  kind?: "ImageReview";
  metadata?: ObjectMeta;
  spec?: ImageReviewSpec;
  status?: ImageReviewStatus;
}

/** ImageReviewContainerSpec of k8s.io/api/imagepolicy/v1alpha1. */
export interface ImageReviewContainerSpec {
  image?: string;
}

/** ImageReviewSpec of k8s.io/api/imagepolicy/v1alpha1. */
export interface ImageReviewSpec {
  containers?: ImageReviewContainerSpec[];
  annotations?: Record<string, string>;
  namespace?: string;
}

/** ImageReviewStatus of k8s.io/api/imagepolicy/v1alpha1. */
export interface ImageReviewStatus {
  allowed?: boolean;
  reason?: string;
  auditAnnotations?: Record<string, string>;
}
