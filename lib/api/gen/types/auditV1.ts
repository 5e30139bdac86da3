// Generated from proto/ by `npm run generate`. Do not edit.
import type { UserInfo } from "./authenticationV1.js";
import type { ListMeta, MicroTime, ObjectMeta, Status } from "./metaV1.js";
import type { Unknown } from "./runtime.js";

/** AuthenticationMetadata of k8s.io/apiserver/pkg/apis/audit/v1. */
export interface AuthenticationMetadata {
  impersonationConstraint?: string;
}

/** Event of audit.k8s.io/v1. */
export interface Event {
  apiVersion?: "audit.k8s.io/v1";
  kind?: "Event";
  level?: string;
  auditID?: string;
  stage?: string;
  requestURI?: string;
  verb?: string;
  user?: UserInfo;
  impersonatedUser?: UserInfo;
  authenticationMetadata?: AuthenticationMetadata;
  sourceIPs?: string[];
  userAgent?: string;
  objectRef?: ObjectReference;
  responseStatus?: Status;
  requestObject?: Unknown;
  responseObject?: Unknown;
  requestReceivedTimestamp?: MicroTime;
  stageTimestamp?: MicroTime;
  annotations?: Record<string, string>;
}

/** EventList of audit.k8s.io/v1. */
export interface EventList {
  apiVersion?: "audit.k8s.io/v1";
  kind?: "EventList";
  metadata: ListMeta;
  items?: Event[];
}

/** GroupResources of k8s.io/apiserver/pkg/apis/audit/v1. */
export interface GroupResources {
  group?: string;
  resources?: string[];
  resourceNames?: string[];
}

/** ObjectReference of k8s.io/apiserver/pkg/apis/audit/v1. */
export interface ObjectReference {
  resource?: string;
  namespace?: string;
  name?: string;
  uid?: string;
  apiGroup?: string;
  apiVersion?: string;
  resourceVersion?: string;
  subresource?: string;
}

/** Policy of audit.k8s.io/v1. */
export interface Policy {
  apiVersion?: "audit.k8s.io/v1";
  kind?: "Policy";
  metadata?: ObjectMeta;
  rules?: PolicyRule[];
  omitStages?: string[];
  omitManagedFields?: boolean;
}

/** PolicyList of audit.k8s.io/v1. */
export interface PolicyList {
  apiVersion?: "audit.k8s.io/v1";
  kind?: "PolicyList";
  metadata: ListMeta;
  items?: Policy[];
}

/** PolicyRule of k8s.io/apiserver/pkg/apis/audit/v1. */
export interface PolicyRule {
  level?: string;
  users?: string[];
  userGroups?: string[];
  verbs?: string[];
  resources?: GroupResources[];
  namespaces?: string[];
  nonResourceURLs?: string[];
  omitStages?: string[];
  omitManagedFields?: boolean;
}
