// Generated from proto/ by `npm run generate`. Do not edit.
import type { ListMeta, ObjectMeta } from "./metaV1.js";

/** PriorityClass of scheduling.k8s.io/v1. */
export interface PriorityClass {
  apiVersion?: "scheduling.k8s.io/v1";
  kind?: "PriorityClass";
  metadata: ObjectMeta;
  value?: number;
  globalDefault?: boolean;
  description?: string;
  preemptionPolicy?: "Never" | "PreemptLowerPriority" | (string & {});
}

/** PriorityClassList of scheduling.k8s.io/v1. */
export interface PriorityClassList {
  apiVersion?: "scheduling.k8s.io/v1";
  kind?: "PriorityClassList";
  metadata: ListMeta;
  items: PriorityClass[];
}
