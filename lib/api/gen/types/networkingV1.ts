// Generated from proto/ by `npm run generate`. Do not edit.
import type { TypedLocalObjectReference } from "./coreV1.js";
import type { IntOrString } from "./intstr.js";
import type { Condition, LabelSelector, ListMeta, ObjectMeta } from "./metaV1.js";

/** HTTPIngressPath of k8s.io/api/networking/v1. */
export interface HTTPIngressPath {
  path?: string;
  pathType: "Exact" | "ImplementationSpecific" | "Prefix" | (string & {});
  backend: IngressBackend;
}

/** HTTPIngressRuleValue of k8s.io/api/networking/v1. */
export interface HTTPIngressRuleValue {
  paths: HTTPIngressPath[];
}

/** IPAddress records that an address is taken. */
export interface IPAddress {
  apiVersion?: "networking.k8s.io/v1";
  kind?: "IPAddress";
  metadata: ObjectMeta;
  spec: IPAddressSpec;
}

/** IPAddressList of networking.k8s.io/v1. */
export interface IPAddressList {
  apiVersion?: "networking.k8s.io/v1";
  kind?: "IPAddressList";
  metadata: ListMeta;
  items: IPAddress[];
}

/** IPAddressSpec of k8s.io/api/networking/v1. */
export interface IPAddressSpec {
  parentRef: ParentReference;
}

/** IPBlock of k8s.io/api/networking/v1. */
export interface IPBlock {
  cidr: string;
  except?: string[];
}

/** Ingress routes HTTP from outside to services. */
export interface Ingress {
  apiVersion?: "networking.k8s.io/v1";
  kind?: "Ingress";
  metadata: ObjectMeta;
  spec?: IngressSpec;
  status?: IngressStatus;
}

/** IngressBackend of k8s.io/api/networking/v1. */
export interface IngressBackend {
  service?: IngressServiceBackend;
  resource?: TypedLocalObjectReference;
}

/** IngressClass names an implementation of ingresses. */
export interface IngressClass {
  apiVersion?: "networking.k8s.io/v1";
  kind?: "IngressClass";
  metadata: ObjectMeta;
  spec?: IngressClassSpec;
}

/** IngressClassList of networking.k8s.io/v1. */
export interface IngressClassList {
  apiVersion?: "networking.k8s.io/v1";
  kind?: "IngressClassList";
  metadata: ListMeta;
  items: IngressClass[];
}

/** IngressClassParametersReference of k8s.io/api/networking/v1. */
export interface IngressClassParametersReference {
  apiGroup?: string;
  kind: string;
  name: string;
  scope?: string;
  namespace?: string;
}

/** IngressClassSpec of k8s.io/api/networking/v1. */
export interface IngressClassSpec {
  controller?: string;
  parameters?: IngressClassParametersReference;
}

/** IngressList of networking.k8s.io/v1. */
export interface IngressList {
  apiVersion?: "networking.k8s.io/v1";
  kind?: "IngressList";
  metadata: ListMeta;
  items: Ingress[];
}

/** IngressLoadBalancerIngress of k8s.io/api/networking/v1. */
export interface IngressLoadBalancerIngress {
  ip?: string;
  hostname?: string;
  ports?: IngressPortStatus[];
}

/** IngressLoadBalancerStatus of k8s.io/api/networking/v1. */
export interface IngressLoadBalancerStatus {
  ingress?: IngressLoadBalancerIngress[];
}

/** IngressPortStatus of k8s.io/api/networking/v1. */
export interface IngressPortStatus {
  port: number;
  protocol: "SCTP" | "TCP" | "UDP" | (string & {});
  error?: string;
}

/** IngressRule of k8s.io/api/networking/v1. */
export interface IngressRule extends IngressRuleValue {
  host?: string;
}

/** IngressRuleValue of k8s.io/api/networking/v1. */
export interface IngressRuleValue {
  http?: HTTPIngressRuleValue;
}

/** IngressServiceBackend of k8s.io/api/networking/v1. */
export interface IngressServiceBackend {
  name: string;
  port?: ServiceBackendPort;
}

/** IngressSpec of k8s.io/api/networking/v1. */
export interface IngressSpec {
  ingressClassName?: string;
  defaultBackend?: IngressBackend;
  tls?: IngressTLS[];
  rules?: IngressRule[];
}

/** IngressStatus of k8s.io/api/networking/v1. */
export interface IngressStatus {
  loadBalancer?: IngressLoadBalancerStatus;
}

/** IngressTLS of k8s.io/api/networking/v1. */
export interface IngressTLS {
  hosts?: string[];
  secretName?: string;
}

/** NetworkPolicy says what traffic pods may have. */
export interface NetworkPolicy {
  apiVersion?: "networking.k8s.io/v1";
  kind?: "NetworkPolicy";
  metadata: ObjectMeta;
  spec?: NetworkPolicySpec;
}

/** NetworkPolicyEgressRule of k8s.io/api/networking/v1. */
export interface NetworkPolicyEgressRule {
  ports?: NetworkPolicyPort[];
  to?: NetworkPolicyPeer[];
}

/** NetworkPolicyIngressRule of k8s.io/api/networking/v1. */
export interface NetworkPolicyIngressRule {
  ports?: NetworkPolicyPort[];
  from?: NetworkPolicyPeer[];
}

/** NetworkPolicyList of networking.k8s.io/v1. */
export interface NetworkPolicyList {
  apiVersion?: "networking.k8s.io/v1";
  kind?: "NetworkPolicyList";
  metadata: ListMeta;
  items: NetworkPolicy[];
}

/** NetworkPolicyPeer of k8s.io/api/networking/v1. */
export interface NetworkPolicyPeer {
  podSelector?: LabelSelector;
  namespaceSelector?: LabelSelector;
  ipBlock?: IPBlock;
}

/** NetworkPolicyPort of k8s.io/api/networking/v1. */
export interface NetworkPolicyPort {
  protocol?: "SCTP" | "TCP" | "UDP" | (string & {});
  port?: IntOrString;
  endPort?: number;
}

/** NetworkPolicySpec of k8s.io/api/networking/v1. */
export interface NetworkPolicySpec {
  podSelector?: LabelSelector;
  ingress?: NetworkPolicyIngressRule[];
  egress?: NetworkPolicyEgressRule[];
  policyTypes?: ("Egress" | "Ingress" | (string & {}))[];
}

/** ParentReference of k8s.io/api/networking/v1. */
export interface ParentReference {
  group?: string;
  resource: string;
  namespace?: string;
  name: string;
}

/** ServiceBackendPort of k8s.io/api/networking/v1. */
export interface ServiceBackendPort {
  name?: string;
  number?: number;
}

/** ServiceCIDR is a range for the addresses of services. */
export interface ServiceCIDR {
  apiVersion?: "networking.k8s.io/v1";
  kind?: "ServiceCIDR";
  metadata: ObjectMeta;
  spec?: ServiceCIDRSpec;
  status?: ServiceCIDRStatus;
}

/** ServiceCIDRList of networking.k8s.io/v1. */
export interface ServiceCIDRList {
  apiVersion?: "networking.k8s.io/v1";
  kind?: "ServiceCIDRList";
  metadata: ListMeta;
  items: ServiceCIDR[];
}

/** ServiceCIDRSpec of k8s.io/api/networking/v1. */
export interface ServiceCIDRSpec {
  cidrs?: string[];
}

/** ServiceCIDRStatus of k8s.io/api/networking/v1. */
export interface ServiceCIDRStatus {
  conditions?: Condition[];
}
