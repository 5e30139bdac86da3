// Generated from proto/ by `npm run generate`. Do not edit.
import type { Condition, LabelSelector, ListMeta, ObjectMeta } from "./metaV1.js";

/** ApplyConfiguration of k8s.io/api/admissionregistration/v1. */
export interface ApplyConfiguration {
  expression?: string;
}

/** AuditAnnotation of k8s.io/api/admissionregistration/v1. */
export interface AuditAnnotation {
  key: string;
  valueExpression: string;
}

/** ExpressionWarning of k8s.io/api/admissionregistration/v1. */
export interface ExpressionWarning {
  fieldRef: string;
  warning: string;
}

/** JSONPatch of k8s.io/api/admissionregistration/v1. */
export interface JSONPatch {
  expression?: string;
}

/** MatchCondition of k8s.io/api/admissionregistration/v1. */
export interface MatchCondition {
  name: string;
  expression: string;
}

/** MatchResources of k8s.io/api/admissionregistration/v1. */
export interface MatchResources {
  namespaceSelector?: LabelSelector;
  objectSelector?: LabelSelector;
  resourceRules?: NamedRuleWithOperations[];
  excludeResourceRules?: NamedRuleWithOperations[];
  matchPolicy?: "Equivalent" | "Exact" | (string & {});
}

/** MutatingAdmissionPolicy changes objects on their way in. */
export interface MutatingAdmissionPolicy {
  apiVersion?: "admissionregistration.k8s.io/v1";
  kind?: "MutatingAdmissionPolicy";
  metadata: ObjectMeta;
  spec?: MutatingAdmissionPolicySpec;
}

/** MutatingAdmissionPolicyBinding says where a policy applies. */
export interface MutatingAdmissionPolicyBinding {
  apiVersion?: "admissionregistration.k8s.io/v1";
  kind?: "MutatingAdmissionPolicyBinding";
  metadata: ObjectMeta;
  spec?: MutatingAdmissionPolicyBindingSpec;
}

/** MutatingAdmissionPolicyBindingList of admissionregistration.k8s.io/v1. */
export interface MutatingAdmissionPolicyBindingList {
  apiVersion?: "admissionregistration.k8s.io/v1";
  kind?: "MutatingAdmissionPolicyBindingList";
  metadata: ListMeta;
  items: MutatingAdmissionPolicyBinding[];
}

/** MutatingAdmissionPolicyBindingSpec of k8s.io/api/admissionregistration/v1. */
export interface MutatingAdmissionPolicyBindingSpec {
  policyName?: string;
  paramRef?: ParamRef;
  matchResources?: MatchResources;
}

/** MutatingAdmissionPolicyList of admissionregistration.k8s.io/v1. */
export interface MutatingAdmissionPolicyList {
  apiVersion?: "admissionregistration.k8s.io/v1";
  kind?: "MutatingAdmissionPolicyList";
  metadata: ListMeta;
  items: MutatingAdmissionPolicy[];
}

/** MutatingAdmissionPolicySpec of k8s.io/api/admissionregistration/v1. */
export interface MutatingAdmissionPolicySpec {
  paramKind?: ParamKind;
  matchConstraints?: MatchResources;
  variables?: Variable[];
  mutations?: Mutation[];
  failurePolicy?: "Fail" | "Ignore" | (string & {});
  matchConditions?: MatchCondition[];
  reinvocationPolicy?: "IfNeeded" | "Never" | (string & {});
}

/** MutatingWebhook of k8s.io/api/admissionregistration/v1. */
export interface MutatingWebhook {
  name: string;
  clientConfig: WebhookClientConfig;
  rules?: RuleWithOperations[];
  failurePolicy?: "Fail" | "Ignore" | (string & {});
  matchPolicy?: "Equivalent" | "Exact" | (string & {});
  namespaceSelector?: LabelSelector;
  objectSelector?: LabelSelector;
  sideEffects: "None" | "NoneOnDryRun" | "Some" | "Unknown" | (string & {});
  timeoutSeconds?: number;
  admissionReviewVersions: string[];
  reinvocationPolicy?: "IfNeeded" | "Never" | (string & {});
  matchConditions?: MatchCondition[];
}

/** MutatingWebhookConfiguration lists webhooks that may change objects. */
export interface MutatingWebhookConfiguration {
  apiVersion?: "admissionregistration.k8s.io/v1";
  kind?: "MutatingWebhookConfiguration";
  metadata: ObjectMeta;
  webhooks?: MutatingWebhook[];
}

/** MutatingWebhookConfigurationList of admissionregistration.k8s.io/v1. */
export interface MutatingWebhookConfigurationList {
  apiVersion?: "admissionregistration.k8s.io/v1";
  kind?: "MutatingWebhookConfigurationList";
  metadata: ListMeta;
  items: MutatingWebhookConfiguration[];
}

/** Mutation of k8s.io/api/admissionregistration/v1. */
export interface Mutation {
  patchType: "ApplyConfiguration" | "JSONPatch" | (string & {});
  applyConfiguration?: ApplyConfiguration;
  jsonPatch?: JSONPatch;
}

/** NamedRuleWithOperations of k8s.io/api/admissionregistration/v1. */
export interface NamedRuleWithOperations extends RuleWithOperations {
  resourceNames?: string[];
}

/** ParamKind of k8s.io/api/admissionregistration/v1. */
export interface ParamKind {
  apiVersion?: string;
  kind?: string;
}

/** ParamRef of k8s.io/api/admissionregistration/v1. */
export interface ParamRef {
  name?: string;
  namespace?: string;
  selector?: LabelSelector;
  parameterNotFoundAction?: string;
}

/** Rule of k8s.io/api/admissionregistration/v1. */
export interface Rule {
  apiGroups?: string[];
  apiVersions?: string[];
  resources?: string[];
  scope?: string;
}

/** RuleWithOperations of k8s.io/api/admissionregistration/v1. */
export interface RuleWithOperations extends Rule {
  operations?: ("*" | "CONNECT" | "CREATE" | "DELETE" | "UPDATE" | (string & {}))[];
}

/** ServiceReference of k8s.io/api/admissionregistration/v1. */
export interface ServiceReference {
  namespace: string;
  name: string;
  path?: string;
  port?: number;
}

/** TypeChecking of k8s.io/api/admissionregistration/v1. */
export interface TypeChecking {
  expressionWarnings?: ExpressionWarning[];
}

/** ValidatingAdmissionPolicy checks objects on their way in. */
export interface ValidatingAdmissionPolicy {
  apiVersion?: "admissionregistration.k8s.io/v1";
  kind?: "ValidatingAdmissionPolicy";
  metadata: ObjectMeta;
  spec?: ValidatingAdmissionPolicySpec;
  status?: ValidatingAdmissionPolicyStatus;
}

/** ValidatingAdmissionPolicyBinding says where a policy applies. */
export interface ValidatingAdmissionPolicyBinding {
  apiVersion?: "admissionregistration.k8s.io/v1";
  kind?: "ValidatingAdmissionPolicyBinding";
  metadata: ObjectMeta;
  spec: ValidatingAdmissionPolicyBindingSpec;
}

/** ValidatingAdmissionPolicyBindingList of admissionregistration.k8s.io/v1. */
export interface ValidatingAdmissionPolicyBindingList {
  apiVersion?: "admissionregistration.k8s.io/v1";
  kind?: "ValidatingAdmissionPolicyBindingList";
  metadata: ListMeta;
  items: ValidatingAdmissionPolicyBinding[];
}

/** ValidatingAdmissionPolicyBindingSpec of k8s.io/api/admissionregistration/v1. */
export interface ValidatingAdmissionPolicyBindingSpec {
  policyName: string;
  paramRef?: ParamRef;
  matchResources?: MatchResources;
  validationActions: ("Audit" | "Deny" | "Warn" | (string & {}))[];
}

/** ValidatingAdmissionPolicyList of admissionregistration.k8s.io/v1. */
export interface ValidatingAdmissionPolicyList {
  apiVersion?: "admissionregistration.k8s.io/v1";
  kind?: "ValidatingAdmissionPolicyList";
  metadata: ListMeta;
  items: ValidatingAdmissionPolicy[];
}

/** ValidatingAdmissionPolicySpec of k8s.io/api/admissionregistration/v1. */
export interface ValidatingAdmissionPolicySpec {
  paramKind?: ParamKind;
  matchConstraints?: MatchResources;
  validations?: Validation[];
  failurePolicy?: "Fail" | "Ignore" | (string & {});
  auditAnnotations?: AuditAnnotation[];
  matchConditions?: MatchCondition[];
  variables?: Variable[];
}

/** ValidatingAdmissionPolicyStatus of k8s.io/api/admissionregistration/v1. */
export interface ValidatingAdmissionPolicyStatus {
  observedGeneration?: number;
  typeChecking?: TypeChecking;
  conditions?: Condition[];
}

/** ValidatingWebhook of k8s.io/api/admissionregistration/v1. */
export interface ValidatingWebhook {
  name: string;
  clientConfig: WebhookClientConfig;
  rules?: RuleWithOperations[];
  failurePolicy?: "Fail" | "Ignore" | (string & {});
  matchPolicy?: "Equivalent" | "Exact" | (string & {});
  namespaceSelector?: LabelSelector;
  objectSelector?: LabelSelector;
  sideEffects: "None" | "NoneOnDryRun" | "Some" | "Unknown" | (string & {});
  timeoutSeconds?: number;
  admissionReviewVersions: string[];
  matchConditions?: MatchCondition[];
}

/** ValidatingWebhookConfiguration lists webhooks that check objects. */
export interface ValidatingWebhookConfiguration {
  apiVersion?: "admissionregistration.k8s.io/v1";
  kind?: "ValidatingWebhookConfiguration";
  metadata: ObjectMeta;
  webhooks?: ValidatingWebhook[];
}

/** ValidatingWebhookConfigurationList of admissionregistration.k8s.io/v1. */
export interface ValidatingWebhookConfigurationList {
  apiVersion?: "admissionregistration.k8s.io/v1";
  kind?: "ValidatingWebhookConfigurationList";
  metadata: ListMeta;
  items: ValidatingWebhookConfiguration[];
}

/** Validation of k8s.io/api/admissionregistration/v1. */
export interface Validation {
  expression: string;
  message?: string;
  reason?: string;
  messageExpression?: string;
}

/** Variable of k8s.io/api/admissionregistration/v1. */
export interface Variable {
  name: string;
  expression: string;
}

/** WebhookClientConfig of k8s.io/api/admissionregistration/v1. */
export interface WebhookClientConfig {
  url?: string;
  service?: ServiceReference;
  caBundle?: string;
}
