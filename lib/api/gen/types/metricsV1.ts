// Generated from proto/ by `npm run generate`. Do not edit.
import type { Duration, ListMeta, ObjectMeta, Time } from "./metaV1.js";
import type { Quantity } from "./resource.js";

/** ContainerMetrics of k8s.io/metrics/pkg/apis/metrics/v1. */
export interface ContainerMetrics {
  name?: string;
  usage?: Record<string, Quantity>;
}

/** NodeMetrics of k8s.io/metrics/pkg/apis/metrics/v1. */
export interface NodeMetrics {
  metadata?: ObjectMeta;
  timestamp?: Time;
  window?: Duration;
  usage?: Record<string, Quantity>;
}

/** NodeMetricsList of k8s.io/metrics/pkg/apis/metrics/v1. */
export interface NodeMetricsList {
  metadata?: ListMeta;
  items?: NodeMetrics[];
}

/** PodMetrics of k8s.io/metrics/pkg/apis/metrics/v1. */
export interface PodMetrics {
  metadata?: ObjectMeta;
  timestamp?: Time;
  window?: Duration;
  containers?: ContainerMetrics[];
}

/** PodMetricsList of k8s.io/metrics/pkg/apis/metrics/v1. */
export interface PodMetricsList {
  metadata?: ListMeta;
  items?: PodMetrics[];
}
