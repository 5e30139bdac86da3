// Generated from proto/ by `npm run generate`. Do not edit.
import type { ObjectReference, PodTemplateSpec } from "./coreV1.js";
import type { LabelSelector, ListMeta, ObjectMeta, Time } from "./metaV1.js";
import type { WorkloadPodGroupDisruptionMode, WorkloadPodGroupResourceClaim, WorkloadPodGroupSchedulingConstraints, WorkloadPodGroupSchedulingPolicy } from "./schedulingV1alpha3.js";

/** CronJob of batch/v1. */
export interface CronJob {
  apiVersion?: "batch/v1";
  kind?: "CronJob";
  metadata: ObjectMeta;
  spec: CronJobSpec;
  status?: CronJobStatus;
}

/** CronJobList of batch/v1. */
export interface CronJobList {
  apiVersion?: "batch/v1";
  kind?: "CronJobList";
  metadata: ListMeta;
  items: CronJob[];
}

/** CronJobSpec of k8s.io/api/batch/v1. */
export interface CronJobSpec {
  schedule: string;
  timeZone?: string;
  startingDeadlineSeconds?: number;
  concurrencyPolicy?: "Allow" | "Forbid" | "Replace" | (string & {});
  suspend?: boolean;
  jobTemplate: JobTemplateSpec;
  successfulJobsHistoryLimit?: number;
  failedJobsHistoryLimit?: number;
}

/** CronJobStatus of k8s.io/api/batch/v1. */
export interface CronJobStatus {
  active?: ObjectReference[];
  lastScheduleTime?: Time;
  lastSuccessfulTime?: Time;
}

/** Job of batch/v1. */
export interface Job {
  apiVersion?: "batch/v1";
  kind?: "Job";
  metadata: ObjectMeta;
  spec: JobSpec;
  status?: JobStatus;
}

/** JobCondition of k8s.io/api/batch/v1. */
export interface JobCondition {
  type: string;
  status: string;
  lastProbeTime?: Time;
  lastTransitionTime?: Time;
  reason?: string;
  message?: string;
}

/** JobList of batch/v1. */
export interface JobList {
  apiVersion?: "batch/v1";
  kind?: "JobList";
  metadata: ListMeta;
  items: Job[];
}

/** JobSchedulingConfiguration of k8s.io/api/batch/v1. */
export interface JobSchedulingConfiguration {
  schedulingPolicy?: WorkloadPodGroupSchedulingPolicy;
  schedulingConstraints?: WorkloadPodGroupSchedulingConstraints;
  disruptionMode?: WorkloadPodGroupDisruptionMode;
  resourceClaims?: WorkloadPodGroupResourceClaim[];
}

/** JobSpec of k8s.io/api/batch/v1. */
export interface JobSpec {
  parallelism?: number;
  completions?: number;
  activeDeadlineSeconds?: number;
  podFailurePolicy?: PodFailurePolicy;
  successPolicy?: SuccessPolicy;
  backoffLimit?: number;
  backoffLimitPerIndex?: number;
  maxFailedIndexes?: number;
  selector?: LabelSelector;
  manualSelector?: boolean;
  template: PodTemplateSpec;
  ttlSecondsAfterFinished?: number;
  completionMode?: "Indexed" | "NonIndexed" | (string & {});
  suspend?: boolean;
  podReplacementPolicy?: "Failed" | "TerminatingOrFailed" | (string & {});
  managedBy?: string;
  scheduling?: JobSchedulingConfiguration;
}

/** JobStatus of k8s.io/api/batch/v1. */
export interface JobStatus {
  conditions?: JobCondition[];
  startTime?: Time;
  completionTime?: Time;
  active?: number;
  succeeded?: number;
  failed?: number;
  terminating?: number;
  completedIndexes?: string;
  failedIndexes?: string;
  uncountedTerminatedPods?: UncountedTerminatedPods;
  ready?: number;
}

/** JobTemplateSpec of k8s.io/api/batch/v1. */
export interface JobTemplateSpec {
  metadata?: ObjectMeta;
  spec?: JobSpec;
}

/** PodFailurePolicy of k8s.io/api/batch/v1. */
export interface PodFailurePolicy {
  rules: PodFailurePolicyRule[];
}

/** PodFailurePolicyOnExitCodesRequirement of k8s.io/api/batch/v1. */
export interface PodFailurePolicyOnExitCodesRequirement {
  containerName?: string;
  operator: "In" | "NotIn" | (string & {});
  values: number[];
}

/** PodFailurePolicyOnPodConditionsPattern of k8s.io/api/batch/v1. */
export interface PodFailurePolicyOnPodConditionsPattern {
  type: string;
  status?: string;
}

/** PodFailurePolicyRule of k8s.io/api/batch/v1. */
export interface PodFailurePolicyRule {
  action: "Count" | "FailIndex" | "FailJob" | "Ignore" | (string & {});
  onExitCodes?: PodFailurePolicyOnExitCodesRequirement;
  onPodConditions?: PodFailurePolicyOnPodConditionsPattern[];
}

/** SuccessPolicy of k8s.io/api/batch/v1. */
export interface SuccessPolicy {
  rules: SuccessPolicyRule[];
}

/** SuccessPolicyRule of k8s.io/api/batch/v1. */
export interface SuccessPolicyRule {
  succeededIndexes?: string;
  succeededCount?: number;
}

/** UncountedTerminatedPods of k8s.io/api/batch/v1. */
export interface UncountedTerminatedPods {
  succeeded?: string[];
  failed?: string[];
}
