// Generated from proto/ by `npm run generate`. Do not edit.
import type { ListMeta, PartialObjectMetadata } from "./metaV1.js";

/** PartialObjectMetadataList of k8s.io/apimachinery/pkg/apis/meta/v1beta1. */
export interface PartialObjectMetadataList {
  metadata?: ListMeta;
  items?: PartialObjectMetadata[];
}
