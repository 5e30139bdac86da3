// Generated from proto/ by `npm run generate`. Do not edit.
import type { ObjectReference } from "./coreV1.js";
import type { LabelSelector, ListMeta, Time } from "./metaV1.js";
import type { Quantity } from "./resource.js";

/** MetricListOptions of k8s.io/metrics/pkg/apis/custom_metrics/v1beta1. */
export interface MetricListOptions {
  labelSelector?: string;
  metricLabelSelector?: string;
}

/** MetricValue of k8s.io/metrics/pkg/apis/custom_metrics/v1beta1. */
export interface MetricValue {
  describedObject?: ObjectReference;
  metricName?: string;
  timestamp?: Time;
  window?: number;
  value?: Quantity;
  selector?: LabelSelector;
}

/** MetricValueList of k8s.io/metrics/pkg/apis/custom_metrics/v1beta1. */
export interface MetricValueList {
  metadata?: ListMeta;
  items?: MetricValue[];
}
