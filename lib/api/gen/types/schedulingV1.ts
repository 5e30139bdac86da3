// Generated from proto/ by `npm run generate`. Do not edit.
import type { ListMeta, ObjectMeta } from "./metaV1.js";

/** PriorityClass gives a name to an importance of pods. */
export interface PriorityClass {
  apiVersion?: "scheduling.k8s.io/v1";
  kind?: "PriorityClass";
  metadata: ObjectMeta;
  /** The importance; higher goes first. */
  value?: number;
  /** Of pods that name no class. */
  globalDefault?: boolean;
  /** When to use it. */
  description?: string;
  /** Whether its pods may drive out others. */
  preemptionPolicy?: "Never" | "PreemptLowerPriority" | (string & {});
}

/** PriorityClassList of scheduling.k8s.io/v1. */
export interface PriorityClassList {
  apiVersion?: "scheduling.k8s.io/v1";
  kind?: "PriorityClassList";
  metadata: ListMeta;
  items: PriorityClass[];
}
