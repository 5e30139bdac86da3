// Generated from proto/ by `npm run generate`. Do not edit.
import type { IntOrString } from "./intstr.js";
import type { Condition, DeleteOptions, LabelSelector, ListMeta, ObjectMeta, Time } from "./metaV1.js";

/** Eviction asks for a pod to end, if its budget allows. */
export interface Eviction {
  apiVersion?: "policy/v1";
  kind?: "Eviction";
  metadata?: ObjectMeta;
  /** How to delete it. */
  deleteOptions?: DeleteOptions;
}

/** PodDisruptionBudget bounds how many pods may be evicted at once. */
export interface PodDisruptionBudget {
  apiVersion?: "policy/v1";
  kind?: "PodDisruptionBudget";
  metadata: ObjectMeta;
  spec?: PodDisruptionBudgetSpec;
  status?: PodDisruptionBudgetStatus;
}

/** PodDisruptionBudgetList of policy/v1. */
export interface PodDisruptionBudgetList {
  apiVersion?: "policy/v1";
  kind?: "PodDisruptionBudgetList";
  metadata: ListMeta;
  items: PodDisruptionBudget[];
}

/** PodDisruptionBudgetSpec of k8s.io/api/policy/v1. */
export interface PodDisruptionBudgetSpec {
  minAvailable?: IntOrString;
  selector?: LabelSelector;
  maxUnavailable?: IntOrString;
  unhealthyPodEvictionPolicy?: "AlwaysAllow" | "IfHealthyBudget" | (string & {});
}

/** PodDisruptionBudgetStatus of k8s.io/api/policy/v1. */
export interface PodDisruptionBudgetStatus {
  observedGeneration?: number;
  disruptedPods?: Record<string, Time>;
  disruptionsAllowed?: number;
  currentHealthy?: number;
  desiredHealthy?: number;
  expectedPods?: number;
  conditions?: Condition[];
}
