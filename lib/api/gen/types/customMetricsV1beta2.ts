// Generated from proto/ by `npm run generate`. Do not edit.
import type { ObjectReference } from "./coreV1.js";
import type { LabelSelector, ListMeta, Time } from "./metaV1.js";
import type { Quantity } from "./resource.js";

/** MetricIdentifier of k8s.io/metrics/pkg/apis/custom_metrics/v1beta2. */
export interface MetricIdentifier {
  name?: string;
  selector?: LabelSelector;
}

/** MetricListOptions of custom.metrics.k8s.io/v1beta2. */
export interface MetricListOptions {
  apiVersion?: "custom.metrics.k8s.io/v1beta2";
  kind?: "MetricListOptions";
  labelSelector?: string;
  metricLabelSelector?: string;
}

/** MetricValue of custom.metrics.k8s.io/v1beta2. */
export interface MetricValue {
  apiVersion?: "custom.metrics.k8s.io/v1beta2";
  kind?: "MetricValue";
  describedObject?: ObjectReference;
  metric?: MetricIdentifier;
  timestamp?: Time;
  windowSeconds?: number;
  value?: Quantity;
}

/** MetricValueList of custom.metrics.k8s.io/v1beta2. */
export interface MetricValueList {
  apiVersion?: "custom.metrics.k8s.io/v1beta2";
  kind?: "MetricValueList";
  metadata: ListMeta;
  items?: MetricValue[];
}
