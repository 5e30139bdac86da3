// Generated from proto/ by `npm run generate`. Do not edit.
import type { RawExtension } from "./runtime.js";

/** APIGroup of v1. */
export interface APIGroup {
  apiVersion?: "v1";
  kind?: "APIGroup";
  name: string;
  versions: GroupVersionForDiscovery[];
  preferredVersion?: GroupVersionForDiscovery;
  serverAddressByClientCIDRs?: ServerAddressByClientCIDR[];
}

/** APIGroupList of v1. */
export interface APIGroupList {
  apiVersion?: "v1";
  kind?: "APIGroupList";
  groups: APIGroup[];
}

/** APIResource of k8s.io/apimachinery/pkg/apis/meta/v1. */
export interface APIResource {
  name: string;
  singularName: string;
  namespaced: boolean;
  group?: string;
  version?: string;
  kind: string;
  verbs: Verbs;
  shortNames?: string[];
  categories?: string[];
  storageVersionHash?: string;
}

/** APIResourceList of v1. */
export interface APIResourceList {
  apiVersion?: "v1";
  kind?: "APIResourceList";
  groupVersion: string;
  resources: APIResource[];
}

/** APIVersions of v1. */
export interface APIVersions {
  apiVersion?: "v1";
  kind?: "APIVersions";
  versions: string[];
  serverAddressByClientCIDRs: ServerAddressByClientCIDR[];
}

/** ApplyOptions of k8s.io/apimachinery/pkg/apis/meta/v1. */
export interface ApplyOptions {
  dryRun?: string[];
  force?: boolean;
  fieldManager?: string;
}

/** Condition of k8s.io/apimachinery/pkg/apis/meta/v1. */
export interface Condition {
  type: string;
  status: string;
  observedGeneration?: number;
  lastTransitionTime: Time;
  reason: string;
  message: string;
}

/** CreateOptions of meta.k8s.io/v1. */
export interface CreateOptions {
  apiVersion?: "meta.k8s.io/v1";
  kind?: "CreateOptions";
  dryRun?: string[];
  fieldManager?: string;
  fieldValidation?: string;
}

/** DeleteOptions of k8s.io/apimachinery/pkg/apis/meta/v1. */
export interface DeleteOptions {
  apiVersion?: string;
  kind?: string;
  gracePeriodSeconds?: number;
  preconditions?: Preconditions;
  orphanDependents?: boolean;
  propagationPolicy?: string;
  dryRun?: string[];
  ignoreStoreReadErrorWithClusterBreakingPotential?: boolean;
}

/** Duration of k8s.io/apimachinery/pkg/apis/meta/v1. */
export type Duration = string;

/** FieldSelectorRequirement of k8s.io/apimachinery/pkg/apis/meta/v1. */
export interface FieldSelectorRequirement {
  key: string;
  operator: string;
  values?: string[];
}

/** FieldsV1 of k8s.io/apimachinery/pkg/apis/meta/v1. */
export type FieldsV1 = Record<string, unknown>;

/** GetOptions of meta.k8s.io/v1. */
export interface GetOptions {
  apiVersion?: "meta.k8s.io/v1";
  kind?: "GetOptions";
  resourceVersion?: string;
}

/** GroupKind of k8s.io/apimachinery/pkg/apis/meta/v1. */
export interface GroupKind {
  group?: string;
  kind?: string;
}

/** GroupResource of k8s.io/apimachinery/pkg/apis/meta/v1. */
export interface GroupResource {
  group: string;
  resource: string;
}

/** GroupVersion of k8s.io/apimachinery/pkg/apis/meta/v1. */
export interface GroupVersion {
  group?: string;
  version?: string;
}

/** GroupVersionForDiscovery of k8s.io/apimachinery/pkg/apis/meta/v1. */
export interface GroupVersionForDiscovery {
  groupVersion: string;
  version: string;
}

/** GroupVersionKind of k8s.io/apimachinery/pkg/apis/meta/v1. */
export interface GroupVersionKind {
  group?: string;
  version?: string;
  kind?: string;
}

/** GroupVersionResource of k8s.io/apimachinery/pkg/apis/meta/v1. */
export interface GroupVersionResource {
  group?: string;
  version?: string;
  resource?: string;
}

/** LabelSelector of k8s.io/apimachinery/pkg/apis/meta/v1. */
export interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: LabelSelectorRequirement[];
}

/** LabelSelectorRequirement of k8s.io/apimachinery/pkg/apis/meta/v1. */
export interface LabelSelectorRequirement {
  key: string;
  operator: string;
  values?: string[];
}

/** List of k8s.io/apimachinery/pkg/apis/meta/v1. */
export interface List {
  metadata?: ListMeta;
  items?: RawExtension[];
}

/** ListMeta of k8s.io/apimachinery/pkg/apis/meta/v1. */
export interface ListMeta {
  selfLink?: string;
  resourceVersion?: string;
  continue?: string;
  remainingItemCount?: number;
  shardInfo?: ShardInfo;
}

/** ListOptions of meta.k8s.io/v1. */
export interface ListOptions {
  apiVersion?: "meta.k8s.io/v1";
  kind?: "ListOptions";
  labelSelector?: string;
  fieldSelector?: string;
  watch?: boolean;
  allowWatchBookmarks?: boolean;
  resourceVersion?: string;
  resourceVersionMatch?: string;
  timeoutSeconds?: number;
  limit?: number;
  continue?: string;
  sendInitialEvents?: boolean;
  shardSelector?: string;
}

/** ManagedFieldsEntry of k8s.io/apimachinery/pkg/apis/meta/v1. */
export interface ManagedFieldsEntry {
  manager?: string;
  operation?: string;
  apiVersion?: string;
  time?: Time;
  fieldsType?: string;
  fieldsV1?: FieldsV1;
  subresource?: string;
}

/** MicroTime of k8s.io/apimachinery/pkg/apis/meta/v1. */
export type MicroTime = string;

/** ObjectMeta of k8s.io/apimachinery/pkg/apis/meta/v1. */
export interface ObjectMeta {
  name?: string;
  generateName?: string;
  namespace?: string;
  selfLink?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: Time;
  deletionTimestamp?: Time;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
  managedFields?: ManagedFieldsEntry[];
}

/** OwnerReference of k8s.io/apimachinery/pkg/apis/meta/v1. */
export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** PartialObjectMetadata of meta.k8s.io/v1. */
export interface PartialObjectMetadata {
  apiVersion?: "meta.k8s.io/v1";
  kind?: "PartialObjectMetadata";
  metadata?: ObjectMeta;
}

/** PartialObjectMetadataList of meta.k8s.io/v1. */
export interface PartialObjectMetadataList {
  apiVersion?: "meta.k8s.io/v1";
  kind?: "PartialObjectMetadataList";
  metadata: ListMeta;
  items?: PartialObjectMetadata[];
}

/** Patch of k8s.io/apimachinery/pkg/apis/meta/v1. */
export interface Patch {}

/** PatchOptions of meta.k8s.io/v1. */
export interface PatchOptions {
  apiVersion?: "meta.k8s.io/v1";
  kind?: "PatchOptions";
  dryRun?: string[];
  force?: boolean;
  fieldManager?: string;
  fieldValidation?: string;
}

/** Preconditions of k8s.io/apimachinery/pkg/apis/meta/v1. */
export interface Preconditions {
  uid?: string;
  resourceVersion?: string;
}

/** RootPaths of k8s.io/apimachinery/pkg/apis/meta/v1. */
export interface RootPaths {
  paths?: string[];
}

/** ServerAddressByClientCIDR of k8s.io/apimachinery/pkg/apis/meta/v1. */
export interface ServerAddressByClientCIDR {
  clientCIDR: string;
  serverAddress: string;
}

/** ShardInfo of k8s.io/apimachinery/pkg/apis/meta/v1. */
export interface ShardInfo {
  selector: string;
}

/** Status of v1. */
export interface Status {
  apiVersion?: "v1";
  kind?: "Status";
  metadata?: ListMeta;
  status?: string;
  message?: string;
  reason?: string;
  details?: StatusDetails;
  code?: number;
}

/** StatusCause of k8s.io/apimachinery/pkg/apis/meta/v1. */
export interface StatusCause {
  reason?: string;
  message?: string;
  field?: string;
}

/** StatusDetails of k8s.io/apimachinery/pkg/apis/meta/v1. */
export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: StatusCause[];
  retryAfterSeconds?: number;
}

/** TableOptions of k8s.io/apimachinery/pkg/apis/meta/v1. */
export interface TableOptions {
  includeObject?: string;
}

/** Time of k8s.io/apimachinery/pkg/apis/meta/v1. */
export type Time = string;

/** Timestamp of k8s.io/apimachinery/pkg/apis/meta/v1. */
export interface Timestamp {
  seconds?: number;
  nanos?: number;
}

/** TypeMeta of k8s.io/apimachinery/pkg/apis/meta/v1. */
export interface TypeMeta {
  kind?: string;
  apiVersion?: string;
}

/** UpdateOptions of meta.k8s.io/v1. */
export interface UpdateOptions {
  apiVersion?: "meta.k8s.io/v1";
  kind?: "UpdateOptions";
  dryRun?: string[];
  fieldManager?: string;
  fieldValidation?: string;
}

/** Verbs of k8s.io/apimachinery/pkg/apis/meta/v1. */
export type Verbs = string[];

/** WatchEvent of k8s.io/apimachinery/pkg/apis/meta/v1. */
export interface WatchEvent {
  type: string;
  object: RawExtension;
}
