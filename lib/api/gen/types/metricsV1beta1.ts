// Generated from proto/ by `npm run generate`. Do not edit.
import type { Duration, ListMeta, ObjectMeta, Time } from "./metaV1.js";
import type { Quantity } from "./resource.js";

/** ContainerMetrics of k8s.io/metrics/pkg/apis/metrics/v1beta1. */
export interface ContainerMetrics {
  name?: string;
  usage?: Record<string, Quantity>;
}

/** NodeMetrics of metrics.k8s.io/v1beta1. */
export interface NodeMetrics {
  apiVersion?: "metrics.k8s.io/v1beta1";
  kind?: "NodeMetrics";
  metadata?: ObjectMeta;
  timestamp?: Time;
  window?: Duration;
  usage?: Record<string, Quantity>;
}

/** NodeMetricsList of metrics.k8s.io/v1beta1. */
export interface NodeMetricsList {
  apiVersion?: "metrics.k8s.io/v1beta1";
  kind?: "NodeMetricsList";
  metadata: ListMeta;
  items?: NodeMetrics[];
}

/** PodMetrics of metrics.k8s.io/v1beta1. */
export interface PodMetrics {
  apiVersion?: "metrics.k8s.io/v1beta1";
  kind?: "PodMetrics";
  metadata?: ObjectMeta;
  timestamp?: Time;
  window?: Duration;
  containers?: ContainerMetrics[];
}

/** PodMetricsList of metrics.k8s.io/v1beta1. */
export interface PodMetricsList {
  apiVersion?: "metrics.k8s.io/v1beta1";
  kind?: "PodMetricsList";
  metadata: ListMeta;
  items?: PodMetrics[];
}
