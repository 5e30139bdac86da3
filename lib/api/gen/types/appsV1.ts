// Generated from proto/ by `npm run generate`. Do not edit.
import type { PersistentVolumeClaim, PodTemplateSpec } from "./coreV1.js";
import type { IntOrString } from "./intstr.js";
import type { LabelSelector, ListMeta, ObjectMeta, Time } from "./metaV1.js";
import type { RawExtension } from "./runtime.js";

/** ControllerRevision of apps/v1. */
export interface ControllerRevision {
  apiVersion?: "apps/v1";
  kind?: "ControllerRevision";
  metadata: ObjectMeta;
  data: RawExtension;
  revision?: number;
}

/** ControllerRevisionList of apps/v1. */
export interface ControllerRevisionList {
  apiVersion?: "apps/v1";
  kind?: "ControllerRevisionList";
  metadata: ListMeta;
  items: ControllerRevision[];
}

/** DaemonSet of apps/v1. */
export interface DaemonSet {
  apiVersion?: "apps/v1";
  kind?: "DaemonSet";
  metadata: ObjectMeta;
  spec: DaemonSetSpec;
  status?: DaemonSetStatus;
}

/** DaemonSetCondition of k8s.io/api/apps/v1. */
export interface DaemonSetCondition {
  type?: string;
  status?: string;
  lastTransitionTime?: Time;
  reason?: string;
  message?: string;
}

/** DaemonSetList of apps/v1. */
export interface DaemonSetList {
  apiVersion?: "apps/v1";
  kind?: "DaemonSetList";
  metadata: ListMeta;
  items: DaemonSet[];
}

/** DaemonSetSpec of k8s.io/api/apps/v1. */
export interface DaemonSetSpec {
  selector: LabelSelector;
  template: PodTemplateSpec;
  updateStrategy?: DaemonSetUpdateStrategy;
  minReadySeconds?: number;
  revisionHistoryLimit?: number;
}

/** DaemonSetStatus of k8s.io/api/apps/v1. */
export interface DaemonSetStatus {
  currentNumberScheduled: number;
  numberMisscheduled: number;
  desiredNumberScheduled: number;
  numberReady: number;
  observedGeneration?: number;
  updatedNumberScheduled?: number;
  numberAvailable?: number;
  numberUnavailable?: number;
  collisionCount?: number;
  conditions?: DaemonSetCondition[];
}

/** DaemonSetUpdateStrategy of k8s.io/api/apps/v1. */
export interface DaemonSetUpdateStrategy {
  type?: "OnDelete" | "RollingUpdate" | (string & {});
  rollingUpdate?: RollingUpdateDaemonSet;
}

/** Deployment of apps/v1. */
export interface Deployment {
  apiVersion?: "apps/v1";
  kind?: "Deployment";
  metadata: ObjectMeta;
  spec: DeploymentSpec;
  status?: DeploymentStatus;
}

/** DeploymentCondition of k8s.io/api/apps/v1. */
export interface DeploymentCondition {
  type?: string;
  status?: string;
  lastUpdateTime?: Time;
  lastTransitionTime?: Time;
  reason?: string;
  message?: string;
}

/** DeploymentList of apps/v1. */
export interface DeploymentList {
  apiVersion?: "apps/v1";
  kind?: "DeploymentList";
  metadata: ListMeta;
  items: Deployment[];
}

/** DeploymentSpec of k8s.io/api/apps/v1. */
export interface DeploymentSpec {
  replicas?: number;
  selector: LabelSelector;
  template: PodTemplateSpec;
  strategy?: DeploymentStrategy;
  minReadySeconds?: number;
  revisionHistoryLimit?: number;
  paused?: boolean;
  progressDeadlineSeconds?: number;
}

/** DeploymentStatus of k8s.io/api/apps/v1. */
export interface DeploymentStatus {
  observedGeneration?: number;
  replicas?: number;
  updatedReplicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
  unavailableReplicas?: number;
  terminatingReplicas?: number;
  conditions?: DeploymentCondition[];
  collisionCount?: number;
}

/** DeploymentStrategy of k8s.io/api/apps/v1. */
export interface DeploymentStrategy {
  type?: "Recreate" | "RollingUpdate" | (string & {});
  rollingUpdate?: RollingUpdateDeployment;
}

/** ReplicaSet of apps/v1. */
export interface ReplicaSet {
  apiVersion?: "apps/v1";
  kind?: "ReplicaSet";
  metadata: ObjectMeta;
  spec: ReplicaSetSpec;
  status?: ReplicaSetStatus;
}

/** ReplicaSetCondition of k8s.io/api/apps/v1. */
export interface ReplicaSetCondition {
  type?: string;
  status?: string;
  lastTransitionTime?: Time;
  reason?: string;
  message?: string;
}

/** ReplicaSetList of apps/v1. */
export interface ReplicaSetList {
  apiVersion?: "apps/v1";
  kind?: "ReplicaSetList";
  metadata: ListMeta;
  items: ReplicaSet[];
}

/** ReplicaSetSpec of k8s.io/api/apps/v1. */
export interface ReplicaSetSpec {
  replicas?: number;
  minReadySeconds?: number;
  selector: LabelSelector;
  template?: PodTemplateSpec;
}

/** ReplicaSetStatus of k8s.io/api/apps/v1. */
export interface ReplicaSetStatus {
  replicas: number;
  fullyLabeledReplicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
  terminatingReplicas?: number;
  observedGeneration?: number;
  conditions?: ReplicaSetCondition[];
}

/** RollingUpdateDaemonSet of k8s.io/api/apps/v1. */
export interface RollingUpdateDaemonSet {
  maxUnavailable?: IntOrString;
  maxSurge?: IntOrString;
}

/** RollingUpdateDeployment of k8s.io/api/apps/v1. */
export interface RollingUpdateDeployment {
  maxUnavailable?: IntOrString;
  maxSurge?: IntOrString;
}

/** RollingUpdateStatefulSetStrategy of k8s.io/api/apps/v1. */
export interface RollingUpdateStatefulSetStrategy {
  partition?: number;
  maxUnavailable?: IntOrString;
}

/** StatefulSet of apps/v1. */
export interface StatefulSet {
  apiVersion?: "apps/v1";
  kind?: "StatefulSet";
  metadata: ObjectMeta;
  spec: StatefulSetSpec;
  status?: StatefulSetStatus;
}

/** StatefulSetCondition of k8s.io/api/apps/v1. */
export interface StatefulSetCondition {
  type?: string;
  status?: string;
  lastTransitionTime?: Time;
  reason?: string;
  message?: string;
}

/** StatefulSetList of apps/v1. */
export interface StatefulSetList {
  apiVersion?: "apps/v1";
  kind?: "StatefulSetList";
  metadata: ListMeta;
  items: StatefulSet[];
}

/** StatefulSetOrdinals of k8s.io/api/apps/v1. */
export interface StatefulSetOrdinals {
  start?: number;
}

/** StatefulSetPersistentVolumeClaimRetentionPolicy of k8s.io/api/apps/v1. */
export interface StatefulSetPersistentVolumeClaimRetentionPolicy {
  whenDeleted?: string;
  whenScaled?: string;
}

/** StatefulSetSpec of k8s.io/api/apps/v1. */
export interface StatefulSetSpec {
  replicas?: number;
  selector: LabelSelector;
  template: PodTemplateSpec;
  volumeClaimTemplates?: PersistentVolumeClaim[];
  serviceName?: string;
  podManagementPolicy?: "OrderedReady" | "Parallel" | (string & {});
  updateStrategy?: StatefulSetUpdateStrategy;
  revisionHistoryLimit?: number;
  minReadySeconds?: number;
  persistentVolumeClaimRetentionPolicy?: StatefulSetPersistentVolumeClaimRetentionPolicy;
  ordinals?: StatefulSetOrdinals;
}

/** StatefulSetStatus of k8s.io/api/apps/v1. */
export interface StatefulSetStatus {
  observedGeneration?: number;
  replicas: number;
  readyReplicas?: number;
  currentReplicas?: number;
  updatedReplicas?: number;
  currentRevision?: string;
  updateRevision?: string;
  collisionCount?: number;
  conditions?: StatefulSetCondition[];
  availableReplicas?: number;
}

/** StatefulSetUpdateStrategy of k8s.io/api/apps/v1. */
export interface StatefulSetUpdateStrategy {
  type?: "OnDelete" | "Recreate" | "RollingUpdate" | (string & {});
  rollingUpdate?: RollingUpdateStatefulSetStrategy;
}
