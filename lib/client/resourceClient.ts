import type { Duplex } from "node:stream";
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
import type { ContainerStreams } from "./streams/containerStreams.js";
import type { PortForwardOptions, StreamOptions } from "./streams/podStreams.js";

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

/** A page of a list, or all of it where `metadata.continue` is absent. */
export interface ObjectList<T> {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items: T[];
}

/** What a watch tells; `DELETED` has the last state. */
export type WatchEvent<T> =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: T }
  | {
      readonly type: "BOOKMARK";
      readonly resourceVersion: string;
      /** The end of what sendInitialEvents asked for. */
      readonly initialEventsEnd: boolean;
    };

/**
 * One resource's verbs. Status errors reject with ApiError, which carries the server's Status; a
 * server that cannot be reached rejects with ApiError too (ServiceUnavailable or Timeout), so
 * that callers have one kind. The namespace of objects that are sent is the options', else the
 * object's own.
 */
export interface ResourceClient<T> {
  readonly type: ResourceType<T>;
  /** The client's own, for requests that need one and name none. */
  readonly namespace: string | undefined;
  /** One object. Rejects with ApiError (NotFound) where there is none. */
  get(name: string, options?: GetOptions): Promise<T>;
  /** Objects of one namespace or of all, everything at once unless there is a `limit`. */
  list(options?: ListOptions): Promise<ObjectList<T>>;
  /** Every page of a list, `limit` (default 500) objects at a time, at one revision. */
  listPages(options?: ListOptions): AsyncIterable<ObjectList<T>>;
  /** Ends when the server ends it; throws ApiError for ERROR events (410 Expired among them). */
  watch(options?: WatchOptions): AsyncIterable<WatchEvent<T>>;
  /** The object as the server made it, with its uid and defaults. AlreadyExists, Invalid. */
  create(object: T, options?: WriteOptions): Promise<T>;
  /** Replaces an object. Conflict where it has another resourceVersion by now. */
  update(object: T, options?: WriteOptions): Promise<T>;
  /** As `update`, of the status alone. */
  updateStatus(object: T, options?: WriteOptions): Promise<T>;
  /** Changes parts of an object; `patches` makes them. */
  patch(name: string, patch: Patch, options?: PatchOptions): Promise<T>;
  /** As `patch`, of the status alone. */
  patchStatus(name: string, patch: Patch, options?: PatchOptions): Promise<T>;
  /** The object as it now is where it goes on existing, else a Status. */
  delete(name: string, options?: DeleteOptions): Promise<T | Status>;
  /** Deletes what the selectors match in a namespace. */
  deleteCollection(options?: DeleteCollectionOptions): Promise<void>;
  /** How many replicas are wanted and there. */
  getScale(name: string, options?: GetOptions): Promise<Scale>;
  /** Sets how many replicas are wanted. */
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
  /** Creates an object of a subresource. */
  createSubresource<S>(
    name: string,
    subresource: string,
    body: object,
    options?: WriteOptions,
  ): Promise<S>;
  /** Replaces an object of a subresource. */
  updateSubresource<S>(
    name: string,
    subresource: string,
    body: object,
    options?: WriteOptions,
  ): Promise<S>;
  /** Changes parts of an object of a subresource. */
  patchSubresource<S>(
    name: string,
    subresource: string,
    patch: Patch,
    options?: PatchOptions,
  ): Promise<S>;
  /** The log of a pod's container, as text. Pods alone have logs and streams. */
  log(name: string, options?: LogOptions): Promise<string>;
  /**
   * Its lines as they are read, without their ends; with `follow` also those that are still to
   * come, until the container ends. Leaving the loop ends the request.
   */
  logLines(name: string, options?: FollowOptions): AsyncIterable<string>;
  /**
   * Runs a command in a container. Resolves when its streams are open; rejects with ApiError where
   * there is no such pod or container, or it may not be entered.
   */
  exec(
    name: string,
    command: readonly string[],
    options?: StreamOptions,
  ): Promise<ContainerStreams>;
  /** Joins the streams of a running container. */
  attach(name: string, options?: StreamOptions): Promise<ContainerStreams>;
  /**
   * One connection to a port of a pod: a stream that both sides may end. It is destroyed with an
   * ApiError where nothing listens there.
   */
  portForward(name: string, port: number, options?: PortForwardOptions): Promise<Duplex>;
}

/** Which part of a container's log. */
export interface LogOptions extends RequestOptions {
  /** Default: the only one of the pod. */
  readonly container?: string;
  /** Of the instance before the present one. */
  readonly previous?: boolean;
  /** Lines from the end. */
  readonly tailLines?: number;
  readonly limitBytes?: number;
  /** What was written within so many seconds. */
  readonly sinceSeconds?: number;
  /** Each line begins with its time in RFC 3339 and a space. */
  readonly timestamps?: boolean;
}

export interface FollowOptions extends LogOptions {
  /** Default false: ends with what is there. */
  readonly follow?: boolean;
}
