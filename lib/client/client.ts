import type { ResourceType } from "../api/resourceType.js";
import type { HttpClientResponse } from "../platform/network.js";
import type { DynamicObject, KubernetesObject, ResourceClient } from "./resourceClient.js";

/** A resource that is known only at run time, for example from discovery. */
export interface DynamicResourceType {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** The plural. */
  readonly resource: string;
  readonly namespaced: boolean;
}

/** One HTTP request to any path of the API. */
export interface RawRequest {
  /** Default GET. */
  readonly method?: string;
  /** Path and query, for example `/healthz` or `/apis/apps/v1`. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  readonly signal?: AbortSignal;
  readonly timeoutMilliseconds?: number;
}

/**
 * A client of one API server as one user. The same code runs over gRPC, the in-process channel
 * and REST. Objects are plain JSON trees; those that come from an informer are shared and must
 * not be changed.
 */
export interface Client {
  /** Where requests go that need a namespace and name none; undefined: they are refused. */
  readonly namespace: string | undefined;
  /**
   * The same client with another namespace for requests that need one and name none: of single
   * objects, of what is created, of `deleteCollection`, of logs and streams. Lists and watches
   * without a namespace go on to mean all namespaces. Throws ApiError for what is no namespace.
   */
  inNamespace(namespace: string): Client;
  readonly transport: "rpc" | "rest";
  /** The server's address, for messages; `in-process` where there is none. */
  readonly server: string;
  /** A typed client of one resource: `client.resource(resources.pods)`. */
  resource<T>(type: ResourceType<T>): ResourceClient<T>;
  /** A client of a resource that is known only at run time; its objects are plain trees. */
  dynamic(type: DynamicResourceType): ResourceClient<DynamicObject>;
  /**
   * Reads, patches and deletes of any resource with only metadata in the answers: what the objects
   * hold beside it, a Secret's data say, does not leave the server.
   */
  metadata(type: DynamicResourceType): ResourceClient<KubernetesObject>;
  /**
   * One HTTP request with the client's credentials, whatever the transport, in process too. The
   * status is the caller's to look at.
   */
  raw(request: RawRequest): Promise<HttpClientResponse>;
  /** GET of a path that answers JSON; rejects with ApiError for any other status than 2xx. */
  rawJson(path: string, signal?: AbortSignal): Promise<unknown>;
  /** Aborts when the client is closed, as a cluster's own are when it stops. */
  readonly closed: AbortSignal;
  /** Ends what runs; later requests reject with ApiError (ServiceUnavailable). */
  close(): void;
}
