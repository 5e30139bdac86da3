// Generated from proto/ by `npm run generate`. Do not edit.
import type { Toleration } from "./coreV1.js";
import type { ListMeta, ObjectMeta } from "./metaV1.js";
import type { Quantity } from "./resource.js";

/** Overhead of k8s.io/api/node/v1. */
export interface Overhead {
  podFixed?: Record<string, Quantity>;
}

/** RuntimeClass names a way to run containers. */
export interface RuntimeClass {
  apiVersion?: "node.k8s.io/v1";
  kind?: "RuntimeClass";
  metadata: ObjectMeta;
  /** What the runtime calls it. */
  handler: string;
  /** What it needs beside the containers. */
  overhead?: Overhead;
  /** Which nodes have it. */
  scheduling?: Scheduling;
}

/** RuntimeClassList of node.k8s.io/v1. */
export interface RuntimeClassList {
  apiVersion?: "node.k8s.io/v1";
  kind?: "RuntimeClassList";
  metadata: ListMeta;
  items: RuntimeClass[];
}

/** Scheduling of k8s.io/api/node/v1. */
export interface Scheduling {
  nodeSelector?: Record<string, string>;
  tolerations?: Toleration[];
}
