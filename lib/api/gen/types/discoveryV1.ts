// Generated from proto/ by `npm run generate`. Do not edit.
import type { ObjectReference } from "./coreV1.js";
import type { ListMeta, ObjectMeta } from "./metaV1.js";

/** Endpoint of k8s.io/api/discovery/v1. */
export interface Endpoint {
  addresses: string[];
  conditions?: EndpointConditions;
  hostname?: string;
  targetRef?: ObjectReference;
  deprecatedTopology?: Record<string, string>;
  nodeName?: string;
  zone?: string;
  hints?: EndpointHints;
}

/** EndpointConditions of k8s.io/api/discovery/v1. */
export interface EndpointConditions {
  ready?: boolean;
  serving?: boolean;
  terminating?: boolean;
}

/** EndpointHints of k8s.io/api/discovery/v1. */
export interface EndpointHints {
  forZones?: ForZone[];
  forNodes?: ForNode[];
}

/** EndpointPort of k8s.io/api/discovery/v1. */
export interface EndpointPort {
  name?: string;
  protocol?: "SCTP" | "TCP" | "UDP" | (string & {});
  port?: number;
  appProtocol?: string;
}

/** EndpointSlice lists some of the addresses behind a service. */
export interface EndpointSlice {
  apiVersion?: "discovery.k8s.io/v1";
  kind?: "EndpointSlice";
  metadata: ObjectMeta;
  /** IPv4, IPv6 or FQDN. */
  addressType: "FQDN" | "IPv4" | "IPv6" | (string & {});
  /** The addresses. */
  endpoints?: Endpoint[];
  /** The ports that they share. */
  ports?: EndpointPort[];
}

/** EndpointSliceList of discovery.k8s.io/v1. */
export interface EndpointSliceList {
  apiVersion?: "discovery.k8s.io/v1";
  kind?: "EndpointSliceList";
  metadata: ListMeta;
  items: EndpointSlice[];
}

/** ForNode of k8s.io/api/discovery/v1. */
export interface ForNode {
  name: string;
}

/** ForZone of k8s.io/api/discovery/v1. */
export interface ForZone {
  name: string;
}
