// Generated from proto/ by `npm run generate`. Do not edit.
import type { LabelSelector, ListMeta, ObjectMeta, Time } from "./metaV1.js";
import type { Quantity } from "./resource.js";

/** ContainerResourceMetricSource of k8s.io/api/autoscaling/v1. */
export interface ContainerResourceMetricSource {
  name?: string;
  targetAverageUtilization?: number;
  targetAverageValue?: Quantity;
  container?: string;
}

/** ContainerResourceMetricStatus of k8s.io/api/autoscaling/v1. */
export interface ContainerResourceMetricStatus {
  name?: string;
  currentAverageUtilization?: number;
  currentAverageValue?: Quantity;
  container?: string;
}

/** CrossVersionObjectReference of k8s.io/api/autoscaling/v1. */
export interface CrossVersionObjectReference {
  kind: string;
  name: string;
  apiVersion?: string;
}

/** ExternalMetricSource of k8s.io/api/autoscaling/v1. */
export interface ExternalMetricSource {
  metricName?: string;
  metricSelector?: LabelSelector;
  targetValue?: Quantity;
  targetAverageValue?: Quantity;
}

/** ExternalMetricStatus of k8s.io/api/autoscaling/v1. */
export interface ExternalMetricStatus {
  metricName?: string;
  metricSelector?: LabelSelector;
  currentValue?: Quantity;
  currentAverageValue?: Quantity;
}

/** HorizontalPodAutoscaler sets a number of replicas by CPU use. */
export interface HorizontalPodAutoscaler {
  apiVersion?: "autoscaling/v1";
  kind?: "HorizontalPodAutoscaler";
  metadata: ObjectMeta;
  spec: HorizontalPodAutoscalerSpec;
  status?: HorizontalPodAutoscalerStatus;
}

/** HorizontalPodAutoscalerCondition of k8s.io/api/autoscaling/v1. */
export interface HorizontalPodAutoscalerCondition {
  type?: string;
  status?: string;
  lastTransitionTime?: Time;
  reason?: string;
  message?: string;
  observedGeneration?: number;
}

/** HorizontalPodAutoscalerList of autoscaling/v1. */
export interface HorizontalPodAutoscalerList {
  apiVersion?: "autoscaling/v1";
  kind?: "HorizontalPodAutoscalerList";
  metadata: ListMeta;
  items: HorizontalPodAutoscaler[];
}

/** HorizontalPodAutoscalerSpec of k8s.io/api/autoscaling/v1. */
export interface HorizontalPodAutoscalerSpec {
  scaleTargetRef: CrossVersionObjectReference;
  minReplicas?: number;
  maxReplicas: number;
  targetCPUUtilizationPercentage?: number;
}

/** HorizontalPodAutoscalerStatus of k8s.io/api/autoscaling/v1. */
export interface HorizontalPodAutoscalerStatus {
  observedGeneration?: number;
  lastScaleTime?: Time;
  currentReplicas: number;
  desiredReplicas: number;
  currentCPUUtilizationPercentage?: number;
}

/** MetricSpec of k8s.io/api/autoscaling/v1. */
export interface MetricSpec {
  type?: string;
  object?: ObjectMetricSource;
  pods?: PodsMetricSource;
  resource?: ResourceMetricSource;
  containerResource?: ContainerResourceMetricSource;
  external?: ExternalMetricSource;
}

/** MetricStatus of k8s.io/api/autoscaling/v1. */
export interface MetricStatus {
  type?: string;
  object?: ObjectMetricStatus;
  pods?: PodsMetricStatus;
  resource?: ResourceMetricStatus;
  containerResource?: ContainerResourceMetricStatus;
  external?: ExternalMetricStatus;
}

/** ObjectMetricSource of k8s.io/api/autoscaling/v1. */
export interface ObjectMetricSource {
  target?: CrossVersionObjectReference;
  metricName?: string;
  targetValue?: Quantity;
  selector?: LabelSelector;
  averageValue?: Quantity;
}

/** ObjectMetricStatus of k8s.io/api/autoscaling/v1. */
export interface ObjectMetricStatus {
  target?: CrossVersionObjectReference;
  metricName?: string;
  currentValue?: Quantity;
  selector?: LabelSelector;
  averageValue?: Quantity;
}

/** PodsMetricSource of k8s.io/api/autoscaling/v1. */
export interface PodsMetricSource {
  metricName?: string;
  targetAverageValue?: Quantity;
  selector?: LabelSelector;
}

/** PodsMetricStatus of k8s.io/api/autoscaling/v1. */
export interface PodsMetricStatus {
  metricName?: string;
  currentAverageValue?: Quantity;
  selector?: LabelSelector;
}

/** ResourceMetricSource of k8s.io/api/autoscaling/v1. */
export interface ResourceMetricSource {
  name?: string;
  targetAverageUtilization?: number;
  targetAverageValue?: Quantity;
}

/** ResourceMetricStatus of k8s.io/api/autoscaling/v1. */
export interface ResourceMetricStatus {
  name?: string;
  currentAverageUtilization?: number;
  currentAverageValue?: Quantity;
}

/** Scale is the number of replicas of something, wanted and present. */
export interface Scale {
  apiVersion?: "autoscaling/v1";
  kind?: "Scale";
  metadata?: ObjectMeta;
  spec?: ScaleSpec;
  status?: ScaleStatus;
}

/** ScaleSpec of k8s.io/api/autoscaling/v1. */
export interface ScaleSpec {
  replicas?: number;
}

/** ScaleStatus of k8s.io/api/autoscaling/v1. */
export interface ScaleStatus {
  replicas: number;
  selector?: string;
}
