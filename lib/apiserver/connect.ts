import type { Duplex } from "node:stream";
import type { HttpRequest, HttpResponse } from "../platform/network.js";
import type { ObjectTree } from "./admission/admissionPlugin.js";
import type { UserInfo } from "./identity.js";
import type { ResourceRequestInfo } from "./requestInfo.js";

/** How the bytes of a connect request reach the client. */
export type ConnectTransport =
  | { readonly kind: "http"; readonly request: HttpRequest; readonly response: HttpResponse }
  /** HTTP/1.1 Upgrade: nothing has been sent yet, not even 101. */
  | {
      readonly kind: "upgrade";
      readonly request: HttpRequest;
      readonly socket: Duplex;
      readonly head: Uint8Array;
    };

/** A connect request that has passed authentication, authorization and CONNECT admission. */
export interface ConnectRequest {
  readonly user: UserInfo;
  /**
   * resource and subresource say what is asked: pods/log, pods/exec, pods/attach, pods/portforward,
   * pods/proxy, nodes/proxy, services/proxy. For proxy, `name` may be `scheme:name:port` and
   * `subpath` is what follows.
   */
  readonly info: ResourceRequestInfo;
  /** PodExecOptions and its like, and PodLogOptions, are still in here as query parameters. */
  readonly query: URLSearchParams;
}

/**
 * What a connector may ask the registry: objects of the storage version as JSON, undefined where
 * absent.
 */
export interface ConnectObjects {
  get(
    group: string,
    resource: string,
    namespace: string,
    name: string,
  ): Promise<ObjectTree | undefined>;
  /** Names of resource and namespace; an optional label selector in its text form. */
  list(
    group: string,
    resource: string,
    namespace: string,
    labelSelector?: string,
  ): Promise<ObjectTree[]>;
}

/**
 * Carries logs, exec, attach, port-forward and proxy requests to kubelets, pods and services.
 * Resolves when the exchange is over. An ApiError thrown before anything was sent becomes its
 * Status; whoever throws later has closed the transport itself.
 */
export interface KubeletConnector {
  connect(
    request: ConnectRequest,
    transport: ConnectTransport,
    objects: ConnectObjects,
  ): Promise<void>;
  close(): Promise<void>;
}
