// Generated from proto/ by `npm run generate`. Do not edit.
import type { LabelSelector, ListMeta, ObjectMeta, Time } from "./metaV1.js";
import type { Quantity } from "./resource.js";

/** ContainerResourceMetricSource of k8s.io/api/autoscaling/v2. */
export interface ContainerResourceMetricSource {
  name: string;
  target: MetricTarget;
  container: string;
}

/** ContainerResourceMetricStatus of k8s.io/api/autoscaling/v2. */
export interface ContainerResourceMetricStatus {
  name: string;
  current: MetricValueStatus;
  container: string;
}

/** CrossVersionObjectReference of k8s.io/api/autoscaling/v2. */
export interface CrossVersionObjectReference {
  kind: string;
  name: string;
  apiVersion?: string;
}

/** ExternalMetricSource of k8s.io/api/autoscaling/v2. */
export interface ExternalMetricSource {
  metric: MetricIdentifier;
  target: MetricTarget;
}

/** ExternalMetricStatus of k8s.io/api/autoscaling/v2. */
export interface ExternalMetricStatus {
  metric: MetricIdentifier;
  current: MetricValueStatus;
}

/** HPAScalingPolicy of k8s.io/api/autoscaling/v2. */
export interface HPAScalingPolicy {
  type: string;
  value: number;
  periodSeconds: number;
}

/** HPAScalingRules of k8s.io/api/autoscaling/v2. */
export interface HPAScalingRules {
  stabilizationWindowSeconds?: number;
  selectPolicy?: string;
  policies?: HPAScalingPolicy[];
  tolerance?: Quantity;
}

/** HorizontalPodAutoscaler sets a number of replicas by metrics. */
export interface HorizontalPodAutoscaler {
  apiVersion?: "autoscaling/v2";
  kind?: "HorizontalPodAutoscaler";
  metadata: ObjectMeta;
  spec: HorizontalPodAutoscalerSpec;
  status?: HorizontalPodAutoscalerStatus;
}

/** HorizontalPodAutoscalerBehavior of k8s.io/api/autoscaling/v2. */
export interface HorizontalPodAutoscalerBehavior {
  scaleUp?: HPAScalingRules;
  scaleDown?: HPAScalingRules;
}

/** HorizontalPodAutoscalerCondition of k8s.io/api/autoscaling/v2. */
export interface HorizontalPodAutoscalerCondition {
  type: string;
  status: string;
  lastTransitionTime?: Time;
  reason?: string;
  message?: string;
  observedGeneration?: number;
}

/** HorizontalPodAutoscalerList of autoscaling/v2. */
export interface HorizontalPodAutoscalerList {
  apiVersion?: "autoscaling/v2";
  kind?: "HorizontalPodAutoscalerList";
  metadata: ListMeta;
  items: HorizontalPodAutoscaler[];
}

/** HorizontalPodAutoscalerSpec of k8s.io/api/autoscaling/v2. */
export interface HorizontalPodAutoscalerSpec {
  scaleTargetRef: CrossVersionObjectReference;
  minReplicas?: number;
  maxReplicas: number;
  metrics?: MetricSpec[];
  behavior?: HorizontalPodAutoscalerBehavior;
}

/** HorizontalPodAutoscalerStatus of k8s.io/api/autoscaling/v2. */
export interface HorizontalPodAutoscalerStatus {
  observedGeneration?: number;
  lastScaleTime?: Time;
  currentReplicas?: number;
  desiredReplicas: number;
  currentMetrics?: MetricStatus[];
  conditions?: HorizontalPodAutoscalerCondition[];
}

/** MetricIdentifier of k8s.io/api/autoscaling/v2. */
export interface MetricIdentifier {
  name: string;
  selector?: LabelSelector;
}

/** MetricSpec of k8s.io/api/autoscaling/v2. */
export interface MetricSpec {
  type: string;
  object?: ObjectMetricSource;
  pods?: PodsMetricSource;
  resource?: ResourceMetricSource;
  containerResource?: ContainerResourceMetricSource;
  external?: ExternalMetricSource;
}

/** MetricStatus of k8s.io/api/autoscaling/v2. */
export interface MetricStatus {
  type: string;
  object?: ObjectMetricStatus;
  pods?: PodsMetricStatus;
  resource?: ResourceMetricStatus;
  containerResource?: ContainerResourceMetricStatus;
  external?: ExternalMetricStatus;
}

/** MetricTarget of k8s.io/api/autoscaling/v2. */
export interface MetricTarget {
  type: string;
  value?: Quantity;
  averageValue?: Quantity;
  averageUtilization?: number;
}

/** MetricValueStatus of k8s.io/api/autoscaling/v2. */
export interface MetricValueStatus {
  value?: Quantity;
  averageValue?: Quantity;
  averageUtilization?: number;
}

/** ObjectMetricSource of k8s.io/api/autoscaling/v2. */
export interface ObjectMetricSource {
  describedObject: CrossVersionObjectReference;
  target: MetricTarget;
  metric: MetricIdentifier;
}

/** ObjectMetricStatus of k8s.io/api/autoscaling/v2. */
export interface ObjectMetricStatus {
  metric: MetricIdentifier;
  current: MetricValueStatus;
  describedObject: CrossVersionObjectReference;
}

/** PodsMetricSource of k8s.io/api/autoscaling/v2. */
export interface PodsMetricSource {
  metric: MetricIdentifier;
  target: MetricTarget;
}

/** PodsMetricStatus of k8s.io/api/autoscaling/v2. */
export interface PodsMetricStatus {
  metric: MetricIdentifier;
  current: MetricValueStatus;
}

/** ResourceMetricSource of k8s.io/api/autoscaling/v2. */
export interface ResourceMetricSource {
  name: string;
  target: MetricTarget;
}

/** ResourceMetricStatus of k8s.io/api/autoscaling/v2. */
export interface ResourceMetricStatus {
  name: string;
  current: MetricValueStatus;
}
