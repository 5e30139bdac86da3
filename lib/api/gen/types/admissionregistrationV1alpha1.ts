// Generated from proto/ by `npm run generate`. Do not edit.
import type { RuleWithOperations } from "./admissionregistrationV1.js";
import type { Condition, LabelSelector, ListMeta, ObjectMeta } from "./metaV1.js";

/** ApplyConfiguration of k8s.io/api/admissionregistration/v1alpha1. */
export interface ApplyConfiguration {
  expression?: string;
}

/** AuditAnnotation of k8s.io/api/admissionregistration/v1alpha1. */
export interface AuditAnnotation {
  key?: string;
  valueExpression?: string;
}

/** ExpressionWarning of k8s.io/api/admissionregistration/v1alpha1. */
export interface ExpressionWarning {
  fieldRef?: string;
  warning?: string;
}

/** JSONPatch of k8s.io/api/admissionregistration/v1alpha1. */
export interface JSONPatch {
  expression?: string;
}

/** MatchCondition of k8s.io/api/admissionregistration/v1alpha1. */
export interface MatchCondition {
  name: string;
  expression: string;
}

/** MatchResources of k8s.io/api/admissionregistration/v1alpha1. */
export interface MatchResources {
  namespaceSelector?: LabelSelector;
  objectSelector?: LabelSelector;
  resourceRules?: NamedRuleWithOperations[];
  excludeResourceRules?: NamedRuleWithOperations[];
  matchPolicy?: "Equivalent" | "Exact" | (string & {});
}

/** MutatingAdmissionPolicy changes objects on their way in. */
export interface MutatingAdmissionPolicy {
  apiVersion?: "admissionregistration.k8s.io/v1alpha1";
  kind?: "MutatingAdmissionPolicy";
  metadata: ObjectMeta;
  spec?: MutatingAdmissionPolicySpec;
}

/** MutatingAdmissionPolicyBinding says where a policy applies. */
export interface MutatingAdmissionPolicyBinding {
  apiVersion?: "admissionregistration.k8s.io/v1alpha1";
  kind?: "MutatingAdmissionPolicyBinding";
  metadata: ObjectMeta;
  spec?: MutatingAdmissionPolicyBindingSpec;
}

/** MutatingAdmissionPolicyBindingList of admissionregistration.k8s.io/v1alpha1. */
export interface MutatingAdmissionPolicyBindingList {
  apiVersion?: "admissionregistration.k8s.io/v1alpha1";
  kind?: "MutatingAdmissionPolicyBindingList";
  metadata: ListMeta;
  items: MutatingAdmissionPolicyBinding[];
}

/** MutatingAdmissionPolicyBindingSpec of k8s.io/api/admissionregistration/v1alpha1. */
export interface MutatingAdmissionPolicyBindingSpec {
  policyName?: string;
  paramRef?: ParamRef;
  matchResources?: MatchResources;
}

/** MutatingAdmissionPolicyList of admissionregistration.k8s.io/v1alpha1. */
export interface MutatingAdmissionPolicyList {
  apiVersion?: "admissionregistration.k8s.io/v1alpha1";
  kind?: "MutatingAdmissionPolicyList";
  metadata: ListMeta;
  items: MutatingAdmissionPolicy[];
}

/** MutatingAdmissionPolicySpec of k8s.io/api/admissionregistration/v1alpha1. */
export interface MutatingAdmissionPolicySpec {
  paramKind?: ParamKind;
  matchConstraints?: MatchResources;
  variables?: Variable[];
  mutations?: Mutation[];
  failurePolicy?: "Fail" | "Ignore" | (string & {});
  matchConditions?: MatchCondition[];
  reinvocationPolicy?: "IfNeeded" | "Never" | (string & {});
}

/** Mutation of k8s.io/api/admissionregistration/v1alpha1. */
export interface Mutation {
  patchType: "ApplyConfiguration" | "JSONPatch" | (string & {});
  applyConfiguration?: ApplyConfiguration;
  jsonPatch?: JSONPatch;
}

/** NamedRuleWithOperations of k8s.io/api/admissionregistration/v1alpha1. */
export interface NamedRuleWithOperations extends RuleWithOperations {
  resourceNames?: string[];
}

/** ParamKind of k8s.io/api/admissionregistration/v1alpha1. */
export interface ParamKind {
  apiVersion?: string;
  kind?: string;
}

/** ParamRef of k8s.io/api/admissionregistration/v1alpha1. */
export interface ParamRef {
  name?: string;
  namespace?: string;
  selector?: LabelSelector;
  parameterNotFoundAction?: "Allow" | "Deny" | (string & {});
}

/** TypeChecking of k8s.io/api/admissionregistration/v1alpha1. */
export interface TypeChecking {
  expressionWarnings?: ExpressionWarning[];
}

/** ValidatingAdmissionPolicy of admissionregistration.k8s.io/v1alpha1. */
export interface ValidatingAdmissionPolicy {
  apiVersion?: "admissionregistration.k8s.io/v1alpha1";
  kind?: "ValidatingAdmissionPolicy";
  metadata?: ObjectMeta;
  spec?: ValidatingAdmissionPolicySpec;
  status?: ValidatingAdmissionPolicyStatus;
}

/** ValidatingAdmissionPolicyBinding of admissionregistration.k8s.io/v1alpha1. */
export interface ValidatingAdmissionPolicyBinding {
  apiVersion?: "admissionregistration.k8s.io/v1alpha1";
  kind?: "ValidatingAdmissionPolicyBinding";
  metadata?: ObjectMeta;
  spec?: ValidatingAdmissionPolicyBindingSpec;
}

/** ValidatingAdmissionPolicyBindingList of admissionregistration.k8s.io/v1alpha1. */
export interface ValidatingAdmissionPolicyBindingList {
  apiVersion?: "admissionregistration.k8s.io/v1alpha1";
  kind?: "ValidatingAdmissionPolicyBindingList";
  metadata: ListMeta;
  items?: ValidatingAdmissionPolicyBinding[];
}

/** ValidatingAdmissionPolicyBindingSpec of k8s.io/api/admissionregistration/v1alpha1. */
export interface ValidatingAdmissionPolicyBindingSpec {
  policyName?: string;
  paramRef?: ParamRef;
  matchResources?: MatchResources;
  validationActions?: string[];
}

/** ValidatingAdmissionPolicyList of admissionregistration.k8s.io/v1alpha1. */
export interface ValidatingAdmissionPolicyList {
  apiVersion?: "admissionregistration.k8s.io/v1alpha1";
  kind?: "ValidatingAdmissionPolicyList";
  metadata: ListMeta;
  items?: ValidatingAdmissionPolicy[];
}

/** ValidatingAdmissionPolicySpec of k8s.io/api/admissionregistration/v1alpha1. */
export interface ValidatingAdmissionPolicySpec {
  paramKind?: ParamKind;
  matchConstraints?: MatchResources;
  validations?: Validation[];
  failurePolicy?: string;
  auditAnnotations?: AuditAnnotation[];
  matchConditions?: MatchCondition[];
  variables?: Variable[];
}

/** ValidatingAdmissionPolicyStatus of k8s.io/api/admissionregistration/v1alpha1. */
export interface ValidatingAdmissionPolicyStatus {
  observedGeneration?: number;
  typeChecking?: TypeChecking;
  conditions?: Condition[];
}

/** Validation of k8s.io/api/admissionregistration/v1alpha1. */
export interface Validation {
  expression?: string;
  message?: string;
  reason?: string;
  messageExpression?: string;
}

/** Variable of k8s.io/api/admissionregistration/v1alpha1. */
export interface Variable {
  name: string;
  expression: string;
}
