import type { ApiVerb } from "../api/verbs.js";
import type { HttpClientResponse, WebSocketResponse } from "../platform/network.js";
import type { DynamicResourceType, RawRequest } from "./client.js";
import type { Patch } from "./requestOptions.js";

/** Options by the names that REST gives them in a query; absent ones are left out. */
export type CallParameters = Readonly<Record<string, string | number | boolean | undefined>>;

/** What a transport must know of a resource; messages only where protobuf is spoken. */
export interface CallType extends DynamicResourceType {
  readonly message?: string;
  readonly listMessage?: string;
  /**
   * Only metadata is wanted of its objects (PartialObjectMetadata of meta.k8s.io/v1). A server
   * that does not know the form answers the whole objects.
   */
  readonly metadataOnly?: boolean;
}

/** One verb on one resource, in a form that every transport can carry. */
export interface ApiCall {
  readonly verb: ApiVerb;
  readonly type: CallType;
  /** Empty: all namespaces, or a resource that has none. */
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
  readonly parameters: CallParameters;
  /** The object that is sent, or DeleteOptions; it carries its kind and apiVersion. */
  readonly body?: object;
  readonly patch?: Patch;
  readonly signal?: AbortSignal;
  readonly timeoutMilliseconds?: number;
}

/** One event as it came, an ERROR's Status included. */
export interface WatchFrame {
  readonly type: string;
  readonly object: object;
}

/** A path of the API to speak WebSocket at. */
export interface WebSocketRequest {
  /** Path and query. */
  readonly path: string;
  /** Subprotocols, the best first. */
  readonly protocols: readonly string[];
  /** Until the response is there. */
  readonly signal?: AbortSignal;
}

/** Carries calls to a server. All failures are ApiErrors, except an aborted signal's own reason. */
export interface Transport {
  readonly kind: "rpc" | "rest";
  readonly server: string;
  /** The response as a JSON tree. */
  call(call: ApiCall): Promise<object>;
  /** Batches of events as they arrive together; never empty. Throws when the stream is cut. */
  watch(call: ApiCall): AsyncIterable<readonly WatchFrame[]>;
  raw(request: RawRequest): Promise<HttpClientResponse>;
  /** Rejects with an ApiError where the server cannot be reached. */
  webSocket(request: WebSocketRequest): Promise<WebSocketResponse>;
  close(): void;
}
