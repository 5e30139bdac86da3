import type { TokenRequest } from "../api/gen/types/authenticationV1.js";
import type { Scale } from "../api/gen/types/autoscalingV1.js";
import type { Binding } from "../api/gen/types/coreV1.js";
import type { ListMeta, ObjectMeta, Status } from "../api/gen/types/metaV1.js";
import type { Eviction } from "../api/gen/types/policyV1.js";
import type { ResourceType } from "../api/resourceType.js";
import type {
  DeleteCollectionOptions,
  DeleteOptions,
  GetOptions,
  ListOptions,
  Patch,
  PatchOptions,
  RequestOptions,
  WatchOptions,
  WriteOptions,
} from "./requestOptions.js";

/** What every stored object has, of whatever kind. */
export interface KubernetesObject {
  apiVersion?: string;
  kind?: string;
  metadata?: ObjectMeta;
}

/** An object of a kind that has no generated type. */
export interface DynamicObject extends KubernetesObject {
  [field: string]: unknown;
}

export interface ObjectList<T> {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: T[];
}

export type WatchEvent<T> =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: T }
  | {
      readonly type: "BOOKMARK";
      readonly resourceVersion: string;
      /** The end of what sendInitialEvents asked for. */
      readonly initialEventsEnd: boolean;
    };

/**
 * One resource's verbs. Refusals reject with ApiError, which carries the server's Status; a
 * server that cannot be reached rejects with ApiError too (ServiceUnavailable or Timeout), so
 * that callers have one kind. The namespace of objects that are sent is the options', else the
 * object's own.
 */
export interface ResourceClient<T> {
  readonly type: ResourceType<T>;
  get(name: string, options?: GetOptions): Promise<T>;
  list(options?: ListOptions): Promise<ObjectList<T>>;
  /** Every page of a list, `limit` (default 500) objects at a time, at one revision. */
  listPages(options?: ListOptions): AsyncIterable<ObjectList<T>>;
  /** Ends when the server ends it; throws ApiError for ERROR events (410 Expired among them). */
  watch(options?: WatchOptions): AsyncIterable<WatchEvent<T>>;
  create(object: T, options?: WriteOptions): Promise<T>;
  update(object: T, options?: WriteOptions): Promise<T>;
  updateStatus(object: T, options?: WriteOptions): Promise<T>;
  patch(name: string, patch: Patch, options?: PatchOptions): Promise<T>;
  patchStatus(name: string, patch: Patch, options?: PatchOptions): Promise<T>;
  /** The object as it now is where it goes on existing, else a Status. */
  delete(name: string, options?: DeleteOptions): Promise<T | Status>;
  deleteCollection(options?: DeleteCollectionOptions): Promise<void>;
  getScale(name: string, options?: GetOptions): Promise<Scale>;
  updateScale(name: string, scale: Scale, options?: WriteOptions): Promise<Scale>;
  /** pods/binding. */
  bind(binding: Binding, options?: WriteOptions): Promise<void>;
  /** pods/eviction. */
  evict(eviction: Eviction, options?: WriteOptions): Promise<void>;
  /** serviceaccounts/token. */
  createToken(name: string, request: TokenRequest, options?: WriteOptions): Promise<TokenRequest>;
  /** certificatesigningrequests/approval. */
  approve(object: T, options?: WriteOptions): Promise<T>;
  /** namespaces/finalize. */
  finalize(object: T, options?: WriteOptions): Promise<T>;
  /** Any other subresource that reads or writes an object of its own. */
  getSubresource<S>(name: string, subresource: string, options?: GetOptions): Promise<S>;
  createSubresource<S>(
    name: string,
    subresource: string,
    body: object,
    options?: WriteOptions,
  ): Promise<S>;
  updateSubresource<S>(
    name: string,
    subresource: string,
    body: object,
    options?: WriteOptions,
  ): Promise<S>;
  patchSubresource<S>(
    name: string,
    subresource: string,
    patch: Patch,
    options?: PatchOptions,
  ): Promise<S>;
  /** The log of a pod's container, as text. */
  log(
    name: string,
    options?: RequestOptions & {
      readonly container?: string;
      readonly previous?: boolean;
      readonly tailLines?: number;
      readonly limitBytes?: number;
    },
  ): Promise<string>;
}
