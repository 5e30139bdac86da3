// Generated from proto/ by `npm run generate`. Do not edit.
import type { ListMeta, Time } from "./metaV1.js";
import type { Quantity } from "./resource.js";

/** ExternalMetricValue of external.metrics.k8s.io/v1beta1. */
export interface ExternalMetricValue {
  apiVersion?: "external.metrics.k8s.io/v1beta1";
  kind?: "ExternalMetricValue";
  metricName?: string;
  metricLabels?: Record<string, string>;
  timestamp?: Time;
  window?: number;
  value?: Quantity;
}

/** ExternalMetricValueList of external.metrics.k8s.io/v1beta1. */
export interface ExternalMetricValueList {
  apiVersion?: "external.metrics.k8s.io/v1beta1";
  kind?: "ExternalMetricValueList";
  metadata: ListMeta;
  items?: ExternalMetricValue[];
}
