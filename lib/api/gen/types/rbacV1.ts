// Generated from proto/ by `npm run generate`. Do not edit.
import type { LabelSelector, ListMeta, ObjectMeta } from "./metaV1.js";

/** AggregationRule of k8s.io/api/rbac/v1. */
export interface AggregationRule {
  clusterRoleSelectors?: LabelSelector[];
}

/** ClusterRole is a set of rights. */
export interface ClusterRole {
  apiVersion?: "rbac.authorization.k8s.io/v1";
  kind?: "ClusterRole";
  metadata: ObjectMeta;
  /** The rights. */
  rules?: PolicyRule[];
  /** Other roles whose rights are added. */
  aggregationRule?: AggregationRule;
}

/** ClusterRoleBinding grants a role in the whole cluster. */
export interface ClusterRoleBinding {
  apiVersion?: "rbac.authorization.k8s.io/v1";
  kind?: "ClusterRoleBinding";
  metadata: ObjectMeta;
  /** Who gets it. */
  subjects?: Subject[];
  /** The role. */
  roleRef: RoleRef;
}

/** ClusterRoleBindingList of rbac.authorization.k8s.io/v1. */
export interface ClusterRoleBindingList {
  apiVersion?: "rbac.authorization.k8s.io/v1";
  kind?: "ClusterRoleBindingList";
  metadata: ListMeta;
  items: ClusterRoleBinding[];
}

/** ClusterRoleList of rbac.authorization.k8s.io/v1. */
export interface ClusterRoleList {
  apiVersion?: "rbac.authorization.k8s.io/v1";
  kind?: "ClusterRoleList";
  metadata: ListMeta;
  items: ClusterRole[];
}

/** PolicyRule allows some verbs on some resources or paths. */
export interface PolicyRule {
  /** What may be done; * is everything. */
  verbs: string[];
  /** Groups; the empty one is the core. */
  apiGroups?: string[];
  /** Resources, and subresources after a slash. */
  resources?: string[];
  /** Only objects of these names. */
  resourceNames?: string[];
  /** Paths that are no resources. */
  nonResourceURLs?: string[];
}

/** Role is a set of rights in one namespace. */
export interface Role {
  apiVersion?: "rbac.authorization.k8s.io/v1";
  kind?: "Role";
  metadata: ObjectMeta;
  /** The rights. */
  rules?: PolicyRule[];
}

/** RoleBinding grants a role in one namespace. */
export interface RoleBinding {
  apiVersion?: "rbac.authorization.k8s.io/v1";
  kind?: "RoleBinding";
  metadata: ObjectMeta;
  /** Who gets it. */
  subjects?: Subject[];
  /** The role. */
  roleRef: RoleRef;
}

/** RoleBindingList of rbac.authorization.k8s.io/v1. */
export interface RoleBindingList {
  apiVersion?: "rbac.authorization.k8s.io/v1";
  kind?: "RoleBindingList";
  metadata: ListMeta;
  items: RoleBinding[];
}

/** RoleList of rbac.authorization.k8s.io/v1. */
export interface RoleList {
  apiVersion?: "rbac.authorization.k8s.io/v1";
  kind?: "RoleList";
  metadata: ListMeta;
  items: Role[];
}

/** RoleRef of k8s.io/api/rbac/v1. */
export interface RoleRef {
  apiGroup?: string;
  kind: string;
  name: string;
}

/** Subject of k8s.io/api/rbac/v1. */
export interface Subject {
  kind: string;
  apiGroup?: string;
  name: string;
  namespace?: string;
}
