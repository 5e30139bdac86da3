// Generated from proto/ by `npm run generate`. Do not edit.
import type { ObjectReference, PodTemplateSpec } from "./coreV1.js";
import type { LabelSelector, ListMeta, ObjectMeta, Time } from "./metaV1.js";
import type { WorkloadPodGroupDisruptionMode, WorkloadPodGroupResourceClaim, WorkloadPodGroupSchedulingConstraints, WorkloadPodGroupSchedulingPolicy } from "./schedulingV1alpha3.js";

/** CronJob starts jobs by a timetable. */
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

/** Job runs pods until enough of them succeed. */
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

/** JobSpec says what a job runs, and when it is over. */
export interface JobSpec {
  /** How many pods run at once. */
  parallelism?: number;
  /** How many pods must succeed. */
  completions?: number;
  /** How long the job may run at all. */
  activeDeadlineSeconds?: number;
  /** What failures of pods mean. */
  podFailurePolicy?: PodFailurePolicy;
  successPolicy?: SuccessPolicy;
  /** How many failures to bear. */
  backoffLimit?: number;
  backoffLimitPerIndex?: number;
  maxFailedIndexes?: number;
  /** Which pods are its own; set by the system. */
  selector?: LabelSelector;
  /** The selector is not of the system. */
  manualSelector?: boolean;
  /** What its pods are like. */
  template: PodTemplateSpec;
  /** When to delete the finished job. */
  ttlSecondsAfterFinished?: number;
  /** NonIndexed or Indexed. */
  completionMode?: "Indexed" | "NonIndexed" | (string & {});
  /** Run no pods for now. */
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
