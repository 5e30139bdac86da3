// Generated from proto/ by `npm run generate`. Do not edit.
import type { ListMeta, ObjectMeta, Time } from "./metaV1.js";

/** ExemptPriorityLevelConfiguration of k8s.io/api/flowcontrol/v1. */
export interface ExemptPriorityLevelConfiguration {
  nominalConcurrencyShares?: number;
  lendablePercent?: number;
}

/** FlowDistinguisherMethod of k8s.io/api/flowcontrol/v1. */
export interface FlowDistinguisherMethod {
  type: string;
}

/** FlowSchema sorts requests into a priority level. */
export interface FlowSchema {
  apiVersion?: "flowcontrol.apiserver.k8s.io/v1";
  kind?: "FlowSchema";
  metadata: ObjectMeta;
  spec: FlowSchemaSpec;
  status?: FlowSchemaStatus;
}

/** FlowSchemaCondition of k8s.io/api/flowcontrol/v1. */
export interface FlowSchemaCondition {
  type: string;
  status?: string;
  lastTransitionTime?: Time;
  reason?: string;
  message?: string;
}

/** FlowSchemaList of flowcontrol.apiserver.k8s.io/v1. */
export interface FlowSchemaList {
  apiVersion?: "flowcontrol.apiserver.k8s.io/v1";
  kind?: "FlowSchemaList";
  metadata: ListMeta;
  items: FlowSchema[];
}

/** FlowSchemaSpec of k8s.io/api/flowcontrol/v1. */
export interface FlowSchemaSpec {
  priorityLevelConfiguration: PriorityLevelConfigurationReference;
  matchingPrecedence?: number;
  distinguisherMethod?: FlowDistinguisherMethod;
  rules?: PolicyRulesWithSubjects[];
}

/** FlowSchemaStatus of k8s.io/api/flowcontrol/v1. */
export interface FlowSchemaStatus {
  conditions?: FlowSchemaCondition[];
}

/** GroupSubject of k8s.io/api/flowcontrol/v1. */
export interface GroupSubject {
  name: string;
}

/** LimitResponse of k8s.io/api/flowcontrol/v1. */
export interface LimitResponse {
  type: string;
  queuing?: QueuingConfiguration;
}

/** LimitedPriorityLevelConfiguration of k8s.io/api/flowcontrol/v1. */
export interface LimitedPriorityLevelConfiguration {
  nominalConcurrencyShares?: number;
  limitResponse: LimitResponse;
  lendablePercent?: number;
  borrowingLimitPercent?: number;
}

/** NonResourcePolicyRule of k8s.io/api/flowcontrol/v1. */
export interface NonResourcePolicyRule {
  verbs: string[];
  nonResourceURLs: string[];
}

/** PolicyRulesWithSubjects of k8s.io/api/flowcontrol/v1. */
export interface PolicyRulesWithSubjects {
  subjects: Subject[];
  resourceRules?: ResourcePolicyRule[];
  nonResourceRules?: NonResourcePolicyRule[];
}

/** PriorityLevelConfiguration bounds how many requests are served at once. */
export interface PriorityLevelConfiguration {
  apiVersion?: "flowcontrol.apiserver.k8s.io/v1";
  kind?: "PriorityLevelConfiguration";
  metadata: ObjectMeta;
  spec: PriorityLevelConfigurationSpec;
  status?: PriorityLevelConfigurationStatus;
}

/** PriorityLevelConfigurationCondition of k8s.io/api/flowcontrol/v1. */
export interface PriorityLevelConfigurationCondition {
  type: string;
  status?: string;
  lastTransitionTime?: Time;
  reason?: string;
  message?: string;
}

/** PriorityLevelConfigurationList of flowcontrol.apiserver.k8s.io/v1. */
export interface PriorityLevelConfigurationList {
  apiVersion?: "flowcontrol.apiserver.k8s.io/v1";
  kind?: "PriorityLevelConfigurationList";
  metadata: ListMeta;
  items: PriorityLevelConfiguration[];
}

/** PriorityLevelConfigurationReference of k8s.io/api/flowcontrol/v1. */
export interface PriorityLevelConfigurationReference {
  name: string;
}

/** PriorityLevelConfigurationSpec of k8s.io/api/flowcontrol/v1. */
export interface PriorityLevelConfigurationSpec {
  type: string;
  limited?: LimitedPriorityLevelConfiguration;
  exempt?: ExemptPriorityLevelConfiguration;
}

/** PriorityLevelConfigurationStatus of k8s.io/api/flowcontrol/v1. */
export interface PriorityLevelConfigurationStatus {
  conditions?: PriorityLevelConfigurationCondition[];
}

/** QueuingConfiguration of k8s.io/api/flowcontrol/v1. */
export interface QueuingConfiguration {
  queues?: number;
  handSize?: number;
  queueLengthLimit?: number;
}

/** ResourcePolicyRule of k8s.io/api/flowcontrol/v1. */
export interface ResourcePolicyRule {
  verbs: string[];
  apiGroups: string[];
  resources: string[];
  clusterScope?: boolean;
  namespaces?: string[];
}

/** ServiceAccountSubject of k8s.io/api/flowcontrol/v1. */
export interface ServiceAccountSubject {
  namespace: string;
  name: string;
}

/** Subject of k8s.io/api/flowcontrol/v1. */
export interface Subject {
  kind: string;
  user?: UserSubject;
  group?: GroupSubject;
  serviceAccount?: ServiceAccountSubject;
}

/** UserSubject of k8s.io/api/flowcontrol/v1. */
export interface UserSubject {
  name: string;
}
