// Generated from proto/ by `npm run generate`. Do not edit.
import type { GroupVersionKind, ListMeta, ObjectMeta } from "./metaV1.js";

/** APIGroupDiscovery of k8s.io/api/apidiscovery/v2beta1. */
export interface APIGroupDiscovery {
  metadata?: ObjectMeta;
  versions?: APIVersionDiscovery[];
}

/** APIGroupDiscoveryList of k8s.io/api/apidiscovery/v2beta1. */
export interface APIGroupDiscoveryList {
  metadata?: ListMeta;
  items?: APIGroupDiscovery[];
}

/** APIResourceDiscovery of k8s.io/api/apidiscovery/v2beta1. */
export interface APIResourceDiscovery {
  resource?: string;
  responseKind?: GroupVersionKind;
  scope?: string;
  singularResource?: string;
  verbs?: string[];
  shortNames?: string[];
  categories?: string[];
  subresources?: APISubresourceDiscovery[];
}

/** APISubresourceDiscovery of k8s.io/api/apidiscovery/v2beta1. */
export interface APISubresourceDiscovery {
  subresource?: string;
  responseKind?: GroupVersionKind;
  acceptedTypes?: GroupVersionKind[];
  verbs?: string[];
}

/** APIVersionDiscovery of k8s.io/api/apidiscovery/v2beta1. */
export interface APIVersionDiscovery {
  version?: string;
  resources?: APIResourceDiscovery[];
  freshness?: string;
}
