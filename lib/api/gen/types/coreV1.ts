// Generated from proto/ by `npm run generate`. Do not edit.
import type { IntOrString } from "./intstr.js";
import type { Condition, LabelSelector, ListMeta, MicroTime, ObjectMeta, OwnerReference, Time } from "./metaV1.js";
import type { Quantity } from "./resource.js";
import type { RawExtension } from "./runtime.js";

/** AWSElasticBlockStoreVolumeSource of k8s.io/api/core/v1. */
export interface AWSElasticBlockStoreVolumeSource {
  volumeID: string;
  fsType?: string;
  partition?: number;
  readOnly?: boolean;
}

/** Affinity of k8s.io/api/core/v1. */
export interface Affinity {
  nodeAffinity?: NodeAffinity;
  podAffinity?: PodAffinity;
  podAntiAffinity?: PodAntiAffinity;
}

/** AppArmorProfile of k8s.io/api/core/v1. */
export interface AppArmorProfile {
  type: "Localhost" | "RuntimeDefault" | "Unconfined" | (string & {});
  localhostProfile?: string;
}

/** AttachedVolume of k8s.io/api/core/v1. */
export interface AttachedVolume {
  name: string;
  devicePath: string;
}

/** AvoidPods of k8s.io/api/core/v1. */
export interface AvoidPods {
  preferAvoidPods?: PreferAvoidPodsEntry[];
}

/** AzureDiskVolumeSource of k8s.io/api/core/v1. */
export interface AzureDiskVolumeSource {
  diskName: string;
  diskURI: string;
  cachingMode?: "None" | "ReadOnly" | "ReadWrite" | (string & {});
  fsType?: string;
  readOnly?: boolean;
  kind?: "Dedicated" | "Managed" | "Shared" | (string & {});
}

/** AzureFilePersistentVolumeSource of k8s.io/api/core/v1. */
export interface AzureFilePersistentVolumeSource {
  secretName: string;
  shareName: string;
  readOnly?: boolean;
  secretNamespace?: string;
}

/** AzureFileVolumeSource of k8s.io/api/core/v1. */
export interface AzureFileVolumeSource {
  secretName: string;
  shareName: string;
  readOnly?: boolean;
}

/** Binding ties a pod to the node that runs it. */
export interface Binding {
  apiVersion?: "v1";
  kind?: "Binding";
  metadata?: ObjectMeta;
  /** The node. */
  target: ObjectReference;
}

/** CSIPersistentVolumeSource of k8s.io/api/core/v1. */
export interface CSIPersistentVolumeSource {
  driver: string;
  volumeHandle: string;
  readOnly?: boolean;
  fsType?: string;
  volumeAttributes?: Record<string, string>;
  controllerPublishSecretRef?: SecretReference;
  nodeStageSecretRef?: SecretReference;
  nodePublishSecretRef?: SecretReference;
  controllerExpandSecretRef?: SecretReference;
  nodeExpandSecretRef?: SecretReference;
}

/** CSIVolumeSource of k8s.io/api/core/v1. */
export interface CSIVolumeSource {
  driver: string;
  readOnly?: boolean;
  fsType?: string;
  volumeAttributes?: Record<string, string>;
  nodePublishSecretRef?: LocalObjectReference;
}

/** Capabilities of k8s.io/api/core/v1. */
export interface Capabilities {
  add?: string[];
  drop?: string[];
}

/** CephFSPersistentVolumeSource of k8s.io/api/core/v1. */
export interface CephFSPersistentVolumeSource {
  monitors: string[];
  path?: string;
  user?: string;
  secretFile?: string;
  secretRef?: SecretReference;
  readOnly?: boolean;
}

/** CephFSVolumeSource of k8s.io/api/core/v1. */
export interface CephFSVolumeSource {
  monitors: string[];
  path?: string;
  user?: string;
  secretFile?: string;
  secretRef?: LocalObjectReference;
  readOnly?: boolean;
}

/** CinderPersistentVolumeSource of k8s.io/api/core/v1. */
export interface CinderPersistentVolumeSource {
  volumeID: string;
  fsType?: string;
  readOnly?: boolean;
  secretRef?: SecretReference;
}

/** CinderVolumeSource of k8s.io/api/core/v1. */
export interface CinderVolumeSource {
  volumeID: string;
  fsType?: string;
  readOnly?: boolean;
  secretRef?: LocalObjectReference;
}

/** ClientIPConfig of k8s.io/api/core/v1. */
export interface ClientIPConfig {
  timeoutSeconds?: number;
}

/** ClusterTrustBundleProjection of k8s.io/api/core/v1. */
export interface ClusterTrustBundleProjection {
  name?: string;
  signerName?: string;
  labelSelector?: LabelSelector;
  optional?: boolean;
  path: string;
  user?: number;
}

/** ComponentCondition of k8s.io/api/core/v1. */
export interface ComponentCondition {
  type: string;
  status: string;
  message?: string;
  error?: string;
}

/** ComponentStatus tells whether a part of the control plane is healthy. Deprecated. */
export interface ComponentStatus {
  apiVersion?: "v1";
  kind?: "ComponentStatus";
  metadata?: ObjectMeta;
  conditions?: ComponentCondition[];
}

/** ComponentStatusList of v1. */
export interface ComponentStatusList {
  apiVersion?: "v1";
  kind?: "ComponentStatusList";
  metadata: ListMeta;
  items: ComponentStatus[];
}

/** ConfigMap holds configuration for pods: texts and bytes by key. */
export interface ConfigMap {
  apiVersion?: "v1";
  kind?: "ConfigMap";
  metadata: ObjectMeta;
  /** Nothing but metadata can be changed any more. */
  immutable?: boolean;
  /** Texts by key. */
  data?: Record<string, string>;
  /** Bytes by key; no key may be in data too. */
  binaryData?: Record<string, string>;
}

/** ConfigMapEnvSource of k8s.io/api/core/v1. */
export interface ConfigMapEnvSource extends LocalObjectReference {
  optional?: boolean;
}

/** ConfigMapKeySelector of k8s.io/api/core/v1. */
export interface ConfigMapKeySelector extends LocalObjectReference {
  key: string;
  optional?: boolean;
}

/** ConfigMapList of v1. */
export interface ConfigMapList {
  apiVersion?: "v1";
  kind?: "ConfigMapList";
  metadata: ListMeta;
  items: ConfigMap[];
}

/** ConfigMapNodeConfigSource of k8s.io/api/core/v1. */
export interface ConfigMapNodeConfigSource {
  namespace: string;
  name: string;
  uid?: string;
  resourceVersion?: string;
  kubeletConfigKey: string;
}

/** ConfigMapProjection of k8s.io/api/core/v1. */
export interface ConfigMapProjection extends LocalObjectReference {
  items?: KeyToPath[];
  optional?: boolean;
}

/** ConfigMapVolumeSource of k8s.io/api/core/v1. */
export interface ConfigMapVolumeSource extends LocalObjectReference {
  items?: KeyToPath[];
  defaultMode?: number;
  optional?: boolean;
  defaultUser?: number;
}

/** Container is one container of a pod. */
export interface Container {
  /** Unique in the pod. */
  name: string;
  /** What it runs. */
  image?: string;
  /** In place of the entry point of the image. */
  command?: string[];
  /** In place of the arguments of the image. */
  args?: string[];
  /** Where it starts. */
  workingDir?: string;
  /** The ports that it listens on. */
  ports?: ContainerPort[];
  /** Objects whose keys become variables. */
  envFrom?: EnvFromSource[];
  /** Environment variables. */
  env?: EnvVar[];
  /** What it needs and may use. */
  resources?: ResourceRequirements;
  /** Which resources change without a restart. */
  resizePolicy?: ContainerResizePolicy[];
  /** Of its own, in place of that of the pod. */
  restartPolicy?: string;
  restartPolicyRules?: ContainerRestartRule[];
  /** Where volumes appear in it. */
  volumeMounts?: VolumeMount[];
  /** Where block devices appear in it. */
  volumeDevices?: VolumeDevice[];
  /** It is restarted when this fails. */
  livenessProbe?: Probe;
  /** It gets traffic while this succeeds. */
  readinessProbe?: Probe;
  /** The other probes wait for this. */
  startupProbe?: Probe;
  /** What to do after its start and before its end. */
  lifecycle?: Lifecycle;
  /** The file that it leaves its last words in. */
  terminationMessagePath?: string;
  /** Whether logs stand in for that file. */
  terminationMessagePolicy?: "FallbackToLogsOnError" | "File" | (string & {});
  /** Always, IfNotPresent or Never. */
  imagePullPolicy?: "Always" | "IfNotPresent" | "Never" | (string & {});
  /** Its identity and rights. */
  securityContext?: SecurityContext;
  /** Keep its standard input open. */
  stdin?: boolean;
  /** Close the input after the first client. */
  stdinOnce?: boolean;
  /** Give it a terminal. */
  tty?: boolean;
}

/** ContainerExtendedResourceRequest of k8s.io/api/core/v1. */
export interface ContainerExtendedResourceRequest {
  containerName: string;
  resourceName: string;
  requestName: string;
}

/** ContainerImage of k8s.io/api/core/v1. */
export interface ContainerImage {
  names?: string[];
  sizeBytes?: number;
}

/** ContainerPort is a port that a container listens on. */
export interface ContainerPort {
  /** For services to refer to. */
  name?: string;
  /** The same port on the node. */
  hostPort?: number;
  /** The number inside the pod. */
  containerPort: number;
  /** TCP, UDP or SCTP. */
  protocol?: "SCTP" | "TCP" | "UDP" | (string & {});
  /** The address of the node that hostPort is bound to. */
  hostIP?: string;
}

/** ContainerResizePolicy of k8s.io/api/core/v1. */
export interface ContainerResizePolicy {
  resourceName: string;
  restartPolicy: string;
}

/** ContainerRestartRule of k8s.io/api/core/v1. */
export interface ContainerRestartRule {
  action: string;
  exitCodes?: ContainerRestartRuleOnExitCodes;
}

/** ContainerRestartRuleOnExitCodes of k8s.io/api/core/v1. */
export interface ContainerRestartRuleOnExitCodes {
  operator: string;
  values?: number[];
}

/** ContainerState of k8s.io/api/core/v1. */
export interface ContainerState {
  waiting?: ContainerStateWaiting;
  running?: ContainerStateRunning;
  terminated?: ContainerStateTerminated;
}

/** ContainerStateRunning of k8s.io/api/core/v1. */
export interface ContainerStateRunning {
  startedAt?: Time;
}

/** ContainerStateTerminated of k8s.io/api/core/v1. */
export interface ContainerStateTerminated {
  exitCode: number;
  signal?: number;
  reason?: string;
  message?: string;
  startedAt?: Time;
  finishedAt?: Time;
  containerID?: string;
}

/** ContainerStateWaiting of k8s.io/api/core/v1. */
export interface ContainerStateWaiting {
  reason?: string;
  message?: string;
}

/** ContainerStatus is how one container is doing. */
export interface ContainerStatus {
  /** Of the container. */
  name: string;
  /** What it is doing. */
  state?: ContainerState;
  /** How it ended last time. */
  lastState?: ContainerState;
  /** Whether it may get traffic. */
  ready: boolean;
  /** How often it was started again. */
  restartCount: number;
  /** What it runs. */
  image: string;
  /** The exact image. */
  imageID: string;
  /** What the runtime calls it. */
  containerID?: string;
  /** Whether its startup probe has succeeded. */
  started?: boolean;
  allocatedResources?: Record<string, Quantity>;
  resources?: ResourceRequirements;
  volumeMounts?: VolumeMountStatus[];
  user?: ContainerUser;
  allocatedResourcesStatus?: ResourceStatus[];
  stopSignal?: "SIGABRT" | "SIGALRM" | "SIGBUS" | "SIGCHLD" | "SIGCLD" | "SIGCONT" | "SIGFPE" | "SIGHUP" | "SIGILL" | "SIGINT" | "SIGIO" | "SIGIOT" | "SIGKILL" | "SIGPIPE" | "SIGPOLL" | "SIGPROF" | "SIGPWR" | "SIGQUIT" | "SIGRTMAX" | "SIGRTMAX-1" | "SIGRTMAX-10" | "SIGRTMAX-11" | "SIGRTMAX-12" | "SIGRTMAX-13" | "SIGRTMAX-14" | "SIGRTMAX-2" | "SIGRTMAX-3" | "SIGRTMAX-4" | "SIGRTMAX-5" | "SIGRTMAX-6" | "SIGRTMAX-7" | "SIGRTMAX-8" | "SIGRTMAX-9" | "SIGRTMIN" | "SIGRTMIN+1" | "SIGRTMIN+10" | "SIGRTMIN+11" | "SIGRTMIN+12" | "SIGRTMIN+13" | "SIGRTMIN+14" | "SIGRTMIN+15" | "SIGRTMIN+2" | "SIGRTMIN+3" | "SIGRTMIN+4" | "SIGRTMIN+5" | "SIGRTMIN+6" | "SIGRTMIN+7" | "SIGRTMIN+8" | "SIGRTMIN+9" | "SIGSEGV" | "SIGSTKFLT" | "SIGSTOP" | "SIGSYS" | "SIGTERM" | "SIGTRAP" | "SIGTSTP" | "SIGTTIN" | "SIGTTOU" | "SIGURG" | "SIGUSR1" | "SIGUSR2" | "SIGVTALRM" | "SIGWINCH" | "SIGXCPU" | "SIGXFSZ" | (string & {});
}

/** ContainerUser of k8s.io/api/core/v1. */
export interface ContainerUser {
  linux?: LinuxContainerUser;
}

/** DaemonEndpoint of k8s.io/api/core/v1. */
export interface DaemonEndpoint {
  Port: number;
}

/** DownwardAPIProjection of k8s.io/api/core/v1. */
export interface DownwardAPIProjection {
  items?: DownwardAPIVolumeFile[];
}

/** DownwardAPIVolumeFile of k8s.io/api/core/v1. */
export interface DownwardAPIVolumeFile {
  path: string;
  fieldRef?: ObjectFieldSelector;
  resourceFieldRef?: ResourceFieldSelector;
  mode?: number;
  user?: number;
}

/** DownwardAPIVolumeSource of k8s.io/api/core/v1. */
export interface DownwardAPIVolumeSource {
  items?: DownwardAPIVolumeFile[];
  defaultMode?: number;
  defaultUser?: number;
}

/** EmptyDirVolumeSource of k8s.io/api/core/v1. */
export interface EmptyDirVolumeSource {
  medium?: string;
  sizeLimit?: Quantity;
  mode?: number;
}

/** EndpointAddress of k8s.io/api/core/v1. */
export interface EndpointAddress {
  ip: string;
  hostname?: string;
  nodeName?: string;
  targetRef?: ObjectReference;
}

/** EndpointPort of k8s.io/api/core/v1. */
export interface EndpointPort {
  name?: string;
  port: number;
  protocol?: "SCTP" | "TCP" | "UDP" | (string & {});
  appProtocol?: string;
}

/** EndpointSubset of k8s.io/api/core/v1. */
export interface EndpointSubset {
  addresses?: EndpointAddress[];
  notReadyAddresses?: EndpointAddress[];
  ports?: EndpointPort[];
}

/** Endpoints lists the addresses behind a service. EndpointSlice has replaced it. */
export interface Endpoints {
  apiVersion?: "v1";
  kind?: "Endpoints";
  metadata: ObjectMeta;
  /** Addresses and the ports that they share. */
  subsets?: EndpointSubset[];
}

/** EndpointsList of v1. */
export interface EndpointsList {
  apiVersion?: "v1";
  kind?: "EndpointsList";
  metadata: ListMeta;
  items: Endpoints[];
}

/** EnvFromSource of k8s.io/api/core/v1. */
export interface EnvFromSource {
  prefix?: string;
  configMapRef?: ConfigMapEnvSource;
  secretRef?: SecretEnvSource;
}

/** EnvVar is one environment variable. */
export interface EnvVar {
  /** Of the variable. */
  name: string;
  /** Its value; $(OTHER) stands for another variable. */
  value?: string;
  /** Where the value comes from. */
  valueFrom?: EnvVarSource;
}

/** EnvVarSource of k8s.io/api/core/v1. */
export interface EnvVarSource {
  fieldRef?: ObjectFieldSelector;
  resourceFieldRef?: ResourceFieldSelector;
  configMapKeyRef?: ConfigMapKeySelector;
  secretKeyRef?: SecretKeySelector;
  fileKeyRef?: FileKeySelector;
}

/** EphemeralContainer of k8s.io/api/core/v1. */
export interface EphemeralContainer extends EphemeralContainerCommon {
  targetContainerName?: string;
}

/** EphemeralContainerCommon of k8s.io/api/core/v1. */
export interface EphemeralContainerCommon {
  name?: string;
  image?: string;
  command?: string[];
  args?: string[];
  workingDir?: string;
  ports?: ContainerPort[];
  envFrom?: EnvFromSource[];
  env?: EnvVar[];
  resources?: ResourceRequirements;
  resizePolicy?: ContainerResizePolicy[];
  restartPolicy?: string;
  restartPolicyRules?: ContainerRestartRule[];
  volumeMounts?: VolumeMount[];
  volumeDevices?: VolumeDevice[];
  livenessProbe?: Probe;
  readinessProbe?: Probe;
  startupProbe?: Probe;
  lifecycle?: Lifecycle;
  terminationMessagePath?: string;
  terminationMessagePolicy?: string;
  imagePullPolicy?: string;
  securityContext?: SecurityContext;
  stdin?: boolean;
  stdinOnce?: boolean;
  tty?: boolean;
}

/** EphemeralVolumeSource of k8s.io/api/core/v1. */
export interface EphemeralVolumeSource {
  volumeClaimTemplate?: PersistentVolumeClaimTemplate;
}

/** Event reports that something happened to an object. Events are kept for a limited time. */
export interface Event {
  apiVersion?: "v1";
  kind?: "Event";
  metadata: ObjectMeta;
  /** What it happened to. */
  involvedObject: ObjectReference;
  /** Why, as one word for machines. */
  reason?: string;
  /** What happened, for people. */
  message?: string;
  /** Who reported it first. */
  source?: EventSource;
  /** When it was first seen. */
  firstTimestamp?: Time;
  /** When it was last seen. */
  lastTimestamp?: Time;
  /** How often it was seen. */
  count?: number;
  /** Normal or Warning. */
  type?: string;
  /** When it was first seen, exactly. */
  eventTime?: MicroTime;
  /** How it goes on, where it repeats. */
  series?: EventSeries;
  /** What was done or failed. */
  action?: string;
  /** Another object that it is about. */
  related?: ObjectReference;
  reportingComponent?: string;
  reportingInstance?: string;
}

/** EventList of v1. */
export interface EventList {
  apiVersion?: "v1";
  kind?: "EventList";
  metadata: ListMeta;
  items: Event[];
}

/** EventSeries of k8s.io/api/core/v1. */
export interface EventSeries {
  count?: number;
  lastObservedTime?: MicroTime;
}

/** EventSource of k8s.io/api/core/v1. */
export interface EventSource {
  component?: string;
  host?: string;
}

/** EvictionResponder of k8s.io/api/core/v1. */
export interface EvictionResponder {
  name: string;
  priority: number;
}

/** ExecAction of k8s.io/api/core/v1. */
export interface ExecAction {
  command?: string[];
}

/** FCVolumeSource of k8s.io/api/core/v1. */
export interface FCVolumeSource {
  targetWWNs?: string[];
  lun?: number;
  fsType?: string;
  readOnly?: boolean;
  wwids?: string[];
}

/** FileKeySelector of k8s.io/api/core/v1. */
export interface FileKeySelector {
  volumeName: string;
  path: string;
  key: string;
  optional?: boolean;
}

/** FlexPersistentVolumeSource of k8s.io/api/core/v1. */
export interface FlexPersistentVolumeSource {
  driver: string;
  fsType?: string;
  secretRef?: SecretReference;
  readOnly?: boolean;
  options?: Record<string, string>;
}

/** FlexVolumeSource of k8s.io/api/core/v1. */
export interface FlexVolumeSource {
  driver: string;
  fsType?: string;
  secretRef?: LocalObjectReference;
  readOnly?: boolean;
  options?: Record<string, string>;
}

/** FlockerVolumeSource of k8s.io/api/core/v1. */
export interface FlockerVolumeSource {
  datasetName?: string;
  datasetUUID?: string;
}

/** GCEPersistentDiskVolumeSource of k8s.io/api/core/v1. */
export interface GCEPersistentDiskVolumeSource {
  pdName: string;
  fsType?: string;
  partition?: number;
  readOnly?: boolean;
}

/** GRPCAction of k8s.io/api/core/v1. */
export interface GRPCAction {
  port: number;
  service?: string;
  mode?: "Plaintext" | "TLS" | (string & {});
}

/** GitRepoVolumeSource of k8s.io/api/core/v1. */
export interface GitRepoVolumeSource {
  repository: string;
  revision?: string;
  directory?: string;
}

/** GlusterfsPersistentVolumeSource of k8s.io/api/core/v1. */
export interface GlusterfsPersistentVolumeSource {
  endpoints: string;
  path: string;
  readOnly?: boolean;
  endpointsNamespace?: string;
}

/** GlusterfsVolumeSource of k8s.io/api/core/v1. */
export interface GlusterfsVolumeSource {
  endpoints: string;
  path: string;
  readOnly?: boolean;
}

/** HTTPGetAction of k8s.io/api/core/v1. */
export interface HTTPGetAction {
  path?: string;
  port: IntOrString;
  host?: string;
  scheme?: "HTTP" | "HTTPS" | (string & {});
  httpHeaders?: HTTPHeader[];
  protocol?: "HTTP1" | "HTTP2" | (string & {});
}

/** HTTPHeader of k8s.io/api/core/v1. */
export interface HTTPHeader {
  name: string;
  value: string;
}

/** HostAlias of k8s.io/api/core/v1. */
export interface HostAlias {
  ip: string;
  hostnames?: string[];
}

/** HostIP of k8s.io/api/core/v1. */
export interface HostIP {
  ip: string;
}

/** HostPathVolumeSource of k8s.io/api/core/v1. */
export interface HostPathVolumeSource {
  path: string;
  type?: "" | "BlockDevice" | "CharDevice" | "Directory" | "DirectoryOrCreate" | "File" | "FileOrCreate" | "Socket" | (string & {});
}

/** ISCSIPersistentVolumeSource of k8s.io/api/core/v1. */
export interface ISCSIPersistentVolumeSource {
  targetPortal: string;
  iqn: string;
  lun: number;
  iscsiInterface?: string;
  fsType?: string;
  readOnly?: boolean;
  portals?: string[];
  chapAuthDiscovery?: boolean;
  chapAuthSession?: boolean;
  secretRef?: SecretReference;
  initiatorName?: string;
}

/** ISCSIVolumeSource of k8s.io/api/core/v1. */
export interface ISCSIVolumeSource {
  targetPortal: string;
  iqn: string;
  lun: number;
  iscsiInterface?: string;
  fsType?: string;
  readOnly?: boolean;
  portals?: string[];
  chapAuthDiscovery?: boolean;
  chapAuthSession?: boolean;
  secretRef?: LocalObjectReference;
  initiatorName?: string;
}

/** ImageVolumeSource of k8s.io/api/core/v1. */
export interface ImageVolumeSource {
  reference?: string;
  pullPolicy?: "Always" | "IfNotPresent" | "Never" | (string & {});
}

/** ImageVolumeStatus of k8s.io/api/core/v1. */
export interface ImageVolumeStatus {
  imageRef: string;
}

/** KeyToPath of k8s.io/api/core/v1. */
export interface KeyToPath {
  key: string;
  path: string;
  mode?: number;
  user?: number;
}

/** Lifecycle of k8s.io/api/core/v1. */
export interface Lifecycle {
  postStart?: LifecycleHandler;
  preStop?: LifecycleHandler;
  stopSignal?: "SIGABRT" | "SIGALRM" | "SIGBUS" | "SIGCHLD" | "SIGCLD" | "SIGCONT" | "SIGFPE" | "SIGHUP" | "SIGILL" | "SIGINT" | "SIGIO" | "SIGIOT" | "SIGKILL" | "SIGPIPE" | "SIGPOLL" | "SIGPROF" | "SIGPWR" | "SIGQUIT" | "SIGRTMAX" | "SIGRTMAX-1" | "SIGRTMAX-10" | "SIGRTMAX-11" | "SIGRTMAX-12" | "SIGRTMAX-13" | "SIGRTMAX-14" | "SIGRTMAX-2" | "SIGRTMAX-3" | "SIGRTMAX-4" | "SIGRTMAX-5" | "SIGRTMAX-6" | "SIGRTMAX-7" | "SIGRTMAX-8" | "SIGRTMAX-9" | "SIGRTMIN" | "SIGRTMIN+1" | "SIGRTMIN+10" | "SIGRTMIN+11" | "SIGRTMIN+12" | "SIGRTMIN+13" | "SIGRTMIN+14" | "SIGRTMIN+15" | "SIGRTMIN+2" | "SIGRTMIN+3" | "SIGRTMIN+4" | "SIGRTMIN+5" | "SIGRTMIN+6" | "SIGRTMIN+7" | "SIGRTMIN+8" | "SIGRTMIN+9" | "SIGSEGV" | "SIGSTKFLT" | "SIGSTOP" | "SIGSYS" | "SIGTERM" | "SIGTRAP" | "SIGTSTP" | "SIGTTIN" | "SIGTTOU" | "SIGURG" | "SIGUSR1" | "SIGUSR2" | "SIGVTALRM" | "SIGWINCH" | "SIGXCPU" | "SIGXFSZ" | (string & {});
}

/** LifecycleHandler of k8s.io/api/core/v1. */
export interface LifecycleHandler {
  exec?: ExecAction;
  httpGet?: HTTPGetAction;
  tcpSocket?: TCPSocketAction;
  sleep?: SleepAction;
}

/** LimitRange bounds and defaults what pods and claims of a namespace may ask for. */
export interface LimitRange {
  apiVersion?: "v1";
  kind?: "LimitRange";
  metadata: ObjectMeta;
  spec: LimitRangeSpec;
}

/** LimitRangeItem of k8s.io/api/core/v1. */
export interface LimitRangeItem {
  type: string;
  max?: Record<string, Quantity>;
  min?: Record<string, Quantity>;
  default?: Record<string, Quantity>;
  defaultRequest?: Record<string, Quantity>;
  maxLimitRequestRatio?: Record<string, Quantity>;
}

/** LimitRangeList of v1. */
export interface LimitRangeList {
  apiVersion?: "v1";
  kind?: "LimitRangeList";
  metadata: ListMeta;
  items: LimitRange[];
}

/** LimitRangeSpec of k8s.io/api/core/v1. */
export interface LimitRangeSpec {
  limits: LimitRangeItem[];
}

/** LinuxContainerUser of k8s.io/api/core/v1. */
export interface LinuxContainerUser {
  uid: number;
  gid: number;
  supplementalGroups?: number[];
}

/** List of v1. */
export interface List {
  apiVersion?: "v1";
  kind?: "List";
  metadata: ListMeta;
  items?: RawExtension[];
}

/** LoadBalancerIngress of k8s.io/api/core/v1. */
export interface LoadBalancerIngress {
  ip?: string;
  hostname?: string;
  ipMode?: string;
  ports?: PortStatus[];
}

/** LoadBalancerStatus of k8s.io/api/core/v1. */
export interface LoadBalancerStatus {
  ingress?: LoadBalancerIngress[];
}

/** LocalObjectReference of k8s.io/api/core/v1. */
export interface LocalObjectReference {
  name?: string;
}

/** LocalVolumeSource of k8s.io/api/core/v1. */
export interface LocalVolumeSource {
  path: string;
  fsType?: string;
}

/** ModifyVolumeStatus of k8s.io/api/core/v1. */
export interface ModifyVolumeStatus {
  targetVolumeAttributesClassName?: string;
  status: "InProgress" | "Infeasible" | "Pending" | (string & {});
}

/** NFSVolumeSource of k8s.io/api/core/v1. */
export interface NFSVolumeSource {
  server: string;
  path: string;
  readOnly?: boolean;
}

/** Namespace is a scope for names, quotas and access. */
export interface Namespace {
  apiVersion?: "v1";
  kind?: "Namespace";
  metadata: ObjectMeta;
  spec?: NamespaceSpec;
  status?: NamespaceStatus;
}

/** NamespaceCondition of k8s.io/api/core/v1. */
export interface NamespaceCondition {
  type: string;
  status: string;
  lastTransitionTime?: Time;
  reason?: string;
  message?: string;
}

/** NamespaceList of v1. */
export interface NamespaceList {
  apiVersion?: "v1";
  kind?: "NamespaceList";
  metadata: ListMeta;
  items: Namespace[];
}

/** NamespaceSpec of k8s.io/api/core/v1. */
export interface NamespaceSpec {
  finalizers?: string[];
}

/** NamespaceStatus of k8s.io/api/core/v1. */
export interface NamespaceStatus {
  phase?: "Active" | "Terminating" | (string & {});
  conditions?: NamespaceCondition[];
}

/** Node is a machine that runs pods. */
export interface Node {
  apiVersion?: "v1";
  kind?: "Node";
  metadata: ObjectMeta;
  spec?: NodeSpec;
  status?: NodeStatus;
}

/** NodeAddress of k8s.io/api/core/v1. */
export interface NodeAddress {
  type: string;
  address: string;
}

/** NodeAffinity of k8s.io/api/core/v1. */
export interface NodeAffinity {
  requiredDuringSchedulingIgnoredDuringExecution?: NodeSelector;
  preferredDuringSchedulingIgnoredDuringExecution?: PreferredSchedulingTerm[];
}

/** NodeAllocatableMappedResources of k8s.io/api/core/v1. */
export interface NodeAllocatableMappedResources {
  name: string;
  quantity: Quantity;
}

/** NodeAllocatableOverheadResources of k8s.io/api/core/v1. */
export interface NodeAllocatableOverheadResources {
  name: string;
  perPod?: Quantity;
  perContainer?: Quantity;
}

/** NodeAllocatableResourceClaimStatus of k8s.io/api/core/v1. */
export interface NodeAllocatableResourceClaimStatus {
  resourceClaimName: string;
  containers?: string[];
  mapping?: NodeAllocatableMappedResources[];
  overhead?: NodeAllocatableOverheadResources[];
}

/** NodeCondition of k8s.io/api/core/v1. */
export interface NodeCondition {
  type: string;
  status: string;
  lastHeartbeatTime?: Time;
  lastTransitionTime?: Time;
  reason?: string;
  message?: string;
}

/** NodeConfigSource of k8s.io/api/core/v1. */
export interface NodeConfigSource {
  configMap?: ConfigMapNodeConfigSource;
}

/** NodeConfigStatus of k8s.io/api/core/v1. */
export interface NodeConfigStatus {
  assigned?: NodeConfigSource;
  active?: NodeConfigSource;
  lastKnownGood?: NodeConfigSource;
  error?: string;
}

/** NodeDaemonEndpoints of k8s.io/api/core/v1. */
export interface NodeDaemonEndpoints {
  kubeletEndpoint?: DaemonEndpoint;
}

/** NodeFeatures of k8s.io/api/core/v1. */
export interface NodeFeatures {
  supplementalGroupsPolicy?: boolean;
}

/** NodeList of v1. */
export interface NodeList {
  apiVersion?: "v1";
  kind?: "NodeList";
  metadata: ListMeta;
  items: Node[];
}

/** NodePodPreemptionPolicy of k8s.io/api/core/v1. */
export interface NodePodPreemptionPolicy {
  disableResizePreemption?: string[];
}

/** NodeProxyOptions of v1. */
export interface NodeProxyOptions {
  apiVersion?: "v1";
  kind?: "NodeProxyOptions";
  path?: string;
}

/** NodeRuntimeHandler of k8s.io/api/core/v1. */
export interface NodeRuntimeHandler {
  name?: string;
  features?: NodeRuntimeHandlerFeatures;
}

/** NodeRuntimeHandlerFeatures of k8s.io/api/core/v1. */
export interface NodeRuntimeHandlerFeatures {
  recursiveReadOnlyMounts?: boolean;
  userNamespaces?: boolean;
}

/** NodeSelector of k8s.io/api/core/v1. */
export interface NodeSelector {
  nodeSelectorTerms: NodeSelectorTerm[];
}

/** NodeSelectorRequirement of k8s.io/api/core/v1. */
export interface NodeSelectorRequirement {
  key: string;
  operator: "DoesNotExist" | "Exists" | "Gt" | "In" | "Lt" | "NotIn" | (string & {});
  values?: string[];
}

/** NodeSelectorTerm of k8s.io/api/core/v1. */
export interface NodeSelectorTerm {
  matchExpressions?: NodeSelectorRequirement[];
  matchFields?: NodeSelectorRequirement[];
}

/** NodeSpec is what is wanted of a node. */
export interface NodeSpec {
  /** The range that its pods get addresses from. */
  podCIDR?: string;
  /** The same, one for each address family. */
  podCIDRs?: string[];
  /** What the cloud calls it. */
  providerID?: string;
  /** No new pods are placed on it. */
  unschedulable?: boolean;
  /** What pods must tolerate to run here. */
  taints?: Taint[];
  configSource?: NodeConfigSource;
  externalID?: string;
  podPreemptionPolicy?: NodePodPreemptionPolicy;
}

/** NodeStatus is what a node reports of itself. */
export interface NodeStatus {
  /** All that the machine has. */
  capacity?: Record<string, Quantity>;
  /** What pods may use of it. */
  allocatable?: Record<string, Quantity>;
  phase?: "Pending" | "Running" | "Terminated" | (string & {});
  /** Ready, and signs of pressure. */
  conditions?: NodeCondition[];
  /** How to reach it. */
  addresses?: NodeAddress[];
  /** The ports of its kubelet. */
  daemonEndpoints?: NodeDaemonEndpoints;
  /** Its versions and identity. */
  nodeInfo?: NodeSystemInfo;
  /** The images that it has. */
  images?: ContainerImage[];
  volumesInUse?: string[];
  volumesAttached?: AttachedVolume[];
  config?: NodeConfigStatus;
  runtimeHandlers?: NodeRuntimeHandler[];
  features?: NodeFeatures;
  declaredFeatures?: string[];
}

/** NodeSwapStatus of k8s.io/api/core/v1. */
export interface NodeSwapStatus {
  capacity?: number;
}

/** NodeSystemInfo of k8s.io/api/core/v1. */
export interface NodeSystemInfo {
  machineID: string;
  systemUUID: string;
  bootID: string;
  kernelVersion: string;
  osImage: string;
  containerRuntimeVersion: string;
  kubeletVersion: string;
  kubeProxyVersion: string;
  operatingSystem: string;
  architecture: string;
  swap?: NodeSwapStatus;
  runningInUserNamespace?: boolean;
}

/** ObjectFieldSelector of k8s.io/api/core/v1. */
export interface ObjectFieldSelector {
  apiVersion?: string;
  fieldPath: string;
}

/** ObjectReference of k8s.io/api/core/v1. */
export interface ObjectReference {
  kind?: string;
  namespace?: string;
  name?: string;
  uid?: string;
  apiVersion?: string;
  resourceVersion?: string;
  fieldPath?: string;
}

/** PersistentVolume is a piece of storage in the cluster. */
export interface PersistentVolume {
  apiVersion?: "v1";
  kind?: "PersistentVolume";
  metadata: ObjectMeta;
  spec?: PersistentVolumeSpec;
  status?: PersistentVolumeStatus;
}

/** PersistentVolumeClaim asks for storage. */
export interface PersistentVolumeClaim {
  apiVersion?: "v1";
  kind?: "PersistentVolumeClaim";
  metadata: ObjectMeta;
  spec?: PersistentVolumeClaimSpec;
  status?: PersistentVolumeClaimStatus;
}

/** PersistentVolumeClaimCondition of k8s.io/api/core/v1. */
export interface PersistentVolumeClaimCondition {
  type: string;
  status: string;
  lastProbeTime?: Time;
  lastTransitionTime?: Time;
  reason?: string;
  message?: string;
}

/** PersistentVolumeClaimList of v1. */
export interface PersistentVolumeClaimList {
  apiVersion?: "v1";
  kind?: "PersistentVolumeClaimList";
  metadata: ListMeta;
  items: PersistentVolumeClaim[];
}

/** PersistentVolumeClaimSpec of k8s.io/api/core/v1. */
export interface PersistentVolumeClaimSpec {
  accessModes?: ("ReadOnlyMany" | "ReadWriteMany" | "ReadWriteOnce" | "ReadWriteOncePod" | (string & {}))[];
  selector?: LabelSelector;
  resources?: VolumeResourceRequirements;
  volumeName?: string;
  storageClassName?: string;
  volumeMode?: "Block" | "Filesystem" | (string & {});
  dataSource?: TypedLocalObjectReference;
  dataSourceRef?: TypedObjectReference;
  volumeAttributesClassName?: string;
}

/** PersistentVolumeClaimStatus of k8s.io/api/core/v1. */
export interface PersistentVolumeClaimStatus {
  phase?: "Bound" | "Lost" | "Pending" | (string & {});
  accessModes?: ("ReadOnlyMany" | "ReadWriteMany" | "ReadWriteOnce" | "ReadWriteOncePod" | (string & {}))[];
  capacity?: Record<string, Quantity>;
  conditions?: PersistentVolumeClaimCondition[];
  allocatedResources?: Record<string, Quantity>;
  allocatedResourceStatuses?: Record<string, string>;
  currentVolumeAttributesClassName?: string;
  modifyVolumeStatus?: ModifyVolumeStatus;
  healthStatus?: VolumeHealthStatus;
}

/** PersistentVolumeClaimTemplate of k8s.io/api/core/v1. */
export interface PersistentVolumeClaimTemplate {
  metadata?: ObjectMeta;
  spec: PersistentVolumeClaimSpec;
}

/** PersistentVolumeClaimVolumeSource of k8s.io/api/core/v1. */
export interface PersistentVolumeClaimVolumeSource {
  claimName: string;
  readOnly?: boolean;
}

/** PersistentVolumeList of v1. */
export interface PersistentVolumeList {
  apiVersion?: "v1";
  kind?: "PersistentVolumeList";
  metadata: ListMeta;
  items: PersistentVolume[];
}

/** PersistentVolumeSource of k8s.io/api/core/v1. */
export interface PersistentVolumeSource {
  gcePersistentDisk?: GCEPersistentDiskVolumeSource;
  awsElasticBlockStore?: AWSElasticBlockStoreVolumeSource;
  hostPath?: HostPathVolumeSource;
  glusterfs?: GlusterfsPersistentVolumeSource;
  nfs?: NFSVolumeSource;
  rbd?: RBDPersistentVolumeSource;
  iscsi?: ISCSIPersistentVolumeSource;
  cinder?: CinderPersistentVolumeSource;
  cephfs?: CephFSPersistentVolumeSource;
  fc?: FCVolumeSource;
  flocker?: FlockerVolumeSource;
  flexVolume?: FlexPersistentVolumeSource;
  azureFile?: AzureFilePersistentVolumeSource;
  vsphereVolume?: VsphereVirtualDiskVolumeSource;
  quobyte?: QuobyteVolumeSource;
  azureDisk?: AzureDiskVolumeSource;
  photonPersistentDisk?: PhotonPersistentDiskVolumeSource;
  portworxVolume?: PortworxVolumeSource;
  scaleIO?: ScaleIOPersistentVolumeSource;
  local?: LocalVolumeSource;
  storageos?: StorageOSPersistentVolumeSource;
  csi?: CSIPersistentVolumeSource;
}

/** PersistentVolumeSpec of k8s.io/api/core/v1. */
export interface PersistentVolumeSpec extends PersistentVolumeSource {
  capacity?: Record<string, Quantity>;
  accessModes?: ("ReadOnlyMany" | "ReadWriteMany" | "ReadWriteOnce" | "ReadWriteOncePod" | (string & {}))[];
  claimRef?: ObjectReference;
  persistentVolumeReclaimPolicy?: "Delete" | "Recycle" | "Retain" | (string & {});
  storageClassName?: string;
  mountOptions?: string[];
  volumeMode?: "Block" | "Filesystem" | (string & {});
  nodeAffinity?: VolumeNodeAffinity;
  volumeAttributesClassName?: string;
}

/** PersistentVolumeStatus of k8s.io/api/core/v1. */
export interface PersistentVolumeStatus {
  phase?: "Available" | "Bound" | "Failed" | "Pending" | "Released" | (string & {});
  message?: string;
  reason?: string;
  lastPhaseTransitionTime?: Time;
}

/** PhotonPersistentDiskVolumeSource of k8s.io/api/core/v1. */
export interface PhotonPersistentDiskVolumeSource {
  pdID: string;
  fsType?: string;
}

/** Pod is a group of containers that run together on one node. */
export interface Pod {
  apiVersion?: "v1";
  kind?: "Pod";
  metadata: ObjectMeta;
  spec: PodSpec;
  status?: PodStatus;
}

/** PodAffinity of k8s.io/api/core/v1. */
export interface PodAffinity {
  requiredDuringSchedulingIgnoredDuringExecution?: PodAffinityTerm[];
  preferredDuringSchedulingIgnoredDuringExecution?: WeightedPodAffinityTerm[];
}

/** PodAffinityTerm of k8s.io/api/core/v1. */
export interface PodAffinityTerm {
  labelSelector?: LabelSelector;
  namespaces?: string[];
  topologyKey: string;
  namespaceSelector?: LabelSelector;
  matchLabelKeys?: string[];
  mismatchLabelKeys?: string[];
}

/** PodAntiAffinity of k8s.io/api/core/v1. */
export interface PodAntiAffinity {
  requiredDuringSchedulingIgnoredDuringExecution?: PodAffinityTerm[];
  preferredDuringSchedulingIgnoredDuringExecution?: WeightedPodAffinityTerm[];
}

/** PodAttachOptions of v1. */
export interface PodAttachOptions {
  apiVersion?: "v1";
  kind?: "PodAttachOptions";
  stdin?: boolean;
  stdout?: boolean;
  stderr?: boolean;
  tty?: boolean;
  container?: string;
}

/** PodCertificateProjection of k8s.io/api/core/v1. */
export interface PodCertificateProjection {
  signerName: string;
  keyType: string;
  maxExpirationSeconds?: number;
  credentialBundlePath?: string;
  keyPath?: string;
  certificateChainPath?: string;
  userAnnotations?: Record<string, string>;
  user?: number;
}

/** PodCondition of k8s.io/api/core/v1. */
export interface PodCondition {
  type: string;
  observedGeneration?: number;
  status: string;
  lastProbeTime?: Time;
  lastTransitionTime?: Time;
  reason?: string;
  message?: string;
}

/** PodDNSConfig of k8s.io/api/core/v1. */
export interface PodDNSConfig {
  nameservers?: string[];
  searches?: string[];
  options?: PodDNSConfigOption[];
}

/** PodDNSConfigOption of k8s.io/api/core/v1. */
export interface PodDNSConfigOption {
  name?: string;
  value?: string;
}

/** PodExecOptions of v1. */
export interface PodExecOptions {
  apiVersion?: "v1";
  kind?: "PodExecOptions";
  stdin?: boolean;
  stdout?: boolean;
  stderr?: boolean;
  tty?: boolean;
  container?: string;
  command?: string[];
}

/** PodExtendedResourceClaimStatus of k8s.io/api/core/v1. */
export interface PodExtendedResourceClaimStatus {
  requestMappings: ContainerExtendedResourceRequest[];
  resourceClaimName: string;
}

/** PodIP of k8s.io/api/core/v1. */
export interface PodIP {
  ip: string;
}

/** PodList of v1. */
export interface PodList {
  apiVersion?: "v1";
  kind?: "PodList";
  metadata: ListMeta;
  items: Pod[];
}

/** PodLogOptions of v1. */
export interface PodLogOptions {
  apiVersion?: "v1";
  kind?: "PodLogOptions";
  container?: string;
  follow?: boolean;
  previous?: boolean;
  sinceSeconds?: number;
  sinceTime?: Time;
  timestamps?: boolean;
  tailLines?: number;
  limitBytes?: number;
  insecureSkipTLSVerifyBackend?: boolean;
  stream?: string;
}

/** PodOS of k8s.io/api/core/v1. */
export interface PodOS {
  name: string;
}

/** PodPortForwardOptions of v1. */
export interface PodPortForwardOptions {
  apiVersion?: "v1";
  kind?: "PodPortForwardOptions";
  ports?: number[];
}

/** PodProxyOptions of v1. */
export interface PodProxyOptions {
  apiVersion?: "v1";
  kind?: "PodProxyOptions";
  path?: string;
}

/** PodReadinessGate of k8s.io/api/core/v1. */
export interface PodReadinessGate {
  conditionType: string;
}

/** PodResourceClaim of k8s.io/api/core/v1. */
export interface PodResourceClaim {
  name: string;
  resourceClaimName?: string;
  resourceClaimTemplateName?: string;
}

/** PodResourceClaimStatus of k8s.io/api/core/v1. */
export interface PodResourceClaimStatus {
  name: string;
  resourceClaimName?: string;
}

/** PodSchedulingGate of k8s.io/api/core/v1. */
export interface PodSchedulingGate {
  name: string;
}

/** PodSchedulingGroup of k8s.io/api/core/v1. */
export interface PodSchedulingGroup {
  podGroupName?: string;
}

/** PodSecurityContext of k8s.io/api/core/v1. */
export interface PodSecurityContext {
  seLinuxOptions?: SELinuxOptions;
  windowsOptions?: WindowsSecurityContextOptions;
  runAsUser?: number;
  runAsGroup?: number;
  runAsNonRoot?: boolean;
  supplementalGroups?: number[];
  supplementalGroupsPolicy?: "Merge" | "Strict" | (string & {});
  fsGroup?: number;
  sysctls?: Sysctl[];
  fsGroupChangePolicy?: "Always" | "OnRootMismatch" | (string & {});
  seccompProfile?: SeccompProfile;
  appArmorProfile?: AppArmorProfile;
  seLinuxChangePolicy?: string;
}

/** PodSignature of k8s.io/api/core/v1. */
export interface PodSignature {
  podController?: OwnerReference;
}

/** PodSpec says what a pod runs, and how. */
export interface PodSpec {
  /** What its containers can mount. */
  volumes?: Volume[];
  /** Run one after the other before the containers; those that restart always are sidecars. */
  initContainers?: Container[];
  /** What the pod runs. */
  containers: Container[];
  /** Added to a running pod for debugging. */
  ephemeralContainers?: EphemeralContainer[];
  /** Always, OnFailure or Never. */
  restartPolicy?: "Always" | "Never" | "OnFailure" | (string & {});
  /** How long containers have to end by themselves. */
  terminationGracePeriodSeconds?: number;
  /** How long the pod may run at all. */
  activeDeadlineSeconds?: number;
  /** Where its resolver asks. */
  dnsPolicy?: "ClusterFirst" | "ClusterFirstWithHostNet" | "Default" | "None" | (string & {});
  /** Labels that its node must have. */
  nodeSelector?: Record<string, string>;
  /** Whose token it gets. */
  serviceAccountName?: string;
  serviceAccount?: string;
  /** Whether it gets a token. */
  automountServiceAccountToken?: boolean;
  /** The node that it is bound to. */
  nodeName?: string;
  /** Use the network of the node. */
  hostNetwork?: boolean;
  /** Use the processes of the node. */
  hostPID?: boolean;
  /** Use the IPC of the node. */
  hostIPC?: boolean;
  /** Its containers see the processes of each other. */
  shareProcessNamespace?: boolean;
  /** Identity and rights of all its containers. */
  securityContext?: PodSecurityContext;
  /** Credentials for registries. */
  imagePullSecrets?: LocalObjectReference[];
  /** The host's name inside. */
  hostname?: string;
  /** Puts the pod under this name in DNS. */
  subdomain?: string;
  /** Where it should run, and beside what. */
  affinity?: Affinity;
  /** Who places it. */
  schedulerName?: string;
  /** The taints that it accepts. */
  tolerations?: Toleration[];
  /** Lines for its hosts file. */
  hostAliases?: HostAlias[];
  /** How important it is. */
  priorityClassName?: string;
  /** The number behind the class. */
  priority?: number;
  /** Settings of its resolver. */
  dnsConfig?: PodDNSConfig;
  /** Further conditions for being ready. */
  readinessGates?: PodReadinessGate[];
  /** Which runtime runs it. */
  runtimeClassName?: string;
  /** Whether services are in its environment. */
  enableServiceLinks?: boolean;
  /** Whether it may drive out others. */
  preemptionPolicy?: "Never" | "PreemptLowerPriority" | (string & {});
  /** What the runtime needs beside the containers. */
  overhead?: Record<string, Quantity>;
  /** How it spreads over zones and nodes. */
  topologySpreadConstraints?: TopologySpreadConstraint[];
  /** The host name is the whole domain name. */
  setHostnameAsFQDN?: boolean;
  /** The system that it needs. */
  os?: PodOS;
  /** False gives it user ids of its own. */
  hostUsers?: boolean;
  /** It is not placed while there are any. */
  schedulingGates?: PodSchedulingGate[];
  /** The devices that it needs. */
  resourceClaims?: PodResourceClaim[];
  /** Limits and requests of the pod as a whole. */
  resources?: ResourceRequirements;
  hostnameOverride?: string;
  schedulingGroup?: PodSchedulingGroup;
  evictionResponders?: EvictionResponder[];
}

/** PodStatus is how a pod is doing. */
export interface PodStatus {
  observedGeneration?: number;
  /** Pending, Running, Succeeded, Failed or Unknown. */
  phase?: "Failed" | "Pending" | "Running" | "Succeeded" | "Unknown" | (string & {});
  /** Scheduled, initialized, ready. */
  conditions?: PodCondition[];
  /** Why it is so, for people. */
  message?: string;
  /** Why it is so, as one word. */
  reason?: string;
  /** Where room is being made for it. */
  nominatedNodeName?: string;
  /** The address of its node. */
  hostIP?: string;
  hostIPs?: HostIP[];
  /** Its address. */
  podIP?: string;
  /** Its addresses, one for each family. */
  podIPs?: PodIP[];
  /** When its kubelet took it up. */
  startTime?: Time;
  /** How the init containers do. */
  initContainerStatuses?: ContainerStatus[];
  /** How the containers do. */
  containerStatuses?: ContainerStatus[];
  /** Guaranteed, Burstable or BestEffort. */
  qosClass?: "BestEffort" | "Burstable" | "Guaranteed" | (string & {});
  /** How the ephemeral containers do. */
  ephemeralContainerStatuses?: ContainerStatus[];
  /** How a change of resources goes. */
  resize?: string;
  resourceClaimStatuses?: PodResourceClaimStatus[];
  extendedResourceClaimStatus?: PodExtendedResourceClaimStatus;
  allocatedResources?: Record<string, Quantity>;
  resources?: ResourceRequirements;
  nodeAllocatableResourceClaimStatuses?: NodeAllocatableResourceClaimStatus[];
  volumeHealth?: PodVolumeHealth[];
}

/** PodTemplate is a stored pattern for pods. */
export interface PodTemplate {
  apiVersion?: "v1";
  kind?: "PodTemplate";
  metadata: ObjectMeta;
  /** The pattern. */
  template?: PodTemplateSpec;
}

/** PodTemplateList of v1. */
export interface PodTemplateList {
  apiVersion?: "v1";
  kind?: "PodTemplateList";
  metadata: ListMeta;
  items: PodTemplate[];
}

/** PodTemplateSpec is the pattern that new pods follow. */
export interface PodTemplateSpec {
  /** Labels and annotations of the pods. */
  metadata?: ObjectMeta;
  /** What the pods run. */
  spec?: PodSpec;
}

/** PodVolumeHealth of k8s.io/api/core/v1. */
export interface PodVolumeHealth {
  name: string;
  healthConditions?: VolumeHealthCondition[];
  lastTransitionTime?: Time;
}

/** PortStatus of k8s.io/api/core/v1. */
export interface PortStatus {
  port: number;
  protocol: "SCTP" | "TCP" | "UDP" | (string & {});
  error?: string;
}

/** PortworxVolumeSource of k8s.io/api/core/v1. */
export interface PortworxVolumeSource {
  volumeID: string;
  fsType?: string;
  readOnly?: boolean;
}

/** Preconditions of k8s.io/api/core/v1. */
export interface Preconditions {
  uid?: string;
}

/** PreferAvoidPodsEntry of k8s.io/api/core/v1. */
export interface PreferAvoidPodsEntry {
  podSignature?: PodSignature;
  evictionTime?: Time;
  reason?: string;
  message?: string;
}

/** PreferredSchedulingTerm of k8s.io/api/core/v1. */
export interface PreferredSchedulingTerm {
  weight: number;
  preference: NodeSelectorTerm;
}

/** Probe checks a container again and again. */
export interface Probe extends ProbeHandler {
  /** How long to wait before the first check. */
  initialDelaySeconds?: number;
  /** How long one check may take. */
  timeoutSeconds?: number;
  /** How often to check. */
  periodSeconds?: number;
  /** How many successes in a row count. */
  successThreshold?: number;
  /** How many failures in a row count. */
  failureThreshold?: number;
  /** The grace period when this probe ends the container. */
  terminationGracePeriodSeconds?: number;
}

/** ProbeHandler of k8s.io/api/core/v1. */
export interface ProbeHandler {
  exec?: ExecAction;
  httpGet?: HTTPGetAction;
  tcpSocket?: TCPSocketAction;
  grpc?: GRPCAction;
}

/** ProjectedVolumeSource of k8s.io/api/core/v1. */
export interface ProjectedVolumeSource {
  sources?: VolumeProjection[];
  defaultMode?: number;
  defaultUser?: number;
}

/** QuobyteVolumeSource of k8s.io/api/core/v1. */
export interface QuobyteVolumeSource {
  registry: string;
  volume: string;
  readOnly?: boolean;
  user?: string;
  group?: string;
  tenant?: string;
}

/** RBDPersistentVolumeSource of k8s.io/api/core/v1. */
export interface RBDPersistentVolumeSource {
  monitors: string[];
  image: string;
  fsType?: string;
  pool?: string;
  user?: string;
  keyring?: string;
  secretRef?: SecretReference;
  readOnly?: boolean;
}

/** RBDVolumeSource of k8s.io/api/core/v1. */
export interface RBDVolumeSource {
  monitors: string[];
  image: string;
  fsType?: string;
  pool?: string;
  user?: string;
  keyring?: string;
  secretRef?: LocalObjectReference;
  readOnly?: boolean;
}

/** RangeAllocation of v1. */
export interface RangeAllocation {
  apiVersion?: "v1";
  kind?: "RangeAllocation";
  metadata?: ObjectMeta;
  range?: string;
  data?: string;
}

/** ReplicationController keeps a number of pods running. ReplicaSet has replaced it. */
export interface ReplicationController {
  apiVersion?: "v1";
  kind?: "ReplicationController";
  metadata: ObjectMeta;
  spec?: ReplicationControllerSpec;
  status?: ReplicationControllerStatus;
}

/** ReplicationControllerCondition of k8s.io/api/core/v1. */
export interface ReplicationControllerCondition {
  type: string;
  status: string;
  lastTransitionTime?: Time;
  reason?: string;
  message?: string;
}

/** ReplicationControllerList of v1. */
export interface ReplicationControllerList {
  apiVersion?: "v1";
  kind?: "ReplicationControllerList";
  metadata: ListMeta;
  items: ReplicationController[];
}

/** ReplicationControllerSpec of k8s.io/api/core/v1. */
export interface ReplicationControllerSpec {
  replicas?: number;
  minReadySeconds?: number;
  selector?: Record<string, string>;
  template?: PodTemplateSpec;
}

/** ReplicationControllerStatus of k8s.io/api/core/v1. */
export interface ReplicationControllerStatus {
  replicas: number;
  fullyLabeledReplicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
  observedGeneration?: number;
  conditions?: ReplicationControllerCondition[];
}

/** ResourceClaim of k8s.io/api/core/v1. */
export interface ResourceClaim {
  name: string;
  request?: string;
}

/** ResourceFieldSelector of k8s.io/api/core/v1. */
export interface ResourceFieldSelector {
  containerName?: string;
  resource: string;
  divisor?: Quantity;
}

/** ResourceHealth of k8s.io/api/core/v1. */
export interface ResourceHealth {
  resourceID: string;
  health?: string;
  message?: string;
}

/** ResourceQuota bounds what a namespace may hold. */
export interface ResourceQuota {
  apiVersion?: "v1";
  kind?: "ResourceQuota";
  metadata: ObjectMeta;
  spec?: ResourceQuotaSpec;
  status?: ResourceQuotaStatus;
}

/** ResourceQuotaList of v1. */
export interface ResourceQuotaList {
  apiVersion?: "v1";
  kind?: "ResourceQuotaList";
  metadata: ListMeta;
  items: ResourceQuota[];
}

/** ResourceQuotaSpec of k8s.io/api/core/v1. */
export interface ResourceQuotaSpec {
  hard?: Record<string, Quantity>;
  scopes?: ("BestEffort" | "CrossNamespacePodAffinity" | "NotBestEffort" | "NotTerminating" | "PriorityClass" | "Terminating" | "VolumeAttributesClass" | (string & {}))[];
  scopeSelector?: ScopeSelector;
}

/** ResourceQuotaStatus of k8s.io/api/core/v1. */
export interface ResourceQuotaStatus {
  hard?: Record<string, Quantity>;
  used?: Record<string, Quantity>;
}

/** ResourceRequirements is what a container needs and may use. */
export interface ResourceRequirements {
  /** The most that it may use. */
  limits?: Record<string, Quantity>;
  /** The least that it needs; the scheduler counts these. */
  requests?: Record<string, Quantity>;
  /** The devices of the pod that it uses. */
  claims?: ResourceClaim[];
}

/** ResourceStatus of k8s.io/api/core/v1. */
export interface ResourceStatus {
  name: string;
  resources?: ResourceHealth[];
}

/** SELinuxOptions of k8s.io/api/core/v1. */
export interface SELinuxOptions {
  user?: string;
  role?: string;
  type?: string;
  level?: string;
}

/** ScaleIOPersistentVolumeSource of k8s.io/api/core/v1. */
export interface ScaleIOPersistentVolumeSource {
  gateway: string;
  system: string;
  secretRef: SecretReference;
  sslEnabled?: boolean;
  protectionDomain?: string;
  storagePool?: string;
  storageMode?: string;
  volumeName?: string;
  fsType?: string;
  readOnly?: boolean;
}

/** ScaleIOVolumeSource of k8s.io/api/core/v1. */
export interface ScaleIOVolumeSource {
  gateway: string;
  system: string;
  secretRef: LocalObjectReference;
  sslEnabled?: boolean;
  protectionDomain?: string;
  storagePool?: string;
  storageMode?: string;
  volumeName?: string;
  fsType?: string;
  readOnly?: boolean;
}

/** ScopeSelector of k8s.io/api/core/v1. */
export interface ScopeSelector {
  matchExpressions?: ScopedResourceSelectorRequirement[];
}

/** ScopedResourceSelectorRequirement of k8s.io/api/core/v1. */
export interface ScopedResourceSelectorRequirement {
  scopeName: "BestEffort" | "CrossNamespacePodAffinity" | "NotBestEffort" | "NotTerminating" | "PriorityClass" | "Terminating" | "VolumeAttributesClass" | (string & {});
  operator: "DoesNotExist" | "Exists" | "In" | "NotIn" | (string & {});
  values?: string[];
}

/** SeccompProfile of k8s.io/api/core/v1. */
export interface SeccompProfile {
  type: "Localhost" | "RuntimeDefault" | "Unconfined" | (string & {});
  localhostProfile?: string;
}

/** Secret holds bytes that not everyone should see. */
export interface Secret {
  apiVersion?: "v1";
  kind?: "Secret";
  metadata: ObjectMeta;
  /** Nothing but metadata can be changed any more. */
  immutable?: boolean;
  /** Bytes by key, in base64. */
  data?: Record<string, string>;
  /** Texts by key; written into data, never read back. */
  stringData?: Record<string, string>;
  /** What the keys are for. */
  type?: string;
}

/** SecretEnvSource of k8s.io/api/core/v1. */
export interface SecretEnvSource extends LocalObjectReference {
  optional?: boolean;
}

/** SecretKeySelector of k8s.io/api/core/v1. */
export interface SecretKeySelector extends LocalObjectReference {
  key: string;
  optional?: boolean;
}

/** SecretList of v1. */
export interface SecretList {
  apiVersion?: "v1";
  kind?: "SecretList";
  metadata: ListMeta;
  items: Secret[];
}

/** SecretProjection of k8s.io/api/core/v1. */
export interface SecretProjection extends LocalObjectReference {
  items?: KeyToPath[];
  optional?: boolean;
}

/** SecretReference of k8s.io/api/core/v1. */
export interface SecretReference {
  name?: string;
  namespace?: string;
}

/** SecretVolumeSource of k8s.io/api/core/v1. */
export interface SecretVolumeSource {
  secretName?: string;
  items?: KeyToPath[];
  defaultMode?: number;
  optional?: boolean;
  defaultUser?: number;
}

/** SecurityContext of k8s.io/api/core/v1. */
export interface SecurityContext {
  capabilities?: Capabilities;
  privileged?: boolean;
  seLinuxOptions?: SELinuxOptions;
  windowsOptions?: WindowsSecurityContextOptions;
  runAsUser?: number;
  runAsGroup?: number;
  runAsNonRoot?: boolean;
  readOnlyRootFilesystem?: boolean;
  allowPrivilegeEscalation?: boolean;
  procMount?: "Default" | "Unmasked" | (string & {});
  seccompProfile?: SeccompProfile;
  appArmorProfile?: AppArmorProfile;
}

/** SerializedReference of v1. */
export interface SerializedReference {
  apiVersion?: "v1";
  kind?: "SerializedReference";
  reference?: ObjectReference;
}

/** Service gives a set of pods one name and one address. */
export interface Service {
  apiVersion?: "v1";
  kind?: "Service";
  metadata: ObjectMeta;
  spec?: ServiceSpec;
  status?: ServiceStatus;
}

/** ServiceAccount is an identity for processes. */
export interface ServiceAccount {
  apiVersion?: "v1";
  kind?: "ServiceAccount";
  metadata: ObjectMeta;
  /** The secrets that its pods may use. */
  secrets?: ObjectReference[];
  /** Credentials for registries. */
  imagePullSecrets?: LocalObjectReference[];
  /** Whether its pods get a token. */
  automountServiceAccountToken?: boolean;
}

/** ServiceAccountList of v1. */
export interface ServiceAccountList {
  apiVersion?: "v1";
  kind?: "ServiceAccountList";
  metadata: ListMeta;
  items: ServiceAccount[];
}

/** ServiceAccountTokenProjection of k8s.io/api/core/v1. */
export interface ServiceAccountTokenProjection {
  audience?: string;
  expirationSeconds?: number;
  path: string;
  user?: number;
}

/** ServiceList of v1. */
export interface ServiceList {
  apiVersion?: "v1";
  kind?: "ServiceList";
  metadata: ListMeta;
  items: Service[];
}

/** ServicePort is one port of a service. */
export interface ServicePort {
  /** Unique in the service. */
  name?: string;
  /** TCP, UDP or SCTP. */
  protocol?: "SCTP" | "TCP" | "UDP" | (string & {});
  /** What is spoken there. */
  appProtocol?: string;
  /** Of the service. */
  port: number;
  /** Of the pods, by number or name. */
  targetPort?: IntOrString;
  /** Of every node. */
  nodePort?: number;
}

/** ServiceProxyOptions of v1. */
export interface ServiceProxyOptions {
  apiVersion?: "v1";
  kind?: "ServiceProxyOptions";
  path?: string;
}

/** ServiceSpec says what a service offers, and how. */
export interface ServiceSpec {
  /** The ports that it offers. */
  ports?: ServicePort[];
  /** The labels of the pods behind it. */
  selector?: Record<string, string>;
  /** Its address in the cluster, or None. */
  clusterIP?: string;
  /** Its addresses, one for each family. */
  clusterIPs?: string[];
  /** ClusterIP, NodePort, LoadBalancer or ExternalName. */
  type?: "ClusterIP" | "ExternalName" | "LoadBalancer" | "NodePort" | (string & {});
  /** Further addresses whose traffic it takes. */
  externalIPs?: string[];
  /** ClientIP sends one client to one pod. */
  sessionAffinity?: "ClientIP" | "None" | (string & {});
  /** Deprecated: the wanted address of the load balancer. */
  loadBalancerIP?: string;
  /** Who may reach the load balancer. */
  loadBalancerSourceRanges?: string[];
  /** The name that DNS answers instead. */
  externalName?: string;
  /** Local keeps outside traffic on the node that it comes to. */
  externalTrafficPolicy?: "Cluster" | "Local" | (string & {});
  /** Where load balancers ask whether a node has pods. */
  healthCheckNodePort?: number;
  /** Unready pods count too. */
  publishNotReadyAddresses?: boolean;
  /** How long an affinity lasts. */
  sessionAffinityConfig?: SessionAffinityConfig;
  /** IPv4, IPv6, or both in order. */
  ipFamilies?: ("" | "IPv4" | "IPv6" | (string & {}))[];
  /** One family, two if possible, or two. */
  ipFamilyPolicy?: "PreferDualStack" | "RequireDualStack" | "SingleStack" | (string & {});
  /** Whether a load balancer takes node ports. */
  allocateLoadBalancerNodePorts?: boolean;
  /** Which implementation serves it. */
  loadBalancerClass?: string;
  /** Local keeps inside traffic on its node. */
  internalTrafficPolicy?: "Cluster" | "Local" | (string & {});
  /** Prefer near pods. */
  trafficDistribution?: string;
}

/** ServiceStatus of k8s.io/api/core/v1. */
export interface ServiceStatus {
  loadBalancer?: LoadBalancerStatus;
  conditions?: Condition[];
}

/** SessionAffinityConfig of k8s.io/api/core/v1. */
export interface SessionAffinityConfig {
  clientIP?: ClientIPConfig;
}

/** SleepAction of k8s.io/api/core/v1. */
export interface SleepAction {
  seconds: number;
}

/** StorageOSPersistentVolumeSource of k8s.io/api/core/v1. */
export interface StorageOSPersistentVolumeSource {
  volumeName?: string;
  volumeNamespace?: string;
  fsType?: string;
  readOnly?: boolean;
  secretRef?: ObjectReference;
}

/** StorageOSVolumeSource of k8s.io/api/core/v1. */
export interface StorageOSVolumeSource {
  volumeName?: string;
  volumeNamespace?: string;
  fsType?: string;
  readOnly?: boolean;
  secretRef?: LocalObjectReference;
}

/** Sysctl of k8s.io/api/core/v1. */
export interface Sysctl {
  name: string;
  value: string;
}

/** TCPSocketAction of k8s.io/api/core/v1. */
export interface TCPSocketAction {
  port: IntOrString;
  host?: string;
}

/** Taint of k8s.io/api/core/v1. */
export interface Taint {
  key: string;
  value?: string;
  effect: "NoExecute" | "NoSchedule" | "PreferNoSchedule" | (string & {});
  timeAdded?: Time;
}

/** Toleration of k8s.io/api/core/v1. */
export interface Toleration {
  key?: string;
  operator?: "Equal" | "Exists" | "Gt" | "Lt" | (string & {});
  value?: string;
  effect?: "NoExecute" | "NoSchedule" | "PreferNoSchedule" | (string & {});
  tolerationSeconds?: number;
}

/** TopologySelectorLabelRequirement of k8s.io/api/core/v1. */
export interface TopologySelectorLabelRequirement {
  key: string;
  values: string[];
}

/** TopologySelectorTerm of k8s.io/api/core/v1. */
export interface TopologySelectorTerm {
  matchLabelExpressions?: TopologySelectorLabelRequirement[];
}

/** TopologySpreadConstraint of k8s.io/api/core/v1. */
export interface TopologySpreadConstraint {
  maxSkew: number;
  topologyKey: string;
  whenUnsatisfiable: "DoNotSchedule" | "ScheduleAnyway" | (string & {});
  labelSelector?: LabelSelector;
  minDomains?: number;
  nodeAffinityPolicy?: "Honor" | "Ignore" | (string & {});
  nodeTaintsPolicy?: "Honor" | "Ignore" | (string & {});
  matchLabelKeys?: string[];
}

/** TypedLocalObjectReference of k8s.io/api/core/v1. */
export interface TypedLocalObjectReference {
  apiGroup?: string;
  kind: string;
  name: string;
}

/** TypedObjectReference of k8s.io/api/core/v1. */
export interface TypedObjectReference {
  apiGroup?: string;
  kind: string;
  name: string;
  namespace?: string;
}

/** Volume is something that containers can mount. */
export interface Volume extends VolumeSource {
  /** Unique in the pod. */
  name: string;
}

/** VolumeDevice of k8s.io/api/core/v1. */
export interface VolumeDevice {
  name: string;
  devicePath: string;
}

/** VolumeHealthCondition of k8s.io/api/core/v1. */
export interface VolumeHealthCondition {
  status: "DataLoss" | "Degraded" | "Inaccessible" | (string & {});
  reason: string;
  message?: string;
}

/** VolumeHealthStatus of k8s.io/api/core/v1. */
export interface VolumeHealthStatus {
  healthConditions?: VolumeHealthCondition[];
  lastTransitionTime?: Time;
}

/** VolumeMount puts a volume into a container. */
export interface VolumeMount {
  /** Of the volume. */
  name: string;
  /** Forbid writing. */
  readOnly?: boolean;
  recursiveReadOnly?: string;
  /** Where it appears. */
  mountPath: string;
  /** Only this part of the volume. */
  subPath?: string;
  /** Whether mounts travel between host and container. */
  mountPropagation?: "Bidirectional" | "HostToContainer" | "None" | (string & {});
  /** As subPath, with variables. */
  subPathExpr?: string;
  bindMountOptions?: string[];
}

/** VolumeMountStatus of k8s.io/api/core/v1. */
export interface VolumeMountStatus {
  name: string;
  mountPath: string;
  readOnly?: boolean;
  recursiveReadOnly?: string;
  volumeStatus?: VolumeStatus;
}

/** VolumeNodeAffinity of k8s.io/api/core/v1. */
export interface VolumeNodeAffinity {
  required?: NodeSelector;
}

/** VolumeProjection of k8s.io/api/core/v1. */
export interface VolumeProjection {
  secret?: SecretProjection;
  downwardAPI?: DownwardAPIProjection;
  configMap?: ConfigMapProjection;
  serviceAccountToken?: ServiceAccountTokenProjection;
  clusterTrustBundle?: ClusterTrustBundleProjection;
  podCertificate?: PodCertificateProjection;
}

/** VolumeResourceRequirements of k8s.io/api/core/v1. */
export interface VolumeResourceRequirements {
  limits?: Record<string, Quantity>;
  requests?: Record<string, Quantity>;
}

/** VolumeSource of k8s.io/api/core/v1. */
export interface VolumeSource {
  hostPath?: HostPathVolumeSource;
  emptyDir?: EmptyDirVolumeSource;
  gcePersistentDisk?: GCEPersistentDiskVolumeSource;
  awsElasticBlockStore?: AWSElasticBlockStoreVolumeSource;
  gitRepo?: GitRepoVolumeSource;
  secret?: SecretVolumeSource;
  nfs?: NFSVolumeSource;
  iscsi?: ISCSIVolumeSource;
  glusterfs?: GlusterfsVolumeSource;
  persistentVolumeClaim?: PersistentVolumeClaimVolumeSource;
  rbd?: RBDVolumeSource;
  flexVolume?: FlexVolumeSource;
  cinder?: CinderVolumeSource;
  cephfs?: CephFSVolumeSource;
  flocker?: FlockerVolumeSource;
  downwardAPI?: DownwardAPIVolumeSource;
  fc?: FCVolumeSource;
  azureFile?: AzureFileVolumeSource;
  configMap?: ConfigMapVolumeSource;
  vsphereVolume?: VsphereVirtualDiskVolumeSource;
  quobyte?: QuobyteVolumeSource;
  azureDisk?: AzureDiskVolumeSource;
  photonPersistentDisk?: PhotonPersistentDiskVolumeSource;
  projected?: ProjectedVolumeSource;
  portworxVolume?: PortworxVolumeSource;
  scaleIO?: ScaleIOVolumeSource;
  storageos?: StorageOSVolumeSource;
  csi?: CSIVolumeSource;
  ephemeral?: EphemeralVolumeSource;
  image?: ImageVolumeSource;
}

/** VolumeStatus of k8s.io/api/core/v1. */
export interface VolumeStatus {
  image?: ImageVolumeStatus;
}

/** VsphereVirtualDiskVolumeSource of k8s.io/api/core/v1. */
export interface VsphereVirtualDiskVolumeSource {
  volumePath: string;
  fsType?: string;
  storagePolicyName?: string;
  storagePolicyID?: string;
}

/** WeightedPodAffinityTerm of k8s.io/api/core/v1. */
export interface WeightedPodAffinityTerm {
  weight: number;
  podAffinityTerm: PodAffinityTerm;
}

/** WindowsSecurityContextOptions of k8s.io/api/core/v1. */
export interface WindowsSecurityContextOptions {
  gmsaCredentialSpecName?: string;
  gmsaCredentialSpec?: string;
  runAsUserName?: string;
  hostProcess?: boolean;
}
