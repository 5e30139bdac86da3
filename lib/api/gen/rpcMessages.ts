// Generated from proto/ by `npm run generate`. Do not edit.
import type { MessageTables } from "../messageCodec.js";

export interface ResourceReference {
  group?: string;
  version?: string;
  resource?: string;
  subresource?: string;
}

export interface GetRequest {
  namespace?: string;
  name?: string;
  options?: GetOptions;
  resource?: ResourceReference;
  accept?: string;
}

export interface GetOptions {
  resourceVersion?: string;
}

export interface ListRequest {
  namespace?: string;
  options?: ListOptions;
  resource?: ResourceReference;
  accept?: string;
}

export interface ListOptions {
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

export interface ListChunk {
  metadata?: ListMeta;
  items?: Uint8Array[];
}

export interface ListMeta {
  selfLink?: string;
  resourceVersion?: string;
  continue?: string;
  remainingItemCount?: number;
  shardInfo?: ShardInfo;
}

export interface ShardInfo {
  selector?: string;
}

export interface WatchRequest {
  namespace?: string;
  options?: ListOptions;
  resource?: ResourceReference;
  accept?: string;
}

export interface WatchEvent {
  type?: string;
  object?: Uint8Array;
  status?: Status;
}

export interface Status {
  metadata?: ListMeta;
  status?: string;
  message?: string;
  reason?: string;
  details?: StatusDetails;
  code?: number;
}

export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: StatusCause[];
  retryAfterSeconds?: number;
}

export interface StatusCause {
  reason?: string;
  message?: string;
  field?: string;
}

export interface WatchBatch {
  events?: WatchEvent[];
}

export interface CreateRequest {
  namespace?: string;
  name?: string;
  object?: Uint8Array;
  options?: CreateOptions;
  resource?: ResourceReference;
  accept?: string;
  mediaType?: string;
}

export interface CreateOptions {
  dryRun?: string[];
  fieldManager?: string;
  fieldValidation?: string;
}

export interface UpdateRequest {
  namespace?: string;
  name?: string;
  object?: Uint8Array;
  options?: UpdateOptions;
  resource?: ResourceReference;
  accept?: string;
  mediaType?: string;
}

export interface UpdateOptions {
  dryRun?: string[];
  fieldManager?: string;
  fieldValidation?: string;
}

export interface PatchRequest {
  namespace?: string;
  name?: string;
  patchType?: string;
  patch?: Uint8Array;
  options?: PatchOptions;
  resource?: ResourceReference;
  accept?: string;
}

export interface PatchOptions {
  dryRun?: string[];
  force?: boolean;
  fieldManager?: string;
  fieldValidation?: string;
}

export interface DeleteRequest {
  namespace?: string;
  name?: string;
  options?: DeleteOptions;
  resource?: ResourceReference;
  accept?: string;
}

export interface DeleteOptions {
  gracePeriodSeconds?: number;
  preconditions?: Preconditions;
  orphanDependents?: boolean;
  propagationPolicy?: string;
  dryRun?: string[];
  ignoreStoreReadErrorWithClusterBreakingPotential?: boolean;
}

export interface Preconditions {
  uid?: string;
  resourceVersion?: string;
}

export interface DeleteResponse {
  object?: Uint8Array;
  status?: Status;
}

export interface DeleteCollectionRequest {
  namespace?: string;
  deleteOptions?: DeleteOptions;
  listOptions?: ListOptions;
  resource?: ResourceReference;
  accept?: string;
}

export interface ObjectResponse {
  object?: Uint8Array;
}

export interface ErrorDetails {
  code?: number;
  message?: string;
  details?: ErrorDetail[];
}

export interface ErrorDetail {
  type_url?: string;
  value?: Uint8Array;
}

/** By name. */
export interface RpcMessages {
  ResourceReference: ResourceReference;
  GetRequest: GetRequest;
  GetOptions: GetOptions;
  ListRequest: ListRequest;
  ListOptions: ListOptions;
  ListChunk: ListChunk;
  ListMeta: ListMeta;
  ShardInfo: ShardInfo;
  WatchRequest: WatchRequest;
  WatchEvent: WatchEvent;
  Status: Status;
  StatusDetails: StatusDetails;
  StatusCause: StatusCause;
  WatchBatch: WatchBatch;
  CreateRequest: CreateRequest;
  CreateOptions: CreateOptions;
  UpdateRequest: UpdateRequest;
  UpdateOptions: UpdateOptions;
  PatchRequest: PatchRequest;
  PatchOptions: PatchOptions;
  DeleteRequest: DeleteRequest;
  DeleteOptions: DeleteOptions;
  Preconditions: Preconditions;
  DeleteResponse: DeleteResponse;
  DeleteCollectionRequest: DeleteCollectionRequest;
  ObjectResponse: ObjectResponse;
  ErrorDetails: ErrorDetails;
  ErrorDetail: ErrorDetail;
}

export const rpcMessageTables: MessageTables = {
  ResourceReference: [
    [1,"group","string",0],
    [2,"version","string",0],
    [3,"resource","string",0],
    [4,"subresource","string",0],
  ],
  GetRequest: [
    [1,"namespace","string",0],
    [2,"name","string",0],
    [3,"options","GetOptions",0],
    [15,"resource","ResourceReference",0],
    [16,"accept","string",0],
  ],
  GetOptions: [
    [1,"resourceVersion","string",0],
  ],
  ListRequest: [
    [1,"namespace","string",0],
    [2,"options","ListOptions",0],
    [15,"resource","ResourceReference",0],
    [16,"accept","string",0],
  ],
  ListOptions: [
    [1,"labelSelector","string",0],
    [2,"fieldSelector","string",0],
    [3,"watch","bool",0],
    [9,"allowWatchBookmarks","bool",0],
    [4,"resourceVersion","string",0],
    [10,"resourceVersionMatch","string",0],
    [5,"timeoutSeconds","int64",0],
    [7,"limit","int64",0],
    [8,"continue","string",0],
    [11,"sendInitialEvents","bool",0],
    [15,"shardSelector","string",0],
  ],
  ListChunk: [
    [1,"metadata","ListMeta",0],
    [2,"items","bytes",1],
  ],
  ListMeta: [
    [1,"selfLink","string",0],
    [2,"resourceVersion","string",0],
    [3,"continue","string",0],
    [4,"remainingItemCount","int64",0],
    [5,"shardInfo","ShardInfo",0],
  ],
  ShardInfo: [
    [1,"selector","string",0],
  ],
  WatchRequest: [
    [1,"namespace","string",0],
    [2,"options","ListOptions",0],
    [15,"resource","ResourceReference",0],
    [16,"accept","string",0],
  ],
  WatchEvent: [
    [1,"type","string",0],
    [2,"object","bytes",0],
    [3,"status","Status",0],
  ],
  Status: [
    [1,"metadata","ListMeta",0],
    [2,"status","string",0],
    [3,"message","string",0],
    [4,"reason","string",0],
    [5,"details","StatusDetails",0],
    [6,"code","int32",0],
  ],
  StatusDetails: [
    [1,"name","string",0],
    [2,"group","string",0],
    [3,"kind","string",0],
    [6,"uid","string",0],
    [4,"causes","StatusCause",1],
    [5,"retryAfterSeconds","int32",0],
  ],
  StatusCause: [
    [1,"reason","string",0],
    [2,"message","string",0],
    [3,"field","string",0],
  ],
  WatchBatch: [
    [1,"events","WatchEvent",1],
  ],
  CreateRequest: [
    [1,"namespace","string",0],
    [2,"name","string",0],
    [3,"object","bytes",0],
    [4,"options","CreateOptions",0],
    [15,"resource","ResourceReference",0],
    [16,"accept","string",0],
    [17,"mediaType","string",0],
  ],
  CreateOptions: [
    [1,"dryRun","string",1],
    [3,"fieldManager","string",0],
    [4,"fieldValidation","string",0],
  ],
  UpdateRequest: [
    [1,"namespace","string",0],
    [2,"name","string",0],
    [3,"object","bytes",0],
    [4,"options","UpdateOptions",0],
    [15,"resource","ResourceReference",0],
    [16,"accept","string",0],
    [17,"mediaType","string",0],
  ],
  UpdateOptions: [
    [1,"dryRun","string",1],
    [2,"fieldManager","string",0],
    [3,"fieldValidation","string",0],
  ],
  PatchRequest: [
    [1,"namespace","string",0],
    [2,"name","string",0],
    [3,"patchType","string",0],
    [4,"patch","bytes",0],
    [5,"options","PatchOptions",0],
    [15,"resource","ResourceReference",0],
    [16,"accept","string",0],
  ],
  PatchOptions: [
    [1,"dryRun","string",1],
    [2,"force","bool",0],
    [3,"fieldManager","string",0],
    [4,"fieldValidation","string",0],
  ],
  DeleteRequest: [
    [1,"namespace","string",0],
    [2,"name","string",0],
    [3,"options","DeleteOptions",0],
    [15,"resource","ResourceReference",0],
    [16,"accept","string",0],
  ],
  DeleteOptions: [
    [1,"gracePeriodSeconds","int64",0],
    [2,"preconditions","Preconditions",0],
    [3,"orphanDependents","bool",0],
    [4,"propagationPolicy","string",0],
    [5,"dryRun","string",1],
    [6,"ignoreStoreReadErrorWithClusterBreakingPotential","bool",0],
  ],
  Preconditions: [
    [1,"uid","string",0],
    [2,"resourceVersion","string",0],
  ],
  DeleteResponse: [
    [1,"object","bytes",0],
    [2,"status","Status",0],
  ],
  DeleteCollectionRequest: [
    [1,"namespace","string",0],
    [2,"deleteOptions","DeleteOptions",0],
    [3,"listOptions","ListOptions",0],
    [15,"resource","ResourceReference",0],
    [16,"accept","string",0],
  ],
  ObjectResponse: [
    [1,"object","bytes",0],
  ],
  ErrorDetails: [
    [1,"code","int32",0],
    [2,"message","string",0],
    [3,"details","ErrorDetail",1],
  ],
  ErrorDetail: [
    [1,"type_url","string",0],
    [2,"value","bytes",0],
  ],
};
