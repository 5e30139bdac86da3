// Generated from proto/ by `npm run generate`. Do not edit.
import type { PersistentVolumeClaim, PodTemplateSpec } from "./coreV1.js";
import type { IntOrString } from "./intstr.js";
import type { LabelSelector, ListMeta, ObjectMeta, Time } from "./metaV1.js";
import type { RawExtension } from "./runtime.js";

/** ControllerRevision keeps one version of the state of a controller. */
export interface ControllerRevision {
  apiVersion?: "apps/v1";
  kind?: "ControllerRevision";
  metadata: ObjectMeta;
  /** The state. */
  data: RawExtension;
  /** Grows with each version. */
  revision?: number;
}

/** ControllerRevisionList of apps/v1. */
export interface ControllerRevisionList {
  apiVersion?: "apps/v1";
  kind?: "ControllerRevisionList";
  metadata: ListMeta;
  items: ControllerRevision[];
}

/** DaemonSet runs one pod on each matching node. */
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

/** Deployment keeps pods running and replaces them step by step when their template changes. */
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

/** DeploymentSpec says which pods a deployment keeps, and how it replaces them. */
export interface DeploymentSpec {
  /** How many pods. */
  replicas?: number;
  /** Which pods are its own. Cannot be changed. */
  selector: LabelSelector;
  /** What its pods are like. */
  template: PodTemplateSpec;
  /** How pods are replaced. */
  strategy?: DeploymentStrategy;
  /** How long a pod must be ready to count. */
  minReadySeconds?: number;
  /** How many old replica sets to keep. */
  revisionHistoryLimit?: number;
  /** Changes of the template wait. */
  paused?: boolean;
  /** When a rollout without progress counts as failed. */
  progressDeadlineSeconds?: number;
}

/** DeploymentStatus is how far a deployment has come. */
export interface DeploymentStatus {
  /** The generation that this is about. */
  observedGeneration?: number;
  /** Its pods. */
  replicas?: number;
  /** Its pods with the newest template. */
  updatedReplicas?: number;
  /** Its pods that are ready. */
  readyReplicas?: number;
  /** Its pods that have been ready long enough. */
  availableReplicas?: number;
  /** How many are missing. */
  unavailableReplicas?: number;
  terminatingReplicas?: number;
  /** Available, progressing, failed to create pods. */
  conditions?: DeploymentCondition[];
  /** How often a name of a replica set was taken. */
  collisionCount?: number;
}

/** DeploymentStrategy says how pods are replaced. */
export interface DeploymentStrategy {
  /** Recreate or RollingUpdate. */
  type?: "Recreate" | "RollingUpdate" | (string & {});
  /** How fast, for RollingUpdate. */
  rollingUpdate?: RollingUpdateDeployment;
}

/** ReplicaSet keeps a number of equal pods running. */
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

/** ReplicaSetSpec says which pods a replica set keeps. */
export interface ReplicaSetSpec {
  /** How many pods. */
  replicas?: number;
  /** How long a pod must be ready to count. */
  minReadySeconds?: number;
  /** Which pods are its own. */
  selector: LabelSelector;
  /** What its pods are like. */
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

/** RollingUpdateDeployment bounds a rolling update. */
export interface RollingUpdateDeployment {
  /** How many pods may be missing. */
  maxUnavailable?: IntOrString;
  /** How many pods may be too many. */
  maxSurge?: IntOrString;
}

/** RollingUpdateStatefulSetStrategy of k8s.io/api/apps/v1. */
export interface RollingUpdateStatefulSetStrategy {
  partition?: number;
  maxUnavailable?: IntOrString;
}

/** StatefulSet runs pods with lasting names and storage. */
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
