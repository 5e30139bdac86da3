// Generated from proto/ by `npm run generate`. Do not edit.
import type { Condition, ListMeta, ObjectMeta } from "./metaV1.js";

/** AllCompositeDisruptionMode of k8s.io/api/scheduling/v1alpha3. */
export interface AllCompositeDisruptionMode {}

/** AllDisruptionMode of k8s.io/api/scheduling/v1alpha3. */
export interface AllDisruptionMode {}

/** BasicSchedulingPolicy of k8s.io/api/scheduling/v1alpha3. */
export interface BasicSchedulingPolicy {}

/** CompositeBasicSchedulingPolicy of k8s.io/api/scheduling/v1alpha3. */
export interface CompositeBasicSchedulingPolicy {}

/** CompositeDisruptionMode of k8s.io/api/scheduling/v1alpha3. */
export interface CompositeDisruptionMode {
  single?: SingleCompositeDisruptionMode;
  all?: AllCompositeDisruptionMode;
}

/** CompositeGangSchedulingPolicy of k8s.io/api/scheduling/v1alpha3. */
export interface CompositeGangSchedulingPolicy {
  minGroupCount?: number;
}

/** CompositePodGroup of k8s.io/api/scheduling/v1alpha3. */
export interface CompositePodGroup {
  apiVersion?: string;
  kind?: string;
  metadata?: ObjectMeta;
  spec?: CompositePodGroupSpec;
  status?: CompositePodGroupStatus;
}

/** CompositePodGroupList of k8s.io/api/scheduling/v1alpha3. */
export interface CompositePodGroupList {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items?: CompositePodGroup[];
}

/** CompositePodGroupSchedulingConstraints of k8s.io/api/scheduling/v1alpha3. */
export interface CompositePodGroupSchedulingConstraints {
  topology?: TopologyConstraint[];
}

/** CompositePodGroupSchedulingPolicy of k8s.io/api/scheduling/v1alpha3. */
export interface CompositePodGroupSchedulingPolicy {
  basic?: CompositeBasicSchedulingPolicy;
  gang?: CompositeGangSchedulingPolicy;
}

/** CompositePodGroupSpec of k8s.io/api/scheduling/v1alpha3. */
export interface CompositePodGroupSpec {
  parentCompositePodGroupName?: string;
  workloadRef?: WorkloadReference;
  schedulingPolicy?: CompositePodGroupSchedulingPolicy;
  schedulingConstraints?: CompositePodGroupSchedulingConstraints;
  disruptionMode?: CompositeDisruptionMode;
  priorityClassName?: string;
  priority?: number;
  preemptionPolicy?: string;
}

/** CompositePodGroupStatus of k8s.io/api/scheduling/v1alpha3. */
export interface CompositePodGroupStatus {
  conditions?: Condition[];
}

/** CompositePodGroupTemplate of k8s.io/api/scheduling/v1alpha3. */
export interface CompositePodGroupTemplate {
  name?: string;
  schedulingPolicy?: CompositePodGroupSchedulingPolicy;
  schedulingConstraints?: CompositePodGroupSchedulingConstraints;
  disruptionMode?: CompositeDisruptionMode;
  priorityClassName?: string;
  priority?: number;
  preemptionPolicy?: string;
  podGroupTemplates?: PodGroupTemplate[];
  compositePodGroupTemplates?: CompositePodGroupTemplate[];
}

/** DisruptionMode of k8s.io/api/scheduling/v1alpha3. */
export interface DisruptionMode {
  single?: SingleDisruptionMode;
  all?: AllDisruptionMode;
}

/** GangSchedulingPolicy of k8s.io/api/scheduling/v1alpha3. */
export interface GangSchedulingPolicy {
  minCount?: number;
}

/** PodGroup of k8s.io/api/scheduling/v1alpha3. */
export interface PodGroup {
  apiVersion?: string;
  kind?: string;
  metadata?: ObjectMeta;
  spec?: PodGroupSpec;
  status?: PodGroupStatus;
}

/** PodGroupList of k8s.io/api/scheduling/v1alpha3. */
export interface PodGroupList {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items?: PodGroup[];
}

/** PodGroupResourceClaim of k8s.io/api/scheduling/v1alpha3. */
export interface PodGroupResourceClaim {
  name?: string;
  resourceClaimName?: string;
  resourceClaimTemplateName?: string;
}

/** PodGroupResourceClaimStatus of k8s.io/api/scheduling/v1alpha3. */
export interface PodGroupResourceClaimStatus {
  name?: string;
  resourceClaimName?: string;
}

/** PodGroupSchedulingConstraints of k8s.io/api/scheduling/v1alpha3. */
export interface PodGroupSchedulingConstraints {
  topology?: TopologyConstraint[];
}

/** PodGroupSchedulingPolicy of k8s.io/api/scheduling/v1alpha3. */
export interface PodGroupSchedulingPolicy {
  basic?: BasicSchedulingPolicy;
  gang?: GangSchedulingPolicy;
}

/** PodGroupSpec of k8s.io/api/scheduling/v1alpha3. */
export interface PodGroupSpec {
  parentCompositePodGroupName?: string;
  workloadRef?: WorkloadReference;
  schedulingPolicy?: PodGroupSchedulingPolicy;
  schedulingConstraints?: PodGroupSchedulingConstraints;
  resourceClaims?: PodGroupResourceClaim[];
  disruptionMode?: DisruptionMode;
  priorityClassName?: string;
  priority?: number;
  preemptionPolicy?: string;
}

/** PodGroupStatus of k8s.io/api/scheduling/v1alpha3. */
export interface PodGroupStatus {
  conditions?: Condition[];
  resourceClaimStatuses?: PodGroupResourceClaimStatus[];
}

/** PodGroupTemplate of k8s.io/api/scheduling/v1alpha3. */
export interface PodGroupTemplate {
  name?: string;
  schedulingPolicy?: PodGroupSchedulingPolicy;
  schedulingConstraints?: PodGroupSchedulingConstraints;
  resourceClaims?: PodGroupResourceClaim[];
  disruptionMode?: DisruptionMode;
  priorityClassName?: string;
  priority?: number;
  preemptionPolicy?: string;
}

/** SingleCompositeDisruptionMode of k8s.io/api/scheduling/v1alpha3. */
export interface SingleCompositeDisruptionMode {}

/** SingleDisruptionMode of k8s.io/api/scheduling/v1alpha3. */
export interface SingleDisruptionMode {}

/** TopologyConstraint of k8s.io/api/scheduling/v1alpha3. */
export interface TopologyConstraint {
  key: string;
}

/** TypedLocalObjectReference of k8s.io/api/scheduling/v1alpha3. */
export interface TypedLocalObjectReference {
  apiGroup?: string;
  kind?: string;
  name?: string;
}

/** Workload of k8s.io/api/scheduling/v1alpha3. */
export interface Workload {
  apiVersion?: string;
  kind?: string;
  metadata?: ObjectMeta;
  spec?: WorkloadSpec;
}

/** WorkloadCompositePodGroupAllDisruptionMode of k8s.io/api/scheduling/v1alpha3. */
export interface WorkloadCompositePodGroupAllDisruptionMode {}

/** WorkloadCompositePodGroupBasicSchedulingPolicy of k8s.io/api/scheduling/v1alpha3. */
export interface WorkloadCompositePodGroupBasicSchedulingPolicy {}

/** WorkloadCompositePodGroupDisruptionMode of k8s.io/api/scheduling/v1alpha3. */
export interface WorkloadCompositePodGroupDisruptionMode {
  single?: WorkloadCompositePodGroupSingleDisruptionMode;
  all?: WorkloadCompositePodGroupAllDisruptionMode;
}

/** WorkloadCompositePodGroupGangSchedulingPolicy of k8s.io/api/scheduling/v1alpha3. */
export interface WorkloadCompositePodGroupGangSchedulingPolicy {
  minGroupCount?: number;
}

/** WorkloadCompositePodGroupSchedulingConstraints of k8s.io/api/scheduling/v1alpha3. */
export interface WorkloadCompositePodGroupSchedulingConstraints {
  topology?: TopologyConstraint[];
}

/** WorkloadCompositePodGroupSchedulingPolicy of k8s.io/api/scheduling/v1alpha3. */
export interface WorkloadCompositePodGroupSchedulingPolicy {
  basic?: WorkloadCompositePodGroupBasicSchedulingPolicy;
  gang?: WorkloadCompositePodGroupGangSchedulingPolicy;
}

/** WorkloadCompositePodGroupSingleDisruptionMode of k8s.io/api/scheduling/v1alpha3. */
export interface WorkloadCompositePodGroupSingleDisruptionMode {}

/** WorkloadList of k8s.io/api/scheduling/v1alpha3. */
export interface WorkloadList {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  items?: Workload[];
}

/** WorkloadPodGroupAllDisruptionMode of k8s.io/api/scheduling/v1alpha3. */
export interface WorkloadPodGroupAllDisruptionMode {}

/** WorkloadPodGroupBasicSchedulingPolicy of k8s.io/api/scheduling/v1alpha3. */
export interface WorkloadPodGroupBasicSchedulingPolicy {}

/** WorkloadPodGroupDisruptionMode of k8s.io/api/scheduling/v1alpha3. */
export interface WorkloadPodGroupDisruptionMode {
  single?: WorkloadPodGroupSingleDisruptionMode;
  all?: WorkloadPodGroupAllDisruptionMode;
}

/** WorkloadPodGroupGangSchedulingPolicy of k8s.io/api/scheduling/v1alpha3. */
export interface WorkloadPodGroupGangSchedulingPolicy {
  minCount?: number;
}

/** WorkloadPodGroupResourceClaim of k8s.io/api/scheduling/v1alpha3. */
export interface WorkloadPodGroupResourceClaim {
  name: string;
  resourceClaimName?: string;
  resourceClaimTemplateName?: string;
}

/** WorkloadPodGroupSchedulingConstraints of k8s.io/api/scheduling/v1alpha3. */
export interface WorkloadPodGroupSchedulingConstraints {
  topology?: TopologyConstraint[];
}

/** WorkloadPodGroupSchedulingPolicy of k8s.io/api/scheduling/v1alpha3. */
export interface WorkloadPodGroupSchedulingPolicy {
  basic?: WorkloadPodGroupBasicSchedulingPolicy;
  gang?: WorkloadPodGroupGangSchedulingPolicy;
}

/** WorkloadPodGroupSingleDisruptionMode of k8s.io/api/scheduling/v1alpha3. */
export interface WorkloadPodGroupSingleDisruptionMode {}

/** WorkloadReference of k8s.io/api/scheduling/v1alpha3. */
export interface WorkloadReference {
  workloadName?: string;
  templateName?: string;
}

/** WorkloadSpec of k8s.io/api/scheduling/v1alpha3. */
export interface WorkloadSpec {
  controllerRef?: TypedLocalObjectReference;
  podGroupTemplates?: PodGroupTemplate[];
  compositePodGroupTemplates?: CompositePodGroupTemplate[];
}
