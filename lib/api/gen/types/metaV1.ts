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

/** Condition is one aspect of the state of an object. */
export interface Condition {
  /** Which aspect. */
  type: string;
  /** True, False or Unknown. */
  status: string;
  /** The generation that this is about. */
  observedGeneration?: number;
  /** When the status last changed. */
  lastTransitionTime: Time;
  /** Why, as one word. */
  reason: string;
  /** Why, for people. */
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

/** LabelSelector selects objects by their labels; all of it must hold. */
export interface LabelSelector {
  /** Labels and their values. */
  matchLabels?: Record<string, string>;
  /** Conditions on labels. */
  matchExpressions?: LabelSelectorRequirement[];
}

/** LabelSelectorRequirement is a condition on one label. */
export interface LabelSelectorRequirement {
  /** The label. */
  key: string;
  /** In, NotIn, Exists or DoesNotExist. */
  operator: string;
  /** For In and NotIn. */
  values?: string[];
}

/** List of k8s.io/apimachinery/pkg/apis/meta/v1. */
export interface List {
  metadata?: ListMeta;
  items?: RawExtension[];
}

/** ListMeta is what every list has. */
export interface ListMeta {
  selfLink?: string;
  /** The revision of the list. */
  resourceVersion?: string;
  /** For asking for the rest. */
  continue?: string;
  /** How many objects are left, where known. */
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

/** ObjectMeta is what every object has. */
export interface ObjectMeta {
  /** Unique among its kind in its namespace. Cannot be changed. */
  name?: string;
  /** The beginning of a name that the server completes. */
  generateName?: string;
  /** Where the object lives. Cannot be changed. */
  namespace?: string;
  /** Deprecated and empty. */
  selfLink?: string;
  /** Unique in time and space. Set by the server. */
  uid?: string;
  /** The revision of the last change; opaque. */
  resourceVersion?: string;
  /** Counts changes of what is wanted. */
  generation?: number;
  /** When it was created. */
  creationTimestamp?: Time;
  /** When it is to be gone; set by a deletion. */
  deletionTimestamp?: Time;
  /** How long it had to end by itself. */
  deletionGracePeriodSeconds?: number;
  /** For selecting objects. */
  labels?: Record<string, string>;
  /** For anything else. */
  annotations?: Record<string, string>;
  /** The objects that it belongs to; it goes with them. */
  ownerReferences?: OwnerReference[];
  /** What must be done before it is gone. */
  finalizers?: string[];
  /** Who set which field. */
  managedFields?: ManagedFieldsEntry[];
}

/** OwnerReference names an object that another belongs to. */
export interface OwnerReference {
  /** Of the owner. */
  apiVersion: string;
  /** Of the owner. */
  kind: string;
  /** Of the owner. */
  name: string;
  /** Of the owner. */
  uid: string;
  /** The owner manages the object; one owner only. */
  controller?: boolean;
  /** The owner stays until this object is gone, in a foreground deletion. */
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

/** Status answers a request that returns no object: a refusal, mostly. */
export interface Status {
  apiVersion?: "v1";
  kind?: "Status";
  metadata?: ListMeta;
  /** Success or Failure. */
  status?: string;
  /** What is wrong, for people. */
  message?: string;
  /** What is wrong, as one word. */
  reason?: string;
  /** What it is about. */
  details?: StatusDetails;
  /** The HTTP code. */
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
