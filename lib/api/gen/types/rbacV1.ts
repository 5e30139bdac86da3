// Generated from proto/ by `npm run generate`. Do not edit.
import type { LabelSelector, ListMeta, ObjectMeta } from "./metaV1.js";

/** AggregationRule of k8s.io/api/rbac/v1. */
export interface AggregationRule {
  clusterRoleSelectors?: LabelSelector[];
}

/** ClusterRole of rbac.authorization.k8s.io/v1. */
export interface ClusterRole {
  apiVersion?: "rbac.authorization.k8s.io/v1";
  kind?: "ClusterRole";
  metadata: ObjectMeta;
  rules?: PolicyRule[];
  aggregationRule?: AggregationRule;
}

/** ClusterRoleBinding of rbac.authorization.k8s.io/v1. */
export interface ClusterRoleBinding {
  apiVersion?: "rbac.authorization.k8s.io/v1";
  kind?: "ClusterRoleBinding";
  metadata: ObjectMeta;
  subjects?: Subject[];
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

/** PolicyRule of k8s.io/api/rbac/v1. */
export interface PolicyRule {
  verbs: string[];
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
  nonResourceURLs?: string[];
}

/** Role of rbac.authorization.k8s.io/v1. */
export interface Role {
  apiVersion?: "rbac.authorization.k8s.io/v1";
  kind?: "Role";
  metadata: ObjectMeta;
  rules?: PolicyRule[];
}

/** RoleBinding of rbac.authorization.k8s.io/v1. */
export interface RoleBinding {
  apiVersion?: "rbac.authorization.k8s.io/v1";
  kind?: "RoleBinding";
  metadata: ObjectMeta;
  subjects?: Subject[];
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
