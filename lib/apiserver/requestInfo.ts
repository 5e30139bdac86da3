/** What a request asks for, from its URL or its RPC. Kubernetes' "request attributes". */
export type RequestInfo = ResourceRequestInfo | NonResourceRequestInfo;

export type Verb =
  | "get"
  | "list"
  | "watch"
  | "create"
  | "update"
  | "patch"
  | "delete"
  | "deletecollection"
  | "connect";

export interface ResourceRequestInfo {
  readonly isResourceRequest: true;
  /** What is done. exec, attach, portforward and proxy are "connect". */
  readonly verb: Verb;
  /**
   * What is authorized: as verb, but exec, attach, portforward and proxy by their HTTP method, as
   * upstream.
   */
  readonly authorizationVerb: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** The path after a proxy subresource. */
  readonly subpath: string;
  readonly path: string;
  /** Under `/api/v1/watch/…`, the old way to watch: `name` is the path's, not a selector's. */
  readonly isWatchPath?: boolean;
  /** A method that objects do not have: rejected once the requester is known. */
  readonly isOtherMethod?: boolean;
  readonly labelSelector: string;
  readonly fieldSelector: string;
}

export interface NonResourceRequestInfo {
  readonly isResourceRequest: false;
  /** The HTTP method in lower case. */
  readonly verb: string;
  readonly path: string;
}
