// Generated from proto/ by `npm run generate`. Do not edit.
import { type ServerStream, type Unary, WirePackage } from "../../wirePackage.js";

export const Protocol = {
  TCP: 0,
  UDP: 1,
  SCTP: 2,
} as const;
export type Protocol = (typeof Protocol)[keyof typeof Protocol];

export const MountPropagation = {
  PROPAGATION_PRIVATE: 0,
  PROPAGATION_HOST_TO_CONTAINER: 1,
  PROPAGATION_BIDIRECTIONAL: 2,
} as const;
export type MountPropagation = (typeof MountPropagation)[keyof typeof MountPropagation];

export const NamespaceMode = {
  POD: 0,
  CONTAINER: 1,
  NODE: 2,
  TARGET: 3,
} as const;
export type NamespaceMode = (typeof NamespaceMode)[keyof typeof NamespaceMode];

export const SupplementalGroupsPolicy = {
  Merge: 0,
  Strict: 1,
} as const;
export type SupplementalGroupsPolicy = (typeof SupplementalGroupsPolicy)[keyof typeof SupplementalGroupsPolicy];

export const PodSandboxState = {
  SANDBOX_READY: 0,
  SANDBOX_NOTREADY: 1,
} as const;
export type PodSandboxState = (typeof PodSandboxState)[keyof typeof PodSandboxState];

export const Signal = {
  SIGNAL_RUNTIME_DEFAULT: 0,
  SIGNAL_SIGABRT: 1,
  SIGNAL_SIGALRM: 2,
  SIGNAL_SIGBUS: 3,
  SIGNAL_SIGCHLD: 4,
  SIGNAL_SIGCLD: 5,
  SIGNAL_SIGCONT: 6,
  SIGNAL_SIGFPE: 7,
  SIGNAL_SIGHUP: 8,
  SIGNAL_SIGILL: 9,
  SIGNAL_SIGINT: 10,
  SIGNAL_SIGIO: 11,
  SIGNAL_SIGIOT: 12,
  SIGNAL_SIGKILL: 13,
  SIGNAL_SIGPIPE: 14,
  SIGNAL_SIGPOLL: 15,
  SIGNAL_SIGPROF: 16,
  SIGNAL_SIGPWR: 17,
  SIGNAL_SIGQUIT: 18,
  SIGNAL_SIGSEGV: 19,
  SIGNAL_SIGSTKFLT: 20,
  SIGNAL_SIGSTOP: 21,
  SIGNAL_SIGSYS: 22,
  SIGNAL_SIGTERM: 23,
  SIGNAL_SIGTRAP: 24,
  SIGNAL_SIGTSTP: 25,
  SIGNAL_SIGTTIN: 26,
  SIGNAL_SIGTTOU: 27,
  SIGNAL_SIGURG: 28,
  SIGNAL_SIGUSR1: 29,
  SIGNAL_SIGUSR2: 30,
  SIGNAL_SIGVTALRM: 31,
  SIGNAL_SIGWINCH: 32,
  SIGNAL_SIGXCPU: 33,
  SIGNAL_SIGXFSZ: 34,
  SIGNAL_SIGRTMIN: 35,
  SIGNAL_SIGRTMINPLUS1: 36,
  SIGNAL_SIGRTMINPLUS2: 37,
  SIGNAL_SIGRTMINPLUS3: 38,
  SIGNAL_SIGRTMINPLUS4: 39,
  SIGNAL_SIGRTMINPLUS5: 40,
  SIGNAL_SIGRTMINPLUS6: 41,
  SIGNAL_SIGRTMINPLUS7: 42,
  SIGNAL_SIGRTMINPLUS8: 43,
  SIGNAL_SIGRTMINPLUS9: 44,
  SIGNAL_SIGRTMINPLUS10: 45,
  SIGNAL_SIGRTMINPLUS11: 46,
  SIGNAL_SIGRTMINPLUS12: 47,
  SIGNAL_SIGRTMINPLUS13: 48,
  SIGNAL_SIGRTMINPLUS14: 49,
  SIGNAL_SIGRTMINPLUS15: 50,
  SIGNAL_SIGRTMAXMINUS14: 51,
  SIGNAL_SIGRTMAXMINUS13: 52,
  SIGNAL_SIGRTMAXMINUS12: 53,
  SIGNAL_SIGRTMAXMINUS11: 54,
  SIGNAL_SIGRTMAXMINUS10: 55,
  SIGNAL_SIGRTMAXMINUS9: 56,
  SIGNAL_SIGRTMAXMINUS8: 57,
  SIGNAL_SIGRTMAXMINUS7: 58,
  SIGNAL_SIGRTMAXMINUS6: 59,
  SIGNAL_SIGRTMAXMINUS5: 60,
  SIGNAL_SIGRTMAXMINUS4: 61,
  SIGNAL_SIGRTMAXMINUS3: 62,
  SIGNAL_SIGRTMAXMINUS2: 63,
  SIGNAL_SIGRTMAXMINUS1: 64,
  SIGNAL_SIGRTMAX: 65,
} as const;
export type Signal = (typeof Signal)[keyof typeof Signal];

export const ContainerState = {
  CONTAINER_CREATED: 0,
  CONTAINER_RUNNING: 1,
  CONTAINER_EXITED: 2,
  CONTAINER_UNKNOWN: 3,
} as const;
export type ContainerState = (typeof ContainerState)[keyof typeof ContainerState];

export const ContainerEventType = {
  CONTAINER_CREATED_EVENT: 0,
  CONTAINER_STARTED_EVENT: 1,
  CONTAINER_STOPPED_EVENT: 2,
  CONTAINER_DELETED_EVENT: 3,
} as const;
export type ContainerEventType = (typeof ContainerEventType)[keyof typeof ContainerEventType];

export const MetricType = {
  COUNTER: 0,
  GAUGE: 1,
} as const;
export type MetricType = (typeof MetricType)[keyof typeof MetricType];

export const CgroupDriver = {
  SYSTEMD: 0,
  CGROUPFS: 1,
} as const;
export type CgroupDriver = (typeof CgroupDriver)[keyof typeof CgroupDriver];

export const SecurityProfileProfileType = {
  RuntimeDefault: 0,
  Unconfined: 1,
  Localhost: 2,
} as const;
export type SecurityProfileProfileType = (typeof SecurityProfileProfileType)[keyof typeof SecurityProfileProfileType];

export interface VersionRequest {
  version: string;
}

export interface VersionResponse {
  version: string;
  runtimeName: string;
  runtimeVersion: string;
  runtimeApiVersion: string;
}

export interface DNSConfig {
  servers: string[];
  searches: string[];
  options: string[];
}

export interface PortMapping {
  protocol: Protocol;
  containerPort: number;
  hostPort: number;
  hostIp: string;
}

export interface Mount {
  containerPath: string;
  hostPath: string;
  readonly: boolean;
  selinuxRelabel: boolean;
  propagation: MountPropagation;
  uidMappings: IDMapping[];
  gidMappings: IDMapping[];
  recursiveReadOnly: boolean;
  image: ImageSpec | null;
  imageSubPath: string;
  mountOptions: string[];
}

export interface IDMapping {
  hostId: number;
  containerId: number;
  length: number;
}

export interface UserNamespace {
  mode: NamespaceMode;
  uids: IDMapping[];
  gids: IDMapping[];
}

export interface NamespaceOption {
  network: NamespaceMode;
  pid: NamespaceMode;
  ipc: NamespaceMode;
  targetId: string;
  usernsOptions: UserNamespace | null;
}

export interface Int64Value {
  value: number;
}

export interface LinuxSandboxSecurityContext {
  namespaceOptions: NamespaceOption | null;
  selinuxOptions: SELinuxOption | null;
  runAsUser: Int64Value | null;
  runAsGroup: Int64Value | null;
  readonlyRootfs: boolean;
  supplementalGroups: number[];
  supplementalGroupsPolicy: SupplementalGroupsPolicy;
  privileged: boolean;
  seccomp: SecurityProfile | null;
  apparmor: SecurityProfile | null;
  seccompProfilePath: string;
}

export interface SecurityProfile {
  profileType: SecurityProfileProfileType;
  localhostRef: string;
}

export interface LinuxPodSandboxConfig {
  cgroupParent: string;
  securityContext: LinuxSandboxSecurityContext | null;
  sysctls: Record<string, string>;
  overhead: LinuxContainerResources | null;
  resources: LinuxContainerResources | null;
}

export interface PodSandboxMetadata {
  name: string;
  uid: string;
  namespace: string;
  attempt: number;
}

export interface PodSandboxConfig {
  metadata: PodSandboxMetadata | null;
  hostname: string;
  logDirectory: string;
  dnsConfig: DNSConfig | null;
  portMappings: PortMapping[];
  labels: Record<string, string>;
  annotations: Record<string, string>;
  linux: LinuxPodSandboxConfig | null;
  windows: WindowsPodSandboxConfig | null;
}

export interface RunPodSandboxRequest {
  config: PodSandboxConfig | null;
  runtimeHandler: string;
}

export interface RunPodSandboxResponse {
  podSandboxId: string;
}

export interface StopPodSandboxRequest {
  podSandboxId: string;
}

export interface StopPodSandboxResponse {
}

export interface RemovePodSandboxRequest {
  podSandboxId: string;
}

export interface RemovePodSandboxResponse {
}

export interface PodSandboxStatusRequest {
  podSandboxId: string;
  verbose: boolean;
}

export interface PodIP {
  ip: string;
}

export interface PodSandboxNetworkStatus {
  ip: string;
  additionalIps: PodIP[];
}

export interface Namespace {
  options: NamespaceOption | null;
}

export interface LinuxPodSandboxStatus {
  namespaces: Namespace | null;
}

export interface PodSandboxStatus {
  id: string;
  metadata: PodSandboxMetadata | null;
  state: PodSandboxState;
  createdAt: number;
  network: PodSandboxNetworkStatus | null;
  linux: LinuxPodSandboxStatus | null;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  runtimeHandler: string;
}

export interface PodSandboxStatusResponse {
  status: PodSandboxStatus | null;
  info: Record<string, string>;
  containersStatuses: ContainerStatus[];
  timestamp: number;
}

export interface PodSandboxStateValue {
  state: PodSandboxState;
}

export interface PodSandboxFilter {
  id: string;
  state: PodSandboxStateValue | null;
  labelSelector: Record<string, string>;
}

export interface ListPodSandboxRequest {
  filter: PodSandboxFilter | null;
}

export interface PodSandbox {
  id: string;
  metadata: PodSandboxMetadata | null;
  state: PodSandboxState;
  createdAt: number;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  runtimeHandler: string;
}

export interface ListPodSandboxResponse {
  items: PodSandbox[];
}

export interface StreamPodSandboxesRequest {
  filter: PodSandboxFilter | null;
}

export interface StreamPodSandboxesResponse {
  podSandboxes: PodSandbox[];
}

export interface PodSandboxStatsRequest {
  podSandboxId: string;
}

export interface PodSandboxStatsResponse {
  stats: PodSandboxStats | null;
}

export interface PodSandboxStatsFilter {
  id: string;
  labelSelector: Record<string, string>;
}

export interface ListPodSandboxStatsRequest {
  filter: PodSandboxStatsFilter | null;
}

export interface ListPodSandboxStatsResponse {
  stats: PodSandboxStats[];
}

export interface StreamPodSandboxStatsRequest {
  filter: PodSandboxStatsFilter | null;
}

export interface StreamPodSandboxStatsResponse {
  podSandboxStats: PodSandboxStats[];
}

export interface PodSandboxAttributes {
  id: string;
  metadata: PodSandboxMetadata | null;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

export interface PodSandboxStats {
  attributes: PodSandboxAttributes | null;
  linux: LinuxPodSandboxStats | null;
  windows: WindowsPodSandboxStats | null;
}

export interface LinuxPodSandboxStats {
  cpu: CpuUsage | null;
  memory: MemoryUsage | null;
  network: NetworkUsage | null;
  process: ProcessUsage | null;
  containers: ContainerStats[];
  io: IoUsage | null;
}

export interface WindowsPodSandboxStats {
  cpu: WindowsCpuUsage | null;
  memory: WindowsMemoryUsage | null;
  network: WindowsNetworkUsage | null;
  process: WindowsProcessUsage | null;
  containers: WindowsContainerStats[];
}

export interface NetworkUsage {
  timestamp: number;
  defaultInterface: NetworkInterfaceUsage | null;
  interfaces: NetworkInterfaceUsage[];
}

export interface WindowsNetworkUsage {
  timestamp: number;
  defaultInterface: WindowsNetworkInterfaceUsage | null;
  interfaces: WindowsNetworkInterfaceUsage[];
}

export interface NetworkInterfaceUsage {
  name: string;
  rxBytes: UInt64Value | null;
  rxErrors: UInt64Value | null;
  txBytes: UInt64Value | null;
  txErrors: UInt64Value | null;
}

export interface WindowsNetworkInterfaceUsage {
  name: string;
  rxBytes: UInt64Value | null;
  rxPacketsDropped: UInt64Value | null;
  txBytes: UInt64Value | null;
  txPacketsDropped: UInt64Value | null;
}

export interface ProcessUsage {
  timestamp: number;
  processCount: UInt64Value | null;
}

export interface WindowsProcessUsage {
  timestamp: number;
  processCount: UInt64Value | null;
}

export interface ImageSpec {
  image: string;
  annotations: Record<string, string>;
  userSpecifiedImage: string;
  runtimeHandler: string;
  imageRef: string;
}

export interface KeyValue {
  key: string;
  value: Uint8Array;
}

export interface LinuxContainerResources {
  cpuPeriod: number;
  cpuQuota: number;
  cpuShares: number;
  memoryLimitInBytes: number;
  oomScoreAdj: number;
  cpusetCpus: string;
  cpusetMems: string;
  hugepageLimits: HugepageLimit[];
  unified: Record<string, string>;
  memorySwapLimitInBytes: number;
}

export interface HugepageLimit {
  pageSize: string;
  limit: number;
}

export interface SELinuxOption {
  user: string;
  role: string;
  type: string;
  level: string;
}

export interface Capability {
  addCapabilities: string[];
  dropCapabilities: string[];
  addAmbientCapabilities: string[];
}

export interface LinuxContainerSecurityContext {
  capabilities: Capability | null;
  privileged: boolean;
  namespaceOptions: NamespaceOption | null;
  selinuxOptions: SELinuxOption | null;
  runAsUser: Int64Value | null;
  runAsGroup: Int64Value | null;
  runAsUsername: string;
  readonlyRootfs: boolean;
  supplementalGroups: number[];
  supplementalGroupsPolicy: SupplementalGroupsPolicy;
  noNewPrivs: boolean;
  maskedPaths: string[];
  readonlyPaths: string[];
  seccomp: SecurityProfile | null;
  apparmor: SecurityProfile | null;
  apparmorProfile: string;
  seccompProfilePath: string;
}

export interface LinuxContainerConfig {
  resources: LinuxContainerResources | null;
  securityContext: LinuxContainerSecurityContext | null;
}

export interface LinuxContainerUser {
  uid: number;
  gid: number;
  supplementalGroups: number[];
}

export interface WindowsNamespaceOption {
  network: NamespaceMode;
}

export interface WindowsSandboxSecurityContext {
  runAsUsername: string;
  credentialSpec: string;
  hostProcess: boolean;
  namespaceOptions: WindowsNamespaceOption | null;
}

export interface WindowsPodSandboxConfig {
  securityContext: WindowsSandboxSecurityContext | null;
}

export interface WindowsContainerSecurityContext {
  runAsUsername: string;
  credentialSpec: string;
  hostProcess: boolean;
}

export interface WindowsContainerConfig {
  resources: WindowsContainerResources | null;
  securityContext: WindowsContainerSecurityContext | null;
}

export interface WindowsContainerResources {
  cpuShares: number;
  cpuCount: number;
  cpuMaximum: number;
  memoryLimitInBytes: number;
  rootfsSizeInBytes: number;
  affinityCpus: WindowsCpuGroupAffinity[];
}

export interface WindowsCpuGroupAffinity {
  cpuMask: number;
  cpuGroup: number;
}

export interface ContainerMetadata {
  name: string;
  attempt: number;
}

export interface Device {
  containerPath: string;
  hostPath: string;
  permissions: string;
}

export interface CDIDevice {
  name: string;
}

export interface ContainerConfig {
  metadata: ContainerMetadata | null;
  image: ImageSpec | null;
  command: string[];
  args: string[];
  workingDir: string;
  envs: KeyValue[];
  mounts: Mount[];
  devices: Device[];
  labels: Record<string, string>;
  annotations: Record<string, string>;
  logPath: string;
  stdin: boolean;
  stdinOnce: boolean;
  tty: boolean;
  linux: LinuxContainerConfig | null;
  windows: WindowsContainerConfig | null;
  CDIDevices: CDIDevice[];
  stopSignal: Signal;
}

export interface CreateContainerRequest {
  podSandboxId: string;
  config: ContainerConfig | null;
  sandboxConfig: PodSandboxConfig | null;
}

export interface CreateContainerResponse {
  containerId: string;
}

export interface StartContainerRequest {
  containerId: string;
}

export interface StartContainerResponse {
}

export interface StopContainerRequest {
  containerId: string;
  timeout: number;
}

export interface StopContainerResponse {
}

export interface RemoveContainerRequest {
  containerId: string;
}

export interface RemoveContainerResponse {
}

export interface ContainerStateValue {
  state: ContainerState;
}

export interface ContainerFilter {
  id: string;
  state: ContainerStateValue | null;
  podSandboxId: string;
  labelSelector: Record<string, string>;
}

export interface ListContainersRequest {
  filter: ContainerFilter | null;
}

export interface Container {
  id: string;
  podSandboxId: string;
  metadata: ContainerMetadata | null;
  image: ImageSpec | null;
  imageRef: string;
  state: ContainerState;
  createdAt: number;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  imageId: string;
}

export interface ListContainersResponse {
  containers: Container[];
}

export interface StreamContainersRequest {
  filter: ContainerFilter | null;
}

export interface StreamContainersResponse {
  containers: Container[];
}

export interface ContainerStatusRequest {
  containerId: string;
  verbose: boolean;
}

export interface ContainerStatus {
  id: string;
  metadata: ContainerMetadata | null;
  state: ContainerState;
  createdAt: number;
  startedAt: number;
  finishedAt: number;
  exitCode: number;
  image: ImageSpec | null;
  imageRef: string;
  reason: string;
  message: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  mounts: Mount[];
  logPath: string;
  resources: ContainerResources | null;
  imageId: string;
  user: ContainerUser | null;
  stopSignal: Signal;
}

export interface ContainerStatusResponse {
  status: ContainerStatus | null;
  info: Record<string, string>;
}

export interface ContainerResources {
  linux: LinuxContainerResources | null;
  windows: WindowsContainerResources | null;
}

export interface ContainerUser {
  linux: LinuxContainerUser | null;
}

export interface UpdateContainerResourcesRequest {
  containerId: string;
  linux: LinuxContainerResources | null;
  windows: WindowsContainerResources | null;
  annotations: Record<string, string>;
}

export interface UpdateContainerResourcesResponse {
}

export interface ExecSyncRequest {
  containerId: string;
  cmd: string[];
  timeout: number;
}

export interface ExecSyncResponse {
  stdout: Uint8Array;
  stderr: Uint8Array;
  exitCode: number;
}

export interface ExecRequest {
  containerId: string;
  cmd: string[];
  tty: boolean;
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
}

export interface ExecResponse {
  url: string;
}

export interface AttachRequest {
  containerId: string;
  stdin: boolean;
  tty: boolean;
  stdout: boolean;
  stderr: boolean;
}

export interface AttachResponse {
  url: string;
}

export interface PortForwardRequest {
  podSandboxId: string;
  port: number[];
}

export interface PortForwardResponse {
  url: string;
}

export interface ImageFilter {
  image: ImageSpec | null;
}

export interface ListImagesRequest {
  filter: ImageFilter | null;
}

export interface Image {
  id: string;
  repoTags: string[];
  repoDigests: string[];
  size: number;
  uid: Int64Value | null;
  username: string;
  spec: ImageSpec | null;
  pinned: boolean;
}

export interface ListImagesResponse {
  images: Image[];
}

export interface StreamImagesRequest {
  filter: ImageFilter | null;
}

export interface StreamImagesResponse {
  images: Image[];
}

export interface ImageStatusRequest {
  image: ImageSpec | null;
  verbose: boolean;
}

export interface ImageStatusResponse {
  image: Image | null;
  info: Record<string, string>;
}

export interface AuthConfig {
  username: string;
  password: string;
  auth: string;
  serverAddress: string;
  identityToken: string;
  registryToken: string;
}

export interface PullImageRequest {
  image: ImageSpec | null;
  auth: AuthConfig | null;
  sandboxConfig: PodSandboxConfig | null;
}

export interface PullImageResponse {
  imageRef: string;
}

export interface RemoveImageRequest {
  image: ImageSpec | null;
}

export interface RemoveImageResponse {
}

export interface NetworkConfig {
  podCidr: string;
}

export interface RuntimeConfig {
  networkConfig: NetworkConfig | null;
}

export interface UpdateRuntimeConfigRequest {
  runtimeConfig: RuntimeConfig | null;
}

export interface UpdateRuntimeConfigResponse {
}

export interface RuntimeCondition {
  type: string;
  status: boolean;
  reason: string;
  message: string;
}

export interface RuntimeStatus {
  conditions: RuntimeCondition[];
}

export interface StatusRequest {
  verbose: boolean;
}

export interface RuntimeHandlerFeatures {
  recursiveReadOnlyMounts: boolean;
  userNamespaces: boolean;
}

export interface RuntimeHandler {
  name: string;
  features: RuntimeHandlerFeatures | null;
}

export interface RuntimeFeatures {
  supplementalGroupsPolicy: boolean;
  userNamespacesHostNetwork: boolean;
  mountOptions: boolean;
}

export interface StatusResponse {
  status: RuntimeStatus | null;
  info: Record<string, string>;
  runtimeHandlers: RuntimeHandler[];
  features: RuntimeFeatures | null;
}

export interface ImageFsInfoRequest {
}

export interface UInt64Value {
  value: number;
}

export interface FilesystemIdentifier {
  mountpoint: string;
}

export interface FilesystemUsage {
  timestamp: number;
  fsId: FilesystemIdentifier | null;
  usedBytes: UInt64Value | null;
  inodesUsed: UInt64Value | null;
}

export interface WindowsFilesystemUsage {
  timestamp: number;
  fsId: FilesystemIdentifier | null;
  usedBytes: UInt64Value | null;
}

export interface ImageFsInfoResponse {
  imageFilesystems: FilesystemUsage[];
  containerFilesystems: FilesystemUsage[];
}

export interface ContainerStatsRequest {
  containerId: string;
}

export interface ContainerStatsResponse {
  stats: ContainerStats | null;
}

export interface ListContainerStatsRequest {
  filter: ContainerStatsFilter | null;
}

export interface ContainerStatsFilter {
  id: string;
  podSandboxId: string;
  labelSelector: Record<string, string>;
}

export interface ListContainerStatsResponse {
  stats: ContainerStats[];
}

export interface StreamContainerStatsRequest {
  filter: ContainerStatsFilter | null;
}

export interface StreamContainerStatsResponse {
  containerStats: ContainerStats[];
}

export interface ContainerAttributes {
  id: string;
  metadata: ContainerMetadata | null;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

export interface ContainerStats {
  attributes: ContainerAttributes | null;
  cpu: CpuUsage | null;
  memory: MemoryUsage | null;
  writableLayer: FilesystemUsage | null;
  swap: SwapUsage | null;
  io: IoUsage | null;
}

export interface WindowsContainerStats {
  attributes: ContainerAttributes | null;
  cpu: WindowsCpuUsage | null;
  memory: WindowsMemoryUsage | null;
  writableLayer: WindowsFilesystemUsage | null;
}

export interface PsiStats {
  Full: PsiData | null;
  Some: PsiData | null;
}

export interface PsiData {
  Total: number;
  Avg10: number;
  Avg60: number;
  Avg300: number;
}

export interface CpuUsage {
  timestamp: number;
  usageCoreNanoSeconds: UInt64Value | null;
  usageNanoCores: UInt64Value | null;
  psi: PsiStats | null;
}

export interface WindowsCpuUsage {
  timestamp: number;
  usageCoreNanoSeconds: UInt64Value | null;
  usageNanoCores: UInt64Value | null;
}

export interface MemoryUsage {
  timestamp: number;
  workingSetBytes: UInt64Value | null;
  availableBytes: UInt64Value | null;
  usageBytes: UInt64Value | null;
  rssBytes: UInt64Value | null;
  pageFaults: UInt64Value | null;
  majorPageFaults: UInt64Value | null;
  psi: PsiStats | null;
}

export interface IoUsage {
  timestamp: number;
  psi: PsiStats | null;
}

export interface SwapUsage {
  timestamp: number;
  swapAvailableBytes: UInt64Value | null;
  swapUsageBytes: UInt64Value | null;
}

export interface WindowsMemoryUsage {
  timestamp: number;
  workingSetBytes: UInt64Value | null;
  availableBytes: UInt64Value | null;
  pageFaults: UInt64Value | null;
  commitMemoryBytes: UInt64Value | null;
}

export interface ReopenContainerLogRequest {
  containerId: string;
}

export interface ReopenContainerLogResponse {
}

export interface CheckpointContainerRequest {
  containerId: string;
  location: string;
  timeout: number;
}

export interface CheckpointContainerResponse {
}

export interface CheckpointPodRequest {
  podSandboxId: string;
  outputPath: string;
  containerIds: string[];
  options: Record<string, string>;
}

export interface CheckpointPodResponse {
}

export interface RestorePodRequest {
  checkpointPath: string;
  config: PodSandboxConfig | null;
  runtimeHandler: string;
  options: Record<string, string>;
  containerConfigs: ContainerConfig[];
}

export interface RestoredContainer {
  name: string;
  containerId: string;
}

export interface RestorePodResponse {
  podSandboxId: string;
  restoredContainers: RestoredContainer[];
}

export interface GetEventsRequest {
}

export interface ContainerEventResponse {
  containerId: string;
  containerEventType: ContainerEventType;
  createdAt: number;
  podSandboxStatus: PodSandboxStatus | null;
  containersStatuses: ContainerStatus[];
}

export interface ListMetricDescriptorsRequest {
}

export interface ListMetricDescriptorsResponse {
  descriptors: MetricDescriptor[];
}

export interface MetricDescriptor {
  name: string;
  help: string;
  labelKeys: string[];
}

export interface ListPodSandboxMetricsRequest {
}

export interface ListPodSandboxMetricsResponse {
  podMetrics: PodSandboxMetrics[];
}

export interface StreamPodSandboxMetricsRequest {
}

export interface StreamPodSandboxMetricsResponse {
  podSandboxMetrics: PodSandboxMetrics[];
}

export interface PodSandboxMetrics {
  podSandboxId: string;
  metrics: Metric[];
  containerMetrics: ContainerMetrics[];
}

export interface ContainerMetrics {
  containerId: string;
  metrics: Metric[];
}

export interface Metric {
  name: string;
  timestamp: number;
  metricType: MetricType;
  labelValues: string[];
  value: UInt64Value | null;
}

export interface RuntimeConfigRequest {
}

export interface RuntimeConfigResponse {
  linux: LinuxRuntimeConfiguration | null;
}

export interface LinuxRuntimeConfiguration {
  cgroupDriver: CgroupDriver;
}

export interface UpdatePodSandboxResourcesRequest {
  podSandboxId: string;
  overhead: LinuxContainerResources | null;
  resources: LinuxContainerResources | null;
}

export interface UpdatePodSandboxResourcesResponse {
}

export interface Messages {
  VersionRequest: VersionRequest;
  VersionResponse: VersionResponse;
  DNSConfig: DNSConfig;
  PortMapping: PortMapping;
  Mount: Mount;
  IDMapping: IDMapping;
  UserNamespace: UserNamespace;
  NamespaceOption: NamespaceOption;
  Int64Value: Int64Value;
  LinuxSandboxSecurityContext: LinuxSandboxSecurityContext;
  SecurityProfile: SecurityProfile;
  LinuxPodSandboxConfig: LinuxPodSandboxConfig;
  PodSandboxMetadata: PodSandboxMetadata;
  PodSandboxConfig: PodSandboxConfig;
  RunPodSandboxRequest: RunPodSandboxRequest;
  RunPodSandboxResponse: RunPodSandboxResponse;
  StopPodSandboxRequest: StopPodSandboxRequest;
  StopPodSandboxResponse: StopPodSandboxResponse;
  RemovePodSandboxRequest: RemovePodSandboxRequest;
  RemovePodSandboxResponse: RemovePodSandboxResponse;
  PodSandboxStatusRequest: PodSandboxStatusRequest;
  PodIP: PodIP;
  PodSandboxNetworkStatus: PodSandboxNetworkStatus;
  Namespace: Namespace;
  LinuxPodSandboxStatus: LinuxPodSandboxStatus;
  PodSandboxStatus: PodSandboxStatus;
  PodSandboxStatusResponse: PodSandboxStatusResponse;
  PodSandboxStateValue: PodSandboxStateValue;
  PodSandboxFilter: PodSandboxFilter;
  ListPodSandboxRequest: ListPodSandboxRequest;
  PodSandbox: PodSandbox;
  ListPodSandboxResponse: ListPodSandboxResponse;
  StreamPodSandboxesRequest: StreamPodSandboxesRequest;
  StreamPodSandboxesResponse: StreamPodSandboxesResponse;
  PodSandboxStatsRequest: PodSandboxStatsRequest;
  PodSandboxStatsResponse: PodSandboxStatsResponse;
  PodSandboxStatsFilter: PodSandboxStatsFilter;
  ListPodSandboxStatsRequest: ListPodSandboxStatsRequest;
  ListPodSandboxStatsResponse: ListPodSandboxStatsResponse;
  StreamPodSandboxStatsRequest: StreamPodSandboxStatsRequest;
  StreamPodSandboxStatsResponse: StreamPodSandboxStatsResponse;
  PodSandboxAttributes: PodSandboxAttributes;
  PodSandboxStats: PodSandboxStats;
  LinuxPodSandboxStats: LinuxPodSandboxStats;
  WindowsPodSandboxStats: WindowsPodSandboxStats;
  NetworkUsage: NetworkUsage;
  WindowsNetworkUsage: WindowsNetworkUsage;
  NetworkInterfaceUsage: NetworkInterfaceUsage;
  WindowsNetworkInterfaceUsage: WindowsNetworkInterfaceUsage;
  ProcessUsage: ProcessUsage;
  WindowsProcessUsage: WindowsProcessUsage;
  ImageSpec: ImageSpec;
  KeyValue: KeyValue;
  LinuxContainerResources: LinuxContainerResources;
  HugepageLimit: HugepageLimit;
  SELinuxOption: SELinuxOption;
  Capability: Capability;
  LinuxContainerSecurityContext: LinuxContainerSecurityContext;
  LinuxContainerConfig: LinuxContainerConfig;
  LinuxContainerUser: LinuxContainerUser;
  WindowsNamespaceOption: WindowsNamespaceOption;
  WindowsSandboxSecurityContext: WindowsSandboxSecurityContext;
  WindowsPodSandboxConfig: WindowsPodSandboxConfig;
  WindowsContainerSecurityContext: WindowsContainerSecurityContext;
  WindowsContainerConfig: WindowsContainerConfig;
  WindowsContainerResources: WindowsContainerResources;
  WindowsCpuGroupAffinity: WindowsCpuGroupAffinity;
  ContainerMetadata: ContainerMetadata;
  Device: Device;
  CDIDevice: CDIDevice;
  ContainerConfig: ContainerConfig;
  CreateContainerRequest: CreateContainerRequest;
  CreateContainerResponse: CreateContainerResponse;
  StartContainerRequest: StartContainerRequest;
  StartContainerResponse: StartContainerResponse;
  StopContainerRequest: StopContainerRequest;
  StopContainerResponse: StopContainerResponse;
  RemoveContainerRequest: RemoveContainerRequest;
  RemoveContainerResponse: RemoveContainerResponse;
  ContainerStateValue: ContainerStateValue;
  ContainerFilter: ContainerFilter;
  ListContainersRequest: ListContainersRequest;
  Container: Container;
  ListContainersResponse: ListContainersResponse;
  StreamContainersRequest: StreamContainersRequest;
  StreamContainersResponse: StreamContainersResponse;
  ContainerStatusRequest: ContainerStatusRequest;
  ContainerStatus: ContainerStatus;
  ContainerStatusResponse: ContainerStatusResponse;
  ContainerResources: ContainerResources;
  ContainerUser: ContainerUser;
  UpdateContainerResourcesRequest: UpdateContainerResourcesRequest;
  UpdateContainerResourcesResponse: UpdateContainerResourcesResponse;
  ExecSyncRequest: ExecSyncRequest;
  ExecSyncResponse: ExecSyncResponse;
  ExecRequest: ExecRequest;
  ExecResponse: ExecResponse;
  AttachRequest: AttachRequest;
  AttachResponse: AttachResponse;
  PortForwardRequest: PortForwardRequest;
  PortForwardResponse: PortForwardResponse;
  ImageFilter: ImageFilter;
  ListImagesRequest: ListImagesRequest;
  Image: Image;
  ListImagesResponse: ListImagesResponse;
  StreamImagesRequest: StreamImagesRequest;
  StreamImagesResponse: StreamImagesResponse;
  ImageStatusRequest: ImageStatusRequest;
  ImageStatusResponse: ImageStatusResponse;
  AuthConfig: AuthConfig;
  PullImageRequest: PullImageRequest;
  PullImageResponse: PullImageResponse;
  RemoveImageRequest: RemoveImageRequest;
  RemoveImageResponse: RemoveImageResponse;
  NetworkConfig: NetworkConfig;
  RuntimeConfig: RuntimeConfig;
  UpdateRuntimeConfigRequest: UpdateRuntimeConfigRequest;
  UpdateRuntimeConfigResponse: UpdateRuntimeConfigResponse;
  RuntimeCondition: RuntimeCondition;
  RuntimeStatus: RuntimeStatus;
  StatusRequest: StatusRequest;
  RuntimeHandlerFeatures: RuntimeHandlerFeatures;
  RuntimeHandler: RuntimeHandler;
  RuntimeFeatures: RuntimeFeatures;
  StatusResponse: StatusResponse;
  ImageFsInfoRequest: ImageFsInfoRequest;
  UInt64Value: UInt64Value;
  FilesystemIdentifier: FilesystemIdentifier;
  FilesystemUsage: FilesystemUsage;
  WindowsFilesystemUsage: WindowsFilesystemUsage;
  ImageFsInfoResponse: ImageFsInfoResponse;
  ContainerStatsRequest: ContainerStatsRequest;
  ContainerStatsResponse: ContainerStatsResponse;
  ListContainerStatsRequest: ListContainerStatsRequest;
  ContainerStatsFilter: ContainerStatsFilter;
  ListContainerStatsResponse: ListContainerStatsResponse;
  StreamContainerStatsRequest: StreamContainerStatsRequest;
  StreamContainerStatsResponse: StreamContainerStatsResponse;
  ContainerAttributes: ContainerAttributes;
  ContainerStats: ContainerStats;
  WindowsContainerStats: WindowsContainerStats;
  PsiStats: PsiStats;
  PsiData: PsiData;
  CpuUsage: CpuUsage;
  WindowsCpuUsage: WindowsCpuUsage;
  MemoryUsage: MemoryUsage;
  IoUsage: IoUsage;
  SwapUsage: SwapUsage;
  WindowsMemoryUsage: WindowsMemoryUsage;
  ReopenContainerLogRequest: ReopenContainerLogRequest;
  ReopenContainerLogResponse: ReopenContainerLogResponse;
  CheckpointContainerRequest: CheckpointContainerRequest;
  CheckpointContainerResponse: CheckpointContainerResponse;
  CheckpointPodRequest: CheckpointPodRequest;
  CheckpointPodResponse: CheckpointPodResponse;
  RestorePodRequest: RestorePodRequest;
  RestoredContainer: RestoredContainer;
  RestorePodResponse: RestorePodResponse;
  GetEventsRequest: GetEventsRequest;
  ContainerEventResponse: ContainerEventResponse;
  ListMetricDescriptorsRequest: ListMetricDescriptorsRequest;
  ListMetricDescriptorsResponse: ListMetricDescriptorsResponse;
  MetricDescriptor: MetricDescriptor;
  ListPodSandboxMetricsRequest: ListPodSandboxMetricsRequest;
  ListPodSandboxMetricsResponse: ListPodSandboxMetricsResponse;
  StreamPodSandboxMetricsRequest: StreamPodSandboxMetricsRequest;
  StreamPodSandboxMetricsResponse: StreamPodSandboxMetricsResponse;
  PodSandboxMetrics: PodSandboxMetrics;
  ContainerMetrics: ContainerMetrics;
  Metric: Metric;
  RuntimeConfigRequest: RuntimeConfigRequest;
  RuntimeConfigResponse: RuntimeConfigResponse;
  LinuxRuntimeConfiguration: LinuxRuntimeConfiguration;
  UpdatePodSandboxResourcesRequest: UpdatePodSandboxResourcesRequest;
  UpdatePodSandboxResourcesResponse: UpdatePodSandboxResourcesResponse;
}

export interface Services {
  RuntimeService: {
    Version: Unary<VersionRequest, VersionResponse>;
    RunPodSandbox: Unary<RunPodSandboxRequest, RunPodSandboxResponse>;
    StopPodSandbox: Unary<StopPodSandboxRequest, StopPodSandboxResponse>;
    RemovePodSandbox: Unary<RemovePodSandboxRequest, RemovePodSandboxResponse>;
    PodSandboxStatus: Unary<PodSandboxStatusRequest, PodSandboxStatusResponse>;
    ListPodSandbox: Unary<ListPodSandboxRequest, ListPodSandboxResponse>;
    StreamPodSandboxes: ServerStream<StreamPodSandboxesRequest, StreamPodSandboxesResponse>;
    CreateContainer: Unary<CreateContainerRequest, CreateContainerResponse>;
    StartContainer: Unary<StartContainerRequest, StartContainerResponse>;
    StopContainer: Unary<StopContainerRequest, StopContainerResponse>;
    RemoveContainer: Unary<RemoveContainerRequest, RemoveContainerResponse>;
    ListContainers: Unary<ListContainersRequest, ListContainersResponse>;
    StreamContainers: ServerStream<StreamContainersRequest, StreamContainersResponse>;
    ContainerStatus: Unary<ContainerStatusRequest, ContainerStatusResponse>;
    UpdateContainerResources: Unary<UpdateContainerResourcesRequest, UpdateContainerResourcesResponse>;
    ReopenContainerLog: Unary<ReopenContainerLogRequest, ReopenContainerLogResponse>;
    ExecSync: Unary<ExecSyncRequest, ExecSyncResponse>;
    Exec: Unary<ExecRequest, ExecResponse>;
    Attach: Unary<AttachRequest, AttachResponse>;
    PortForward: Unary<PortForwardRequest, PortForwardResponse>;
    ContainerStats: Unary<ContainerStatsRequest, ContainerStatsResponse>;
    ListContainerStats: Unary<ListContainerStatsRequest, ListContainerStatsResponse>;
    StreamContainerStats: ServerStream<StreamContainerStatsRequest, StreamContainerStatsResponse>;
    PodSandboxStats: Unary<PodSandboxStatsRequest, PodSandboxStatsResponse>;
    ListPodSandboxStats: Unary<ListPodSandboxStatsRequest, ListPodSandboxStatsResponse>;
    StreamPodSandboxStats: ServerStream<StreamPodSandboxStatsRequest, StreamPodSandboxStatsResponse>;
    UpdateRuntimeConfig: Unary<UpdateRuntimeConfigRequest, UpdateRuntimeConfigResponse>;
    Status: Unary<StatusRequest, StatusResponse>;
    CheckpointContainer: Unary<CheckpointContainerRequest, CheckpointContainerResponse>;
    CheckpointPod: Unary<CheckpointPodRequest, CheckpointPodResponse>;
    RestorePod: Unary<RestorePodRequest, RestorePodResponse>;
    GetContainerEvents: ServerStream<GetEventsRequest, ContainerEventResponse>;
    ListMetricDescriptors: Unary<ListMetricDescriptorsRequest, ListMetricDescriptorsResponse>;
    ListPodSandboxMetrics: Unary<ListPodSandboxMetricsRequest, ListPodSandboxMetricsResponse>;
    StreamPodSandboxMetrics: ServerStream<StreamPodSandboxMetricsRequest, StreamPodSandboxMetricsResponse>;
    RuntimeConfig: Unary<RuntimeConfigRequest, RuntimeConfigResponse>;
    UpdatePodSandboxResources: Unary<UpdatePodSandboxResourcesRequest, UpdatePodSandboxResourcesResponse>;
  };
  ImageService: {
    ListImages: Unary<ListImagesRequest, ListImagesResponse>;
    StreamImages: ServerStream<StreamImagesRequest, StreamImagesResponse>;
    ImageStatus: Unary<ImageStatusRequest, ImageStatusResponse>;
    PullImage: Unary<PullImageRequest, PullImageResponse>;
    RemoveImage: Unary<RemoveImageRequest, RemoveImageResponse>;
    ImageFsInfo: Unary<ImageFsInfoRequest, ImageFsInfoResponse>;
  };
}

/** The container runtime interface. */
export const cri = new WirePackage<Messages, Services>({
  longs: "number",
  messages: {"VersionRequest":"runtime.v1.VersionRequest","VersionResponse":"runtime.v1.VersionResponse","DNSConfig":"runtime.v1.DNSConfig","PortMapping":"runtime.v1.PortMapping","Mount":"runtime.v1.Mount","IDMapping":"runtime.v1.IDMapping","UserNamespace":"runtime.v1.UserNamespace","NamespaceOption":"runtime.v1.NamespaceOption","Int64Value":"runtime.v1.Int64Value","LinuxSandboxSecurityContext":"runtime.v1.LinuxSandboxSecurityContext","SecurityProfile":"runtime.v1.SecurityProfile","LinuxPodSandboxConfig":"runtime.v1.LinuxPodSandboxConfig","PodSandboxMetadata":"runtime.v1.PodSandboxMetadata","PodSandboxConfig":"runtime.v1.PodSandboxConfig","RunPodSandboxRequest":"runtime.v1.RunPodSandboxRequest","RunPodSandboxResponse":"runtime.v1.RunPodSandboxResponse","StopPodSandboxRequest":"runtime.v1.StopPodSandboxRequest","StopPodSandboxResponse":"runtime.v1.StopPodSandboxResponse","RemovePodSandboxRequest":"runtime.v1.RemovePodSandboxRequest","RemovePodSandboxResponse":"runtime.v1.RemovePodSandboxResponse","PodSandboxStatusRequest":"runtime.v1.PodSandboxStatusRequest","PodIP":"runtime.v1.PodIP","PodSandboxNetworkStatus":"runtime.v1.PodSandboxNetworkStatus","Namespace":"runtime.v1.Namespace","LinuxPodSandboxStatus":"runtime.v1.LinuxPodSandboxStatus","PodSandboxStatus":"runtime.v1.PodSandboxStatus","PodSandboxStatusResponse":"runtime.v1.PodSandboxStatusResponse","PodSandboxStateValue":"runtime.v1.PodSandboxStateValue","PodSandboxFilter":"runtime.v1.PodSandboxFilter","ListPodSandboxRequest":"runtime.v1.ListPodSandboxRequest","PodSandbox":"runtime.v1.PodSandbox","ListPodSandboxResponse":"runtime.v1.ListPodSandboxResponse","StreamPodSandboxesRequest":"runtime.v1.StreamPodSandboxesRequest","StreamPodSandboxesResponse":"runtime.v1.StreamPodSandboxesResponse","PodSandboxStatsRequest":"runtime.v1.PodSandboxStatsRequest","PodSandboxStatsResponse":"runtime.v1.PodSandboxStatsResponse","PodSandboxStatsFilter":"runtime.v1.PodSandboxStatsFilter","ListPodSandboxStatsRequest":"runtime.v1.ListPodSandboxStatsRequest","ListPodSandboxStatsResponse":"runtime.v1.ListPodSandboxStatsResponse","StreamPodSandboxStatsRequest":"runtime.v1.StreamPodSandboxStatsRequest","StreamPodSandboxStatsResponse":"runtime.v1.StreamPodSandboxStatsResponse","PodSandboxAttributes":"runtime.v1.PodSandboxAttributes","PodSandboxStats":"runtime.v1.PodSandboxStats","LinuxPodSandboxStats":"runtime.v1.LinuxPodSandboxStats","WindowsPodSandboxStats":"runtime.v1.WindowsPodSandboxStats","NetworkUsage":"runtime.v1.NetworkUsage","WindowsNetworkUsage":"runtime.v1.WindowsNetworkUsage","NetworkInterfaceUsage":"runtime.v1.NetworkInterfaceUsage","WindowsNetworkInterfaceUsage":"runtime.v1.WindowsNetworkInterfaceUsage","ProcessUsage":"runtime.v1.ProcessUsage","WindowsProcessUsage":"runtime.v1.WindowsProcessUsage","ImageSpec":"runtime.v1.ImageSpec","KeyValue":"runtime.v1.KeyValue","LinuxContainerResources":"runtime.v1.LinuxContainerResources","HugepageLimit":"runtime.v1.HugepageLimit","SELinuxOption":"runtime.v1.SELinuxOption","Capability":"runtime.v1.Capability","LinuxContainerSecurityContext":"runtime.v1.LinuxContainerSecurityContext","LinuxContainerConfig":"runtime.v1.LinuxContainerConfig","LinuxContainerUser":"runtime.v1.LinuxContainerUser","WindowsNamespaceOption":"runtime.v1.WindowsNamespaceOption","WindowsSandboxSecurityContext":"runtime.v1.WindowsSandboxSecurityContext","WindowsPodSandboxConfig":"runtime.v1.WindowsPodSandboxConfig","WindowsContainerSecurityContext":"runtime.v1.WindowsContainerSecurityContext","WindowsContainerConfig":"runtime.v1.WindowsContainerConfig","WindowsContainerResources":"runtime.v1.WindowsContainerResources","WindowsCpuGroupAffinity":"runtime.v1.WindowsCpuGroupAffinity","ContainerMetadata":"runtime.v1.ContainerMetadata","Device":"runtime.v1.Device","CDIDevice":"runtime.v1.CDIDevice","ContainerConfig":"runtime.v1.ContainerConfig","CreateContainerRequest":"runtime.v1.CreateContainerRequest","CreateContainerResponse":"runtime.v1.CreateContainerResponse","StartContainerRequest":"runtime.v1.StartContainerRequest","StartContainerResponse":"runtime.v1.StartContainerResponse","StopContainerRequest":"runtime.v1.StopContainerRequest","StopContainerResponse":"runtime.v1.StopContainerResponse","RemoveContainerRequest":"runtime.v1.RemoveContainerRequest","RemoveContainerResponse":"runtime.v1.RemoveContainerResponse","ContainerStateValue":"runtime.v1.ContainerStateValue","ContainerFilter":"runtime.v1.ContainerFilter","ListContainersRequest":"runtime.v1.ListContainersRequest","Container":"runtime.v1.Container","ListContainersResponse":"runtime.v1.ListContainersResponse","StreamContainersRequest":"runtime.v1.StreamContainersRequest","StreamContainersResponse":"runtime.v1.StreamContainersResponse","ContainerStatusRequest":"runtime.v1.ContainerStatusRequest","ContainerStatus":"runtime.v1.ContainerStatus","ContainerStatusResponse":"runtime.v1.ContainerStatusResponse","ContainerResources":"runtime.v1.ContainerResources","ContainerUser":"runtime.v1.ContainerUser","UpdateContainerResourcesRequest":"runtime.v1.UpdateContainerResourcesRequest","UpdateContainerResourcesResponse":"runtime.v1.UpdateContainerResourcesResponse","ExecSyncRequest":"runtime.v1.ExecSyncRequest","ExecSyncResponse":"runtime.v1.ExecSyncResponse","ExecRequest":"runtime.v1.ExecRequest","ExecResponse":"runtime.v1.ExecResponse","AttachRequest":"runtime.v1.AttachRequest","AttachResponse":"runtime.v1.AttachResponse","PortForwardRequest":"runtime.v1.PortForwardRequest","PortForwardResponse":"runtime.v1.PortForwardResponse","ImageFilter":"runtime.v1.ImageFilter","ListImagesRequest":"runtime.v1.ListImagesRequest","Image":"runtime.v1.Image","ListImagesResponse":"runtime.v1.ListImagesResponse","StreamImagesRequest":"runtime.v1.StreamImagesRequest","StreamImagesResponse":"runtime.v1.StreamImagesResponse","ImageStatusRequest":"runtime.v1.ImageStatusRequest","ImageStatusResponse":"runtime.v1.ImageStatusResponse","AuthConfig":"runtime.v1.AuthConfig","PullImageRequest":"runtime.v1.PullImageRequest","PullImageResponse":"runtime.v1.PullImageResponse","RemoveImageRequest":"runtime.v1.RemoveImageRequest","RemoveImageResponse":"runtime.v1.RemoveImageResponse","NetworkConfig":"runtime.v1.NetworkConfig","RuntimeConfig":"runtime.v1.RuntimeConfig","UpdateRuntimeConfigRequest":"runtime.v1.UpdateRuntimeConfigRequest","UpdateRuntimeConfigResponse":"runtime.v1.UpdateRuntimeConfigResponse","RuntimeCondition":"runtime.v1.RuntimeCondition","RuntimeStatus":"runtime.v1.RuntimeStatus","StatusRequest":"runtime.v1.StatusRequest","RuntimeHandlerFeatures":"runtime.v1.RuntimeHandlerFeatures","RuntimeHandler":"runtime.v1.RuntimeHandler","RuntimeFeatures":"runtime.v1.RuntimeFeatures","StatusResponse":"runtime.v1.StatusResponse","ImageFsInfoRequest":"runtime.v1.ImageFsInfoRequest","UInt64Value":"runtime.v1.UInt64Value","FilesystemIdentifier":"runtime.v1.FilesystemIdentifier","FilesystemUsage":"runtime.v1.FilesystemUsage","WindowsFilesystemUsage":"runtime.v1.WindowsFilesystemUsage","ImageFsInfoResponse":"runtime.v1.ImageFsInfoResponse","ContainerStatsRequest":"runtime.v1.ContainerStatsRequest","ContainerStatsResponse":"runtime.v1.ContainerStatsResponse","ListContainerStatsRequest":"runtime.v1.ListContainerStatsRequest","ContainerStatsFilter":"runtime.v1.ContainerStatsFilter","ListContainerStatsResponse":"runtime.v1.ListContainerStatsResponse","StreamContainerStatsRequest":"runtime.v1.StreamContainerStatsRequest","StreamContainerStatsResponse":"runtime.v1.StreamContainerStatsResponse","ContainerAttributes":"runtime.v1.ContainerAttributes","ContainerStats":"runtime.v1.ContainerStats","WindowsContainerStats":"runtime.v1.WindowsContainerStats","PsiStats":"runtime.v1.PsiStats","PsiData":"runtime.v1.PsiData","CpuUsage":"runtime.v1.CpuUsage","WindowsCpuUsage":"runtime.v1.WindowsCpuUsage","MemoryUsage":"runtime.v1.MemoryUsage","IoUsage":"runtime.v1.IoUsage","SwapUsage":"runtime.v1.SwapUsage","WindowsMemoryUsage":"runtime.v1.WindowsMemoryUsage","ReopenContainerLogRequest":"runtime.v1.ReopenContainerLogRequest","ReopenContainerLogResponse":"runtime.v1.ReopenContainerLogResponse","CheckpointContainerRequest":"runtime.v1.CheckpointContainerRequest","CheckpointContainerResponse":"runtime.v1.CheckpointContainerResponse","CheckpointPodRequest":"runtime.v1.CheckpointPodRequest","CheckpointPodResponse":"runtime.v1.CheckpointPodResponse","RestorePodRequest":"runtime.v1.RestorePodRequest","RestoredContainer":"runtime.v1.RestoredContainer","RestorePodResponse":"runtime.v1.RestorePodResponse","GetEventsRequest":"runtime.v1.GetEventsRequest","ContainerEventResponse":"runtime.v1.ContainerEventResponse","ListMetricDescriptorsRequest":"runtime.v1.ListMetricDescriptorsRequest","ListMetricDescriptorsResponse":"runtime.v1.ListMetricDescriptorsResponse","MetricDescriptor":"runtime.v1.MetricDescriptor","ListPodSandboxMetricsRequest":"runtime.v1.ListPodSandboxMetricsRequest","ListPodSandboxMetricsResponse":"runtime.v1.ListPodSandboxMetricsResponse","StreamPodSandboxMetricsRequest":"runtime.v1.StreamPodSandboxMetricsRequest","StreamPodSandboxMetricsResponse":"runtime.v1.StreamPodSandboxMetricsResponse","PodSandboxMetrics":"runtime.v1.PodSandboxMetrics","ContainerMetrics":"runtime.v1.ContainerMetrics","Metric":"runtime.v1.Metric","RuntimeConfigRequest":"runtime.v1.RuntimeConfigRequest","RuntimeConfigResponse":"runtime.v1.RuntimeConfigResponse","LinuxRuntimeConfiguration":"runtime.v1.LinuxRuntimeConfiguration","UpdatePodSandboxResourcesRequest":"runtime.v1.UpdatePodSandboxResourcesRequest","UpdatePodSandboxResourcesResponse":"runtime.v1.UpdatePodSandboxResourcesResponse"},
  services: {"RuntimeService":{"name":"runtime.v1.RuntimeService","methods":{"Version":["VersionRequest","VersionResponse"],"RunPodSandbox":["RunPodSandboxRequest","RunPodSandboxResponse"],"StopPodSandbox":["StopPodSandboxRequest","StopPodSandboxResponse"],"RemovePodSandbox":["RemovePodSandboxRequest","RemovePodSandboxResponse"],"PodSandboxStatus":["PodSandboxStatusRequest","PodSandboxStatusResponse"],"ListPodSandbox":["ListPodSandboxRequest","ListPodSandboxResponse"],"StreamPodSandboxes":["StreamPodSandboxesRequest","StreamPodSandboxesResponse"],"CreateContainer":["CreateContainerRequest","CreateContainerResponse"],"StartContainer":["StartContainerRequest","StartContainerResponse"],"StopContainer":["StopContainerRequest","StopContainerResponse"],"RemoveContainer":["RemoveContainerRequest","RemoveContainerResponse"],"ListContainers":["ListContainersRequest","ListContainersResponse"],"StreamContainers":["StreamContainersRequest","StreamContainersResponse"],"ContainerStatus":["ContainerStatusRequest","ContainerStatusResponse"],"UpdateContainerResources":["UpdateContainerResourcesRequest","UpdateContainerResourcesResponse"],"ReopenContainerLog":["ReopenContainerLogRequest","ReopenContainerLogResponse"],"ExecSync":["ExecSyncRequest","ExecSyncResponse"],"Exec":["ExecRequest","ExecResponse"],"Attach":["AttachRequest","AttachResponse"],"PortForward":["PortForwardRequest","PortForwardResponse"],"ContainerStats":["ContainerStatsRequest","ContainerStatsResponse"],"ListContainerStats":["ListContainerStatsRequest","ListContainerStatsResponse"],"StreamContainerStats":["StreamContainerStatsRequest","StreamContainerStatsResponse"],"PodSandboxStats":["PodSandboxStatsRequest","PodSandboxStatsResponse"],"ListPodSandboxStats":["ListPodSandboxStatsRequest","ListPodSandboxStatsResponse"],"StreamPodSandboxStats":["StreamPodSandboxStatsRequest","StreamPodSandboxStatsResponse"],"UpdateRuntimeConfig":["UpdateRuntimeConfigRequest","UpdateRuntimeConfigResponse"],"Status":["StatusRequest","StatusResponse"],"CheckpointContainer":["CheckpointContainerRequest","CheckpointContainerResponse"],"CheckpointPod":["CheckpointPodRequest","CheckpointPodResponse"],"RestorePod":["RestorePodRequest","RestorePodResponse"],"GetContainerEvents":["GetEventsRequest","ContainerEventResponse"],"ListMetricDescriptors":["ListMetricDescriptorsRequest","ListMetricDescriptorsResponse"],"ListPodSandboxMetrics":["ListPodSandboxMetricsRequest","ListPodSandboxMetricsResponse"],"StreamPodSandboxMetrics":["StreamPodSandboxMetricsRequest","StreamPodSandboxMetricsResponse"],"RuntimeConfig":["RuntimeConfigRequest","RuntimeConfigResponse"],"UpdatePodSandboxResources":["UpdatePodSandboxResourcesRequest","UpdatePodSandboxResourcesResponse"]}},"ImageService":{"name":"runtime.v1.ImageService","methods":{"ListImages":["ListImagesRequest","ListImagesResponse"],"StreamImages":["StreamImagesRequest","StreamImagesResponse"],"ImageStatus":["ImageStatusRequest","ImageStatusResponse"],"PullImage":["PullImageRequest","PullImageResponse"],"RemoveImage":["RemoveImageRequest","RemoveImageResponse"],"ImageFsInfo":["ImageFsInfoRequest","ImageFsInfoResponse"]}}},
  descriptor: "{\"nested\":{\"runtime\":{\"nested\":{\"v1\":{\"nested\":{\"RuntimeService\":{\"methods\":{\"Version\":{\"requestType\":\"VersionRequest\",\"responseType\":\"VersionResponse\"},\"RunPodSandbox\":{\"requestType\":\"RunPodSandboxRequest\",\"responseType\":\"RunPodSandboxResponse\"},\"StopPodSandbox\":{\"requestType\":\"StopPodSandboxRequest\",\"responseType\":\"StopPodSandboxResponse\"},\"RemovePodSandbox\":{\"requestType\":\"RemovePodSandboxRequest\",\"responseType\":\"RemovePodSandboxResponse\"},\"PodSandboxStatus\":{\"requestType\":\"PodSandboxStatusRequest\",\"responseType\":\"PodSandboxStatusResponse\"},\"ListPodSandbox\":{\"requestType\":\"ListPodSandboxRequest\",\"responseType\":\"ListPodSandboxResponse\"},\"StreamPodSandboxes\":{\"requestType\":\"StreamPodSandboxesRequest\",\"responseType\":\"StreamPodSandboxesResponse\",\"responseStream\":true},\"CreateContainer\":{\"requestType\":\"CreateContainerRequest\",\"responseType\":\"CreateContainerResponse\"},\"StartContainer\":{\"requestType\":\"StartContainerRequest\",\"responseType\":\"StartContainerResponse\"},\"StopContainer\":{\"requestType\":\"StopContainerRequest\",\"responseType\":\"StopContainerResponse\"},\"RemoveContainer\":{\"requestType\":\"RemoveContainerRequest\",\"responseType\":\"RemoveContainerResponse\"},\"ListContainers\":{\"requestType\":\"ListContainersRequest\",\"responseType\":\"ListContainersResponse\"},\"StreamContainers\":{\"requestType\":\"StreamContainersRequest\",\"responseType\":\"StreamContainersResponse\",\"responseStream\":true},\"ContainerStatus\":{\"requestType\":\"ContainerStatusRequest\",\"responseType\":\"ContainerStatusResponse\"},\"UpdateContainerResources\":{\"requestType\":\"UpdateContainerResourcesRequest\",\"responseType\":\"UpdateContainerResourcesResponse\"},\"ReopenContainerLog\":{\"requestType\":\"ReopenContainerLogRequest\",\"responseType\":\"ReopenContainerLogResponse\"},\"ExecSync\":{\"requestType\":\"ExecSyncRequest\",\"responseType\":\"ExecSyncResponse\"},\"Exec\":{\"requestType\":\"ExecRequest\",\"responseType\":\"ExecResponse\"},\"Attach\":{\"requestType\":\"AttachRequest\",\"responseType\":\"AttachResponse\"},\"PortForward\":{\"requestType\":\"PortForwardRequest\",\"responseType\":\"PortForwardResponse\"},\"ContainerStats\":{\"requestType\":\"ContainerStatsRequest\",\"responseType\":\"ContainerStatsResponse\"},\"ListContainerStats\":{\"requestType\":\"ListContainerStatsRequest\",\"responseType\":\"ListContainerStatsResponse\"},\"StreamContainerStats\":{\"requestType\":\"StreamContainerStatsRequest\",\"responseType\":\"StreamContainerStatsResponse\",\"responseStream\":true},\"PodSandboxStats\":{\"requestType\":\"PodSandboxStatsRequest\",\"responseType\":\"PodSandboxStatsResponse\"},\"ListPodSandboxStats\":{\"requestType\":\"ListPodSandboxStatsRequest\",\"responseType\":\"ListPodSandboxStatsResponse\"},\"StreamPodSandboxStats\":{\"requestType\":\"StreamPodSandboxStatsRequest\",\"responseType\":\"StreamPodSandboxStatsResponse\",\"responseStream\":true},\"UpdateRuntimeConfig\":{\"requestType\":\"UpdateRuntimeConfigRequest\",\"responseType\":\"UpdateRuntimeConfigResponse\"},\"Status\":{\"requestType\":\"StatusRequest\",\"responseType\":\"StatusResponse\"},\"CheckpointContainer\":{\"requestType\":\"CheckpointContainerRequest\",\"responseType\":\"CheckpointContainerResponse\"},\"CheckpointPod\":{\"requestType\":\"CheckpointPodRequest\",\"responseType\":\"CheckpointPodResponse\"},\"RestorePod\":{\"requestType\":\"RestorePodRequest\",\"responseType\":\"RestorePodResponse\"},\"GetContainerEvents\":{\"requestType\":\"GetEventsRequest\",\"responseType\":\"ContainerEventResponse\",\"responseStream\":true},\"ListMetricDescriptors\":{\"requestType\":\"ListMetricDescriptorsRequest\",\"responseType\":\"ListMetricDescriptorsResponse\"},\"ListPodSandboxMetrics\":{\"requestType\":\"ListPodSandboxMetricsRequest\",\"responseType\":\"ListPodSandboxMetricsResponse\"},\"StreamPodSandboxMetrics\":{\"requestType\":\"StreamPodSandboxMetricsRequest\",\"responseType\":\"StreamPodSandboxMetricsResponse\",\"responseStream\":true},\"RuntimeConfig\":{\"requestType\":\"RuntimeConfigRequest\",\"responseType\":\"RuntimeConfigResponse\"},\"UpdatePodSandboxResources\":{\"requestType\":\"UpdatePodSandboxResourcesRequest\",\"responseType\":\"UpdatePodSandboxResourcesResponse\"}}},\"ImageService\":{\"methods\":{\"ListImages\":{\"requestType\":\"ListImagesRequest\",\"responseType\":\"ListImagesResponse\"},\"StreamImages\":{\"requestType\":\"StreamImagesRequest\",\"responseType\":\"StreamImagesResponse\",\"responseStream\":true},\"ImageStatus\":{\"requestType\":\"ImageStatusRequest\",\"responseType\":\"ImageStatusResponse\"},\"PullImage\":{\"requestType\":\"PullImageRequest\",\"responseType\":\"PullImageResponse\"},\"RemoveImage\":{\"requestType\":\"RemoveImageRequest\",\"responseType\":\"RemoveImageResponse\"},\"ImageFsInfo\":{\"requestType\":\"ImageFsInfoRequest\",\"responseType\":\"ImageFsInfoResponse\"}}},\"Protocol\":{\"values\":{\"TCP\":0,\"UDP\":1,\"SCTP\":2}},\"MountPropagation\":{\"values\":{\"PROPAGATION_PRIVATE\":0,\"PROPAGATION_HOST_TO_CONTAINER\":1,\"PROPAGATION_BIDIRECTIONAL\":2}},\"NamespaceMode\":{\"values\":{\"POD\":0,\"CONTAINER\":1,\"NODE\":2,\"TARGET\":3}},\"SupplementalGroupsPolicy\":{\"values\":{\"Merge\":0,\"Strict\":1}},\"PodSandboxState\":{\"values\":{\"SANDBOX_READY\":0,\"SANDBOX_NOTREADY\":1}},\"Signal\":{\"values\":{\"SIGNAL_RUNTIME_DEFAULT\":0,\"SIGNAL_SIGABRT\":1,\"SIGNAL_SIGALRM\":2,\"SIGNAL_SIGBUS\":3,\"SIGNAL_SIGCHLD\":4,\"SIGNAL_SIGCLD\":5,\"SIGNAL_SIGCONT\":6,\"SIGNAL_SIGFPE\":7,\"SIGNAL_SIGHUP\":8,\"SIGNAL_SIGILL\":9,\"SIGNAL_SIGINT\":10,\"SIGNAL_SIGIO\":11,\"SIGNAL_SIGIOT\":12,\"SIGNAL_SIGKILL\":13,\"SIGNAL_SIGPIPE\":14,\"SIGNAL_SIGPOLL\":15,\"SIGNAL_SIGPROF\":16,\"SIGNAL_SIGPWR\":17,\"SIGNAL_SIGQUIT\":18,\"SIGNAL_SIGSEGV\":19,\"SIGNAL_SIGSTKFLT\":20,\"SIGNAL_SIGSTOP\":21,\"SIGNAL_SIGSYS\":22,\"SIGNAL_SIGTERM\":23,\"SIGNAL_SIGTRAP\":24,\"SIGNAL_SIGTSTP\":25,\"SIGNAL_SIGTTIN\":26,\"SIGNAL_SIGTTOU\":27,\"SIGNAL_SIGURG\":28,\"SIGNAL_SIGUSR1\":29,\"SIGNAL_SIGUSR2\":30,\"SIGNAL_SIGVTALRM\":31,\"SIGNAL_SIGWINCH\":32,\"SIGNAL_SIGXCPU\":33,\"SIGNAL_SIGXFSZ\":34,\"SIGNAL_SIGRTMIN\":35,\"SIGNAL_SIGRTMINPLUS1\":36,\"SIGNAL_SIGRTMINPLUS2\":37,\"SIGNAL_SIGRTMINPLUS3\":38,\"SIGNAL_SIGRTMINPLUS4\":39,\"SIGNAL_SIGRTMINPLUS5\":40,\"SIGNAL_SIGRTMINPLUS6\":41,\"SIGNAL_SIGRTMINPLUS7\":42,\"SIGNAL_SIGRTMINPLUS8\":43,\"SIGNAL_SIGRTMINPLUS9\":44,\"SIGNAL_SIGRTMINPLUS10\":45,\"SIGNAL_SIGRTMINPLUS11\":46,\"SIGNAL_SIGRTMINPLUS12\":47,\"SIGNAL_SIGRTMINPLUS13\":48,\"SIGNAL_SIGRTMINPLUS14\":49,\"SIGNAL_SIGRTMINPLUS15\":50,\"SIGNAL_SIGRTMAXMINUS14\":51,\"SIGNAL_SIGRTMAXMINUS13\":52,\"SIGNAL_SIGRTMAXMINUS12\":53,\"SIGNAL_SIGRTMAXMINUS11\":54,\"SIGNAL_SIGRTMAXMINUS10\":55,\"SIGNAL_SIGRTMAXMINUS9\":56,\"SIGNAL_SIGRTMAXMINUS8\":57,\"SIGNAL_SIGRTMAXMINUS7\":58,\"SIGNAL_SIGRTMAXMINUS6\":59,\"SIGNAL_SIGRTMAXMINUS5\":60,\"SIGNAL_SIGRTMAXMINUS4\":61,\"SIGNAL_SIGRTMAXMINUS3\":62,\"SIGNAL_SIGRTMAXMINUS2\":63,\"SIGNAL_SIGRTMAXMINUS1\":64,\"SIGNAL_SIGRTMAX\":65}},\"ContainerState\":{\"values\":{\"CONTAINER_CREATED\":0,\"CONTAINER_RUNNING\":1,\"CONTAINER_EXITED\":2,\"CONTAINER_UNKNOWN\":3}},\"ContainerEventType\":{\"values\":{\"CONTAINER_CREATED_EVENT\":0,\"CONTAINER_STARTED_EVENT\":1,\"CONTAINER_STOPPED_EVENT\":2,\"CONTAINER_DELETED_EVENT\":3}},\"MetricType\":{\"values\":{\"COUNTER\":0,\"GAUGE\":1}},\"CgroupDriver\":{\"values\":{\"SYSTEMD\":0,\"CGROUPFS\":1}},\"VersionRequest\":{\"fields\":{\"version\":{\"type\":\"string\",\"id\":1}}},\"VersionResponse\":{\"fields\":{\"version\":{\"type\":\"string\",\"id\":1},\"runtimeName\":{\"type\":\"string\",\"id\":2,\"protoName\":\"runtime_name\"},\"runtimeVersion\":{\"type\":\"string\",\"id\":3,\"protoName\":\"runtime_version\"},\"runtimeApiVersion\":{\"type\":\"string\",\"id\":4,\"protoName\":\"runtime_api_version\"}}},\"DNSConfig\":{\"fields\":{\"servers\":{\"rule\":\"repeated\",\"type\":\"string\",\"id\":1},\"searches\":{\"rule\":\"repeated\",\"type\":\"string\",\"id\":2},\"options\":{\"rule\":\"repeated\",\"type\":\"string\",\"id\":3}}},\"PortMapping\":{\"fields\":{\"protocol\":{\"type\":\"Protocol\",\"id\":1},\"containerPort\":{\"type\":\"int32\",\"id\":2,\"protoName\":\"container_port\"},\"hostPort\":{\"type\":\"int32\",\"id\":3,\"protoName\":\"host_port\"},\"hostIp\":{\"type\":\"string\",\"id\":4,\"protoName\":\"host_ip\"}}},\"Mount\":{\"fields\":{\"containerPath\":{\"type\":\"string\",\"id\":1,\"protoName\":\"container_path\"},\"hostPath\":{\"type\":\"string\",\"id\":2,\"protoName\":\"host_path\"},\"readonly\":{\"type\":\"bool\",\"id\":3},\"selinuxRelabel\":{\"type\":\"bool\",\"id\":4,\"protoName\":\"selinux_relabel\"},\"propagation\":{\"type\":\"MountPropagation\",\"id\":5},\"uidMappings\":{\"rule\":\"repeated\",\"type\":\"IDMapping\",\"id\":6},\"gidMappings\":{\"rule\":\"repeated\",\"type\":\"IDMapping\",\"id\":7},\"recursiveReadOnly\":{\"type\":\"bool\",\"id\":8,\"protoName\":\"recursive_read_only\"},\"image\":{\"type\":\"ImageSpec\",\"id\":9},\"imageSubPath\":{\"type\":\"string\",\"id\":10,\"protoName\":\"image_sub_path\"},\"mountOptions\":{\"rule\":\"repeated\",\"type\":\"string\",\"id\":11,\"protoName\":\"mount_options\"}}},\"IDMapping\":{\"fields\":{\"hostId\":{\"type\":\"uint32\",\"id\":1,\"protoName\":\"host_id\"},\"containerId\":{\"type\":\"uint32\",\"id\":2,\"protoName\":\"container_id\"},\"length\":{\"type\":\"uint32\",\"id\":3}}},\"UserNamespace\":{\"fields\":{\"mode\":{\"type\":\"NamespaceMode\",\"id\":1},\"uids\":{\"rule\":\"repeated\",\"type\":\"IDMapping\",\"id\":2},\"gids\":{\"rule\":\"repeated\",\"type\":\"IDMapping\",\"id\":3}}},\"NamespaceOption\":{\"fields\":{\"network\":{\"type\":\"NamespaceMode\",\"id\":1},\"pid\":{\"type\":\"NamespaceMode\",\"id\":2},\"ipc\":{\"type\":\"NamespaceMode\",\"id\":3},\"targetId\":{\"type\":\"string\",\"id\":4,\"protoName\":\"target_id\"},\"usernsOptions\":{\"type\":\"UserNamespace\",\"id\":5,\"protoName\":\"userns_options\"}}},\"Int64Value\":{\"fields\":{\"value\":{\"type\":\"int64\",\"id\":1}}},\"LinuxSandboxSecurityContext\":{\"fields\":{\"namespaceOptions\":{\"type\":\"NamespaceOption\",\"id\":1,\"protoName\":\"namespace_options\"},\"selinuxOptions\":{\"type\":\"SELinuxOption\",\"id\":2,\"protoName\":\"selinux_options\"},\"runAsUser\":{\"type\":\"Int64Value\",\"id\":3,\"protoName\":\"run_as_user\"},\"runAsGroup\":{\"type\":\"Int64Value\",\"id\":8,\"protoName\":\"run_as_group\"},\"readonlyRootfs\":{\"type\":\"bool\",\"id\":4,\"protoName\":\"readonly_rootfs\"},\"supplementalGroups\":{\"rule\":\"repeated\",\"type\":\"int64\",\"id\":5,\"protoName\":\"supplemental_groups\"},\"supplementalGroupsPolicy\":{\"type\":\"SupplementalGroupsPolicy\",\"id\":11,\"protoName\":\"supplemental_groups_policy\"},\"privileged\":{\"type\":\"bool\",\"id\":6},\"seccomp\":{\"type\":\"SecurityProfile\",\"id\":9},\"apparmor\":{\"type\":\"SecurityProfile\",\"id\":10},\"seccompProfilePath\":{\"type\":\"string\",\"id\":7,\"protoName\":\"seccomp_profile_path\"}}},\"SecurityProfile\":{\"fields\":{\"profileType\":{\"type\":\"SecurityProfile.ProfileType\",\"id\":1,\"protoName\":\"profile_type\"},\"localhostRef\":{\"type\":\"string\",\"id\":2,\"protoName\":\"localhost_ref\"}},\"nested\":{\"ProfileType\":{\"values\":{\"RuntimeDefault\":0,\"Unconfined\":1,\"Localhost\":2}}}},\"LinuxPodSandboxConfig\":{\"fields\":{\"cgroupParent\":{\"type\":\"string\",\"id\":1,\"protoName\":\"cgroup_parent\"},\"securityContext\":{\"type\":\"LinuxSandboxSecurityContext\",\"id\":2,\"protoName\":\"security_context\"},\"sysctls\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":3},\"overhead\":{\"type\":\"LinuxContainerResources\",\"id\":4},\"resources\":{\"type\":\"LinuxContainerResources\",\"id\":5}}},\"PodSandboxMetadata\":{\"fields\":{\"name\":{\"type\":\"string\",\"id\":1},\"uid\":{\"type\":\"string\",\"id\":2},\"namespace\":{\"type\":\"string\",\"id\":3},\"attempt\":{\"type\":\"uint32\",\"id\":4}}},\"PodSandboxConfig\":{\"fields\":{\"metadata\":{\"type\":\"PodSandboxMetadata\",\"id\":1},\"hostname\":{\"type\":\"string\",\"id\":2},\"logDirectory\":{\"type\":\"string\",\"id\":3,\"protoName\":\"log_directory\"},\"dnsConfig\":{\"type\":\"DNSConfig\",\"id\":4,\"protoName\":\"dns_config\"},\"portMappings\":{\"rule\":\"repeated\",\"type\":\"PortMapping\",\"id\":5,\"protoName\":\"port_mappings\"},\"labels\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":6},\"annotations\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":7},\"linux\":{\"type\":\"LinuxPodSandboxConfig\",\"id\":8},\"windows\":{\"type\":\"WindowsPodSandboxConfig\",\"id\":9}}},\"RunPodSandboxRequest\":{\"fields\":{\"config\":{\"type\":\"PodSandboxConfig\",\"id\":1},\"runtimeHandler\":{\"type\":\"string\",\"id\":2,\"protoName\":\"runtime_handler\"}}},\"RunPodSandboxResponse\":{\"fields\":{\"podSandboxId\":{\"type\":\"string\",\"id\":1,\"protoName\":\"pod_sandbox_id\"}}},\"StopPodSandboxRequest\":{\"fields\":{\"podSandboxId\":{\"type\":\"string\",\"id\":1,\"protoName\":\"pod_sandbox_id\"}}},\"StopPodSandboxResponse\":{\"fields\":{}},\"RemovePodSandboxRequest\":{\"fields\":{\"podSandboxId\":{\"type\":\"string\",\"id\":1,\"protoName\":\"pod_sandbox_id\"}}},\"RemovePodSandboxResponse\":{\"fields\":{}},\"PodSandboxStatusRequest\":{\"fields\":{\"podSandboxId\":{\"type\":\"string\",\"id\":1,\"protoName\":\"pod_sandbox_id\"},\"verbose\":{\"type\":\"bool\",\"id\":2}}},\"PodIP\":{\"fields\":{\"ip\":{\"type\":\"string\",\"id\":1}}},\"PodSandboxNetworkStatus\":{\"fields\":{\"ip\":{\"type\":\"string\",\"id\":1},\"additionalIps\":{\"rule\":\"repeated\",\"type\":\"PodIP\",\"id\":2,\"protoName\":\"additional_ips\"}}},\"Namespace\":{\"fields\":{\"options\":{\"type\":\"NamespaceOption\",\"id\":2}}},\"LinuxPodSandboxStatus\":{\"fields\":{\"namespaces\":{\"type\":\"Namespace\",\"id\":1}}},\"PodSandboxStatus\":{\"fields\":{\"id\":{\"type\":\"string\",\"id\":1},\"metadata\":{\"type\":\"PodSandboxMetadata\",\"id\":2},\"state\":{\"type\":\"PodSandboxState\",\"id\":3},\"createdAt\":{\"type\":\"int64\",\"id\":4,\"protoName\":\"created_at\"},\"network\":{\"type\":\"PodSandboxNetworkStatus\",\"id\":5},\"linux\":{\"type\":\"LinuxPodSandboxStatus\",\"id\":6},\"labels\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":7},\"annotations\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":8},\"runtimeHandler\":{\"type\":\"string\",\"id\":9,\"protoName\":\"runtime_handler\"}}},\"PodSandboxStatusResponse\":{\"fields\":{\"status\":{\"type\":\"PodSandboxStatus\",\"id\":1},\"info\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":2},\"containersStatuses\":{\"rule\":\"repeated\",\"type\":\"ContainerStatus\",\"id\":3,\"protoName\":\"containers_statuses\"},\"timestamp\":{\"type\":\"int64\",\"id\":4}}},\"PodSandboxStateValue\":{\"fields\":{\"state\":{\"type\":\"PodSandboxState\",\"id\":1}}},\"PodSandboxFilter\":{\"fields\":{\"id\":{\"type\":\"string\",\"id\":1},\"state\":{\"type\":\"PodSandboxStateValue\",\"id\":2},\"labelSelector\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":3,\"protoName\":\"label_selector\"}}},\"ListPodSandboxRequest\":{\"fields\":{\"filter\":{\"type\":\"PodSandboxFilter\",\"id\":1}}},\"PodSandbox\":{\"fields\":{\"id\":{\"type\":\"string\",\"id\":1},\"metadata\":{\"type\":\"PodSandboxMetadata\",\"id\":2},\"state\":{\"type\":\"PodSandboxState\",\"id\":3},\"createdAt\":{\"type\":\"int64\",\"id\":4,\"protoName\":\"created_at\"},\"labels\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":5},\"annotations\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":6},\"runtimeHandler\":{\"type\":\"string\",\"id\":7,\"protoName\":\"runtime_handler\"}}},\"ListPodSandboxResponse\":{\"fields\":{\"items\":{\"rule\":\"repeated\",\"type\":\"PodSandbox\",\"id\":1}}},\"StreamPodSandboxesRequest\":{\"fields\":{\"filter\":{\"type\":\"PodSandboxFilter\",\"id\":1}}},\"StreamPodSandboxesResponse\":{\"fields\":{\"podSandboxes\":{\"rule\":\"repeated\",\"type\":\"PodSandbox\",\"id\":1,\"protoName\":\"pod_sandboxes\"}}},\"PodSandboxStatsRequest\":{\"fields\":{\"podSandboxId\":{\"type\":\"string\",\"id\":1,\"protoName\":\"pod_sandbox_id\"}}},\"PodSandboxStatsResponse\":{\"fields\":{\"stats\":{\"type\":\"PodSandboxStats\",\"id\":1}}},\"PodSandboxStatsFilter\":{\"fields\":{\"id\":{\"type\":\"string\",\"id\":1},\"labelSelector\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":2,\"protoName\":\"label_selector\"}}},\"ListPodSandboxStatsRequest\":{\"fields\":{\"filter\":{\"type\":\"PodSandboxStatsFilter\",\"id\":1}}},\"ListPodSandboxStatsResponse\":{\"fields\":{\"stats\":{\"rule\":\"repeated\",\"type\":\"PodSandboxStats\",\"id\":1}}},\"StreamPodSandboxStatsRequest\":{\"fields\":{\"filter\":{\"type\":\"PodSandboxStatsFilter\",\"id\":1}}},\"StreamPodSandboxStatsResponse\":{\"fields\":{\"podSandboxStats\":{\"rule\":\"repeated\",\"type\":\"PodSandboxStats\",\"id\":1,\"protoName\":\"pod_sandbox_stats\"}}},\"PodSandboxAttributes\":{\"fields\":{\"id\":{\"type\":\"string\",\"id\":1},\"metadata\":{\"type\":\"PodSandboxMetadata\",\"id\":2},\"labels\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":3},\"annotations\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":4}}},\"PodSandboxStats\":{\"fields\":{\"attributes\":{\"type\":\"PodSandboxAttributes\",\"id\":1},\"linux\":{\"type\":\"LinuxPodSandboxStats\",\"id\":2},\"windows\":{\"type\":\"WindowsPodSandboxStats\",\"id\":3}}},\"LinuxPodSandboxStats\":{\"fields\":{\"cpu\":{\"type\":\"CpuUsage\",\"id\":1},\"memory\":{\"type\":\"MemoryUsage\",\"id\":2},\"network\":{\"type\":\"NetworkUsage\",\"id\":3},\"process\":{\"type\":\"ProcessUsage\",\"id\":4},\"containers\":{\"rule\":\"repeated\",\"type\":\"ContainerStats\",\"id\":5},\"io\":{\"type\":\"IoUsage\",\"id\":6}}},\"WindowsPodSandboxStats\":{\"fields\":{\"cpu\":{\"type\":\"WindowsCpuUsage\",\"id\":1},\"memory\":{\"type\":\"WindowsMemoryUsage\",\"id\":2},\"network\":{\"type\":\"WindowsNetworkUsage\",\"id\":3},\"process\":{\"type\":\"WindowsProcessUsage\",\"id\":4},\"containers\":{\"rule\":\"repeated\",\"type\":\"WindowsContainerStats\",\"id\":5}}},\"NetworkUsage\":{\"fields\":{\"timestamp\":{\"type\":\"int64\",\"id\":1},\"defaultInterface\":{\"type\":\"NetworkInterfaceUsage\",\"id\":2,\"protoName\":\"default_interface\"},\"interfaces\":{\"rule\":\"repeated\",\"type\":\"NetworkInterfaceUsage\",\"id\":3}}},\"WindowsNetworkUsage\":{\"fields\":{\"timestamp\":{\"type\":\"int64\",\"id\":1},\"defaultInterface\":{\"type\":\"WindowsNetworkInterfaceUsage\",\"id\":2,\"protoName\":\"default_interface\"},\"interfaces\":{\"rule\":\"repeated\",\"type\":\"WindowsNetworkInterfaceUsage\",\"id\":3}}},\"NetworkInterfaceUsage\":{\"fields\":{\"name\":{\"type\":\"string\",\"id\":1},\"rxBytes\":{\"type\":\"UInt64Value\",\"id\":2,\"protoName\":\"rx_bytes\"},\"rxErrors\":{\"type\":\"UInt64Value\",\"id\":3,\"protoName\":\"rx_errors\"},\"txBytes\":{\"type\":\"UInt64Value\",\"id\":4,\"protoName\":\"tx_bytes\"},\"txErrors\":{\"type\":\"UInt64Value\",\"id\":5,\"protoName\":\"tx_errors\"}}},\"WindowsNetworkInterfaceUsage\":{\"fields\":{\"name\":{\"type\":\"string\",\"id\":1},\"rxBytes\":{\"type\":\"UInt64Value\",\"id\":2,\"protoName\":\"rx_bytes\"},\"rxPacketsDropped\":{\"type\":\"UInt64Value\",\"id\":3,\"protoName\":\"rx_packets_dropped\"},\"txBytes\":{\"type\":\"UInt64Value\",\"id\":4,\"protoName\":\"tx_bytes\"},\"txPacketsDropped\":{\"type\":\"UInt64Value\",\"id\":5,\"protoName\":\"tx_packets_dropped\"}}},\"ProcessUsage\":{\"fields\":{\"timestamp\":{\"type\":\"int64\",\"id\":1},\"processCount\":{\"type\":\"UInt64Value\",\"id\":2,\"protoName\":\"process_count\"}}},\"WindowsProcessUsage\":{\"fields\":{\"timestamp\":{\"type\":\"int64\",\"id\":1},\"processCount\":{\"type\":\"UInt64Value\",\"id\":2,\"protoName\":\"process_count\"}}},\"ImageSpec\":{\"fields\":{\"image\":{\"type\":\"string\",\"id\":1},\"annotations\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":2},\"userSpecifiedImage\":{\"type\":\"string\",\"id\":18,\"protoName\":\"user_specified_image\"},\"runtimeHandler\":{\"type\":\"string\",\"id\":19,\"protoName\":\"runtime_handler\"},\"imageRef\":{\"type\":\"string\",\"id\":20,\"protoName\":\"image_ref\"}}},\"KeyValue\":{\"fields\":{\"key\":{\"type\":\"string\",\"id\":1},\"value\":{\"type\":\"bytes\",\"id\":2}}},\"LinuxContainerResources\":{\"fields\":{\"cpuPeriod\":{\"type\":\"int64\",\"id\":1,\"protoName\":\"cpu_period\"},\"cpuQuota\":{\"type\":\"int64\",\"id\":2,\"protoName\":\"cpu_quota\"},\"cpuShares\":{\"type\":\"int64\",\"id\":3,\"protoName\":\"cpu_shares\"},\"memoryLimitInBytes\":{\"type\":\"int64\",\"id\":4,\"protoName\":\"memory_limit_in_bytes\"},\"oomScoreAdj\":{\"type\":\"int64\",\"id\":5,\"protoName\":\"oom_score_adj\"},\"cpusetCpus\":{\"type\":\"string\",\"id\":6,\"protoName\":\"cpuset_cpus\"},\"cpusetMems\":{\"type\":\"string\",\"id\":7,\"protoName\":\"cpuset_mems\"},\"hugepageLimits\":{\"rule\":\"repeated\",\"type\":\"HugepageLimit\",\"id\":8,\"protoName\":\"hugepage_limits\"},\"unified\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":9},\"memorySwapLimitInBytes\":{\"type\":\"int64\",\"id\":10,\"protoName\":\"memory_swap_limit_in_bytes\"}}},\"HugepageLimit\":{\"fields\":{\"pageSize\":{\"type\":\"string\",\"id\":1,\"protoName\":\"page_size\"},\"limit\":{\"type\":\"uint64\",\"id\":2}}},\"SELinuxOption\":{\"fields\":{\"user\":{\"type\":\"string\",\"id\":1},\"role\":{\"type\":\"string\",\"id\":2},\"type\":{\"type\":\"string\",\"id\":3},\"level\":{\"type\":\"string\",\"id\":4}}},\"Capability\":{\"fields\":{\"addCapabilities\":{\"rule\":\"repeated\",\"type\":\"string\",\"id\":1,\"protoName\":\"add_capabilities\"},\"dropCapabilities\":{\"rule\":\"repeated\",\"type\":\"string\",\"id\":2,\"protoName\":\"drop_capabilities\"},\"addAmbientCapabilities\":{\"rule\":\"repeated\",\"type\":\"string\",\"id\":3,\"protoName\":\"add_ambient_capabilities\"}}},\"LinuxContainerSecurityContext\":{\"fields\":{\"capabilities\":{\"type\":\"Capability\",\"id\":1},\"privileged\":{\"type\":\"bool\",\"id\":2},\"namespaceOptions\":{\"type\":\"NamespaceOption\",\"id\":3,\"protoName\":\"namespace_options\"},\"selinuxOptions\":{\"type\":\"SELinuxOption\",\"id\":4,\"protoName\":\"selinux_options\"},\"runAsUser\":{\"type\":\"Int64Value\",\"id\":5,\"protoName\":\"run_as_user\"},\"runAsGroup\":{\"type\":\"Int64Value\",\"id\":12,\"protoName\":\"run_as_group\"},\"runAsUsername\":{\"type\":\"string\",\"id\":6,\"protoName\":\"run_as_username\"},\"readonlyRootfs\":{\"type\":\"bool\",\"id\":7,\"protoName\":\"readonly_rootfs\"},\"supplementalGroups\":{\"rule\":\"repeated\",\"type\":\"int64\",\"id\":8,\"protoName\":\"supplemental_groups\"},\"supplementalGroupsPolicy\":{\"type\":\"SupplementalGroupsPolicy\",\"id\":17,\"protoName\":\"supplemental_groups_policy\"},\"noNewPrivs\":{\"type\":\"bool\",\"id\":11,\"protoName\":\"no_new_privs\"},\"maskedPaths\":{\"rule\":\"repeated\",\"type\":\"string\",\"id\":13,\"protoName\":\"masked_paths\"},\"readonlyPaths\":{\"rule\":\"repeated\",\"type\":\"string\",\"id\":14,\"protoName\":\"readonly_paths\"},\"seccomp\":{\"type\":\"SecurityProfile\",\"id\":15},\"apparmor\":{\"type\":\"SecurityProfile\",\"id\":16},\"apparmorProfile\":{\"type\":\"string\",\"id\":9,\"protoName\":\"apparmor_profile\"},\"seccompProfilePath\":{\"type\":\"string\",\"id\":10,\"protoName\":\"seccomp_profile_path\"}}},\"LinuxContainerConfig\":{\"fields\":{\"resources\":{\"type\":\"LinuxContainerResources\",\"id\":1},\"securityContext\":{\"type\":\"LinuxContainerSecurityContext\",\"id\":2,\"protoName\":\"security_context\"}}},\"LinuxContainerUser\":{\"fields\":{\"uid\":{\"type\":\"int64\",\"id\":1},\"gid\":{\"type\":\"int64\",\"id\":2},\"supplementalGroups\":{\"rule\":\"repeated\",\"type\":\"int64\",\"id\":3,\"protoName\":\"supplemental_groups\"}}},\"WindowsNamespaceOption\":{\"fields\":{\"network\":{\"type\":\"NamespaceMode\",\"id\":1}}},\"WindowsSandboxSecurityContext\":{\"fields\":{\"runAsUsername\":{\"type\":\"string\",\"id\":1,\"protoName\":\"run_as_username\"},\"credentialSpec\":{\"type\":\"string\",\"id\":2,\"protoName\":\"credential_spec\"},\"hostProcess\":{\"type\":\"bool\",\"id\":3,\"protoName\":\"host_process\"},\"namespaceOptions\":{\"type\":\"WindowsNamespaceOption\",\"id\":4,\"protoName\":\"namespace_options\"}}},\"WindowsPodSandboxConfig\":{\"fields\":{\"securityContext\":{\"type\":\"WindowsSandboxSecurityContext\",\"id\":1,\"protoName\":\"security_context\"}}},\"WindowsContainerSecurityContext\":{\"fields\":{\"runAsUsername\":{\"type\":\"string\",\"id\":1,\"protoName\":\"run_as_username\"},\"credentialSpec\":{\"type\":\"string\",\"id\":2,\"protoName\":\"credential_spec\"},\"hostProcess\":{\"type\":\"bool\",\"id\":3,\"protoName\":\"host_process\"}}},\"WindowsContainerConfig\":{\"fields\":{\"resources\":{\"type\":\"WindowsContainerResources\",\"id\":1},\"securityContext\":{\"type\":\"WindowsContainerSecurityContext\",\"id\":2,\"protoName\":\"security_context\"}}},\"WindowsContainerResources\":{\"fields\":{\"cpuShares\":{\"type\":\"int64\",\"id\":1,\"protoName\":\"cpu_shares\"},\"cpuCount\":{\"type\":\"int64\",\"id\":2,\"protoName\":\"cpu_count\"},\"cpuMaximum\":{\"type\":\"int64\",\"id\":3,\"protoName\":\"cpu_maximum\"},\"memoryLimitInBytes\":{\"type\":\"int64\",\"id\":4,\"protoName\":\"memory_limit_in_bytes\"},\"rootfsSizeInBytes\":{\"type\":\"int64\",\"id\":5,\"protoName\":\"rootfs_size_in_bytes\"},\"affinityCpus\":{\"rule\":\"repeated\",\"type\":\"WindowsCpuGroupAffinity\",\"id\":6,\"protoName\":\"affinity_cpus\"}}},\"WindowsCpuGroupAffinity\":{\"fields\":{\"cpuMask\":{\"type\":\"uint64\",\"id\":1,\"protoName\":\"cpu_mask\"},\"cpuGroup\":{\"type\":\"uint32\",\"id\":2,\"protoName\":\"cpu_group\"}}},\"ContainerMetadata\":{\"fields\":{\"name\":{\"type\":\"string\",\"id\":1},\"attempt\":{\"type\":\"uint32\",\"id\":2}}},\"Device\":{\"fields\":{\"containerPath\":{\"type\":\"string\",\"id\":1,\"protoName\":\"container_path\"},\"hostPath\":{\"type\":\"string\",\"id\":2,\"protoName\":\"host_path\"},\"permissions\":{\"type\":\"string\",\"id\":3}}},\"CDIDevice\":{\"fields\":{\"name\":{\"type\":\"string\",\"id\":1}}},\"ContainerConfig\":{\"fields\":{\"metadata\":{\"type\":\"ContainerMetadata\",\"id\":1},\"image\":{\"type\":\"ImageSpec\",\"id\":2},\"command\":{\"rule\":\"repeated\",\"type\":\"string\",\"id\":3},\"args\":{\"rule\":\"repeated\",\"type\":\"string\",\"id\":4},\"workingDir\":{\"type\":\"string\",\"id\":5,\"protoName\":\"working_dir\"},\"envs\":{\"rule\":\"repeated\",\"type\":\"KeyValue\",\"id\":6},\"mounts\":{\"rule\":\"repeated\",\"type\":\"Mount\",\"id\":7},\"devices\":{\"rule\":\"repeated\",\"type\":\"Device\",\"id\":8},\"labels\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":9},\"annotations\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":10},\"logPath\":{\"type\":\"string\",\"id\":11,\"protoName\":\"log_path\"},\"stdin\":{\"type\":\"bool\",\"id\":12},\"stdinOnce\":{\"type\":\"bool\",\"id\":13,\"protoName\":\"stdin_once\"},\"tty\":{\"type\":\"bool\",\"id\":14},\"linux\":{\"type\":\"LinuxContainerConfig\",\"id\":15},\"windows\":{\"type\":\"WindowsContainerConfig\",\"id\":16},\"CDIDevices\":{\"rule\":\"repeated\",\"type\":\"CDIDevice\",\"id\":17,\"protoName\":\"CDI_devices\"},\"stopSignal\":{\"type\":\"Signal\",\"id\":18,\"protoName\":\"stop_signal\"}}},\"CreateContainerRequest\":{\"fields\":{\"podSandboxId\":{\"type\":\"string\",\"id\":1,\"protoName\":\"pod_sandbox_id\"},\"config\":{\"type\":\"ContainerConfig\",\"id\":2},\"sandboxConfig\":{\"type\":\"PodSandboxConfig\",\"id\":3,\"protoName\":\"sandbox_config\"}}},\"CreateContainerResponse\":{\"fields\":{\"containerId\":{\"type\":\"string\",\"id\":1,\"protoName\":\"container_id\"}}},\"StartContainerRequest\":{\"fields\":{\"containerId\":{\"type\":\"string\",\"id\":1,\"protoName\":\"container_id\"}}},\"StartContainerResponse\":{\"fields\":{}},\"StopContainerRequest\":{\"fields\":{\"containerId\":{\"type\":\"string\",\"id\":1,\"protoName\":\"container_id\"},\"timeout\":{\"type\":\"int64\",\"id\":2}}},\"StopContainerResponse\":{\"fields\":{}},\"RemoveContainerRequest\":{\"fields\":{\"containerId\":{\"type\":\"string\",\"id\":1,\"protoName\":\"container_id\"}}},\"RemoveContainerResponse\":{\"fields\":{}},\"ContainerStateValue\":{\"fields\":{\"state\":{\"type\":\"ContainerState\",\"id\":1}}},\"ContainerFilter\":{\"fields\":{\"id\":{\"type\":\"string\",\"id\":1},\"state\":{\"type\":\"ContainerStateValue\",\"id\":2},\"podSandboxId\":{\"type\":\"string\",\"id\":3,\"protoName\":\"pod_sandbox_id\"},\"labelSelector\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":4,\"protoName\":\"label_selector\"}}},\"ListContainersRequest\":{\"fields\":{\"filter\":{\"type\":\"ContainerFilter\",\"id\":1}}},\"Container\":{\"fields\":{\"id\":{\"type\":\"string\",\"id\":1},\"podSandboxId\":{\"type\":\"string\",\"id\":2,\"protoName\":\"pod_sandbox_id\"},\"metadata\":{\"type\":\"ContainerMetadata\",\"id\":3},\"image\":{\"type\":\"ImageSpec\",\"id\":4},\"imageRef\":{\"type\":\"string\",\"id\":5,\"protoName\":\"image_ref\"},\"state\":{\"type\":\"ContainerState\",\"id\":6},\"createdAt\":{\"type\":\"int64\",\"id\":7,\"protoName\":\"created_at\"},\"labels\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":8},\"annotations\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":9},\"imageId\":{\"type\":\"string\",\"id\":10,\"protoName\":\"image_id\"}}},\"ListContainersResponse\":{\"fields\":{\"containers\":{\"rule\":\"repeated\",\"type\":\"Container\",\"id\":1}}},\"StreamContainersRequest\":{\"fields\":{\"filter\":{\"type\":\"ContainerFilter\",\"id\":1}}},\"StreamContainersResponse\":{\"fields\":{\"containers\":{\"rule\":\"repeated\",\"type\":\"Container\",\"id\":1}}},\"ContainerStatusRequest\":{\"fields\":{\"containerId\":{\"type\":\"string\",\"id\":1,\"protoName\":\"container_id\"},\"verbose\":{\"type\":\"bool\",\"id\":2}}},\"ContainerStatus\":{\"fields\":{\"id\":{\"type\":\"string\",\"id\":1},\"metadata\":{\"type\":\"ContainerMetadata\",\"id\":2},\"state\":{\"type\":\"ContainerState\",\"id\":3},\"createdAt\":{\"type\":\"int64\",\"id\":4,\"protoName\":\"created_at\"},\"startedAt\":{\"type\":\"int64\",\"id\":5,\"protoName\":\"started_at\"},\"finishedAt\":{\"type\":\"int64\",\"id\":6,\"protoName\":\"finished_at\"},\"exitCode\":{\"type\":\"int32\",\"id\":7,\"protoName\":\"exit_code\"},\"image\":{\"type\":\"ImageSpec\",\"id\":8},\"imageRef\":{\"type\":\"string\",\"id\":9,\"protoName\":\"image_ref\"},\"reason\":{\"type\":\"string\",\"id\":10},\"message\":{\"type\":\"string\",\"id\":11},\"labels\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":12},\"annotations\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":13},\"mounts\":{\"rule\":\"repeated\",\"type\":\"Mount\",\"id\":14},\"logPath\":{\"type\":\"string\",\"id\":15,\"protoName\":\"log_path\"},\"resources\":{\"type\":\"ContainerResources\",\"id\":16},\"imageId\":{\"type\":\"string\",\"id\":17,\"protoName\":\"image_id\"},\"user\":{\"type\":\"ContainerUser\",\"id\":18},\"stopSignal\":{\"type\":\"Signal\",\"id\":19,\"protoName\":\"stop_signal\"}}},\"ContainerStatusResponse\":{\"fields\":{\"status\":{\"type\":\"ContainerStatus\",\"id\":1},\"info\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":2}}},\"ContainerResources\":{\"fields\":{\"linux\":{\"type\":\"LinuxContainerResources\",\"id\":1},\"windows\":{\"type\":\"WindowsContainerResources\",\"id\":2}}},\"ContainerUser\":{\"fields\":{\"linux\":{\"type\":\"LinuxContainerUser\",\"id\":1}}},\"UpdateContainerResourcesRequest\":{\"fields\":{\"containerId\":{\"type\":\"string\",\"id\":1,\"protoName\":\"container_id\"},\"linux\":{\"type\":\"LinuxContainerResources\",\"id\":2},\"windows\":{\"type\":\"WindowsContainerResources\",\"id\":3},\"annotations\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":4}}},\"UpdateContainerResourcesResponse\":{\"fields\":{}},\"ExecSyncRequest\":{\"fields\":{\"containerId\":{\"type\":\"string\",\"id\":1,\"protoName\":\"container_id\"},\"cmd\":{\"rule\":\"repeated\",\"type\":\"string\",\"id\":2},\"timeout\":{\"type\":\"int64\",\"id\":3}}},\"ExecSyncResponse\":{\"fields\":{\"stdout\":{\"type\":\"bytes\",\"id\":1},\"stderr\":{\"type\":\"bytes\",\"id\":2},\"exitCode\":{\"type\":\"int32\",\"id\":3,\"protoName\":\"exit_code\"}}},\"ExecRequest\":{\"fields\":{\"containerId\":{\"type\":\"string\",\"id\":1,\"protoName\":\"container_id\"},\"cmd\":{\"rule\":\"repeated\",\"type\":\"string\",\"id\":2},\"tty\":{\"type\":\"bool\",\"id\":3},\"stdin\":{\"type\":\"bool\",\"id\":4},\"stdout\":{\"type\":\"bool\",\"id\":5},\"stderr\":{\"type\":\"bool\",\"id\":6}}},\"ExecResponse\":{\"fields\":{\"url\":{\"type\":\"string\",\"id\":1}}},\"AttachRequest\":{\"fields\":{\"containerId\":{\"type\":\"string\",\"id\":1,\"protoName\":\"container_id\"},\"stdin\":{\"type\":\"bool\",\"id\":2},\"tty\":{\"type\":\"bool\",\"id\":3},\"stdout\":{\"type\":\"bool\",\"id\":4},\"stderr\":{\"type\":\"bool\",\"id\":5}}},\"AttachResponse\":{\"fields\":{\"url\":{\"type\":\"string\",\"id\":1}}},\"PortForwardRequest\":{\"fields\":{\"podSandboxId\":{\"type\":\"string\",\"id\":1,\"protoName\":\"pod_sandbox_id\"},\"port\":{\"rule\":\"repeated\",\"type\":\"int32\",\"id\":2}}},\"PortForwardResponse\":{\"fields\":{\"url\":{\"type\":\"string\",\"id\":1}}},\"ImageFilter\":{\"fields\":{\"image\":{\"type\":\"ImageSpec\",\"id\":1}}},\"ListImagesRequest\":{\"fields\":{\"filter\":{\"type\":\"ImageFilter\",\"id\":1}}},\"Image\":{\"fields\":{\"id\":{\"type\":\"string\",\"id\":1},\"repoTags\":{\"rule\":\"repeated\",\"type\":\"string\",\"id\":2,\"protoName\":\"repo_tags\"},\"repoDigests\":{\"rule\":\"repeated\",\"type\":\"string\",\"id\":3,\"protoName\":\"repo_digests\"},\"size\":{\"type\":\"uint64\",\"id\":4},\"uid\":{\"type\":\"Int64Value\",\"id\":5},\"username\":{\"type\":\"string\",\"id\":6},\"spec\":{\"type\":\"ImageSpec\",\"id\":7},\"pinned\":{\"type\":\"bool\",\"id\":8}}},\"ListImagesResponse\":{\"fields\":{\"images\":{\"rule\":\"repeated\",\"type\":\"Image\",\"id\":1}}},\"StreamImagesRequest\":{\"fields\":{\"filter\":{\"type\":\"ImageFilter\",\"id\":1}}},\"StreamImagesResponse\":{\"fields\":{\"images\":{\"rule\":\"repeated\",\"type\":\"Image\",\"id\":1}}},\"ImageStatusRequest\":{\"fields\":{\"image\":{\"type\":\"ImageSpec\",\"id\":1},\"verbose\":{\"type\":\"bool\",\"id\":2}}},\"ImageStatusResponse\":{\"fields\":{\"image\":{\"type\":\"Image\",\"id\":1},\"info\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":2}}},\"AuthConfig\":{\"fields\":{\"username\":{\"type\":\"string\",\"id\":1},\"password\":{\"type\":\"string\",\"id\":2},\"auth\":{\"type\":\"string\",\"id\":3},\"serverAddress\":{\"type\":\"string\",\"id\":4,\"protoName\":\"server_address\"},\"identityToken\":{\"type\":\"string\",\"id\":5,\"protoName\":\"identity_token\"},\"registryToken\":{\"type\":\"string\",\"id\":6,\"protoName\":\"registry_token\"}}},\"PullImageRequest\":{\"fields\":{\"image\":{\"type\":\"ImageSpec\",\"id\":1},\"auth\":{\"type\":\"AuthConfig\",\"id\":2},\"sandboxConfig\":{\"type\":\"PodSandboxConfig\",\"id\":3,\"protoName\":\"sandbox_config\"}}},\"PullImageResponse\":{\"fields\":{\"imageRef\":{\"type\":\"string\",\"id\":1,\"protoName\":\"image_ref\"}}},\"RemoveImageRequest\":{\"fields\":{\"image\":{\"type\":\"ImageSpec\",\"id\":1}}},\"RemoveImageResponse\":{\"fields\":{}},\"NetworkConfig\":{\"fields\":{\"podCidr\":{\"type\":\"string\",\"id\":1,\"protoName\":\"pod_cidr\"}}},\"RuntimeConfig\":{\"fields\":{\"networkConfig\":{\"type\":\"NetworkConfig\",\"id\":1,\"protoName\":\"network_config\"}}},\"UpdateRuntimeConfigRequest\":{\"fields\":{\"runtimeConfig\":{\"type\":\"RuntimeConfig\",\"id\":1,\"protoName\":\"runtime_config\"}}},\"UpdateRuntimeConfigResponse\":{\"fields\":{}},\"RuntimeCondition\":{\"fields\":{\"type\":{\"type\":\"string\",\"id\":1},\"status\":{\"type\":\"bool\",\"id\":2},\"reason\":{\"type\":\"string\",\"id\":3},\"message\":{\"type\":\"string\",\"id\":4}}},\"RuntimeStatus\":{\"fields\":{\"conditions\":{\"rule\":\"repeated\",\"type\":\"RuntimeCondition\",\"id\":1}}},\"StatusRequest\":{\"fields\":{\"verbose\":{\"type\":\"bool\",\"id\":1}}},\"RuntimeHandlerFeatures\":{\"fields\":{\"recursiveReadOnlyMounts\":{\"type\":\"bool\",\"id\":1,\"protoName\":\"recursive_read_only_mounts\"},\"userNamespaces\":{\"type\":\"bool\",\"id\":2,\"protoName\":\"user_namespaces\"}}},\"RuntimeHandler\":{\"fields\":{\"name\":{\"type\":\"string\",\"id\":1},\"features\":{\"type\":\"RuntimeHandlerFeatures\",\"id\":2}}},\"RuntimeFeatures\":{\"fields\":{\"supplementalGroupsPolicy\":{\"type\":\"bool\",\"id\":1,\"protoName\":\"supplemental_groups_policy\"},\"userNamespacesHostNetwork\":{\"type\":\"bool\",\"id\":2,\"protoName\":\"user_namespaces_host_network\"},\"mountOptions\":{\"type\":\"bool\",\"id\":3,\"protoName\":\"mount_options\"}}},\"StatusResponse\":{\"fields\":{\"status\":{\"type\":\"RuntimeStatus\",\"id\":1},\"info\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":2},\"runtimeHandlers\":{\"rule\":\"repeated\",\"type\":\"RuntimeHandler\",\"id\":3,\"protoName\":\"runtime_handlers\"},\"features\":{\"type\":\"RuntimeFeatures\",\"id\":4}}},\"ImageFsInfoRequest\":{\"fields\":{}},\"UInt64Value\":{\"fields\":{\"value\":{\"type\":\"uint64\",\"id\":1}}},\"FilesystemIdentifier\":{\"fields\":{\"mountpoint\":{\"type\":\"string\",\"id\":1}}},\"FilesystemUsage\":{\"fields\":{\"timestamp\":{\"type\":\"int64\",\"id\":1},\"fsId\":{\"type\":\"FilesystemIdentifier\",\"id\":2,\"protoName\":\"fs_id\"},\"usedBytes\":{\"type\":\"UInt64Value\",\"id\":3,\"protoName\":\"used_bytes\"},\"inodesUsed\":{\"type\":\"UInt64Value\",\"id\":4,\"protoName\":\"inodes_used\"}}},\"WindowsFilesystemUsage\":{\"fields\":{\"timestamp\":{\"type\":\"int64\",\"id\":1},\"fsId\":{\"type\":\"FilesystemIdentifier\",\"id\":2,\"protoName\":\"fs_id\"},\"usedBytes\":{\"type\":\"UInt64Value\",\"id\":3,\"protoName\":\"used_bytes\"}}},\"ImageFsInfoResponse\":{\"fields\":{\"imageFilesystems\":{\"rule\":\"repeated\",\"type\":\"FilesystemUsage\",\"id\":1,\"protoName\":\"image_filesystems\"},\"containerFilesystems\":{\"rule\":\"repeated\",\"type\":\"FilesystemUsage\",\"id\":2,\"protoName\":\"container_filesystems\"}}},\"ContainerStatsRequest\":{\"fields\":{\"containerId\":{\"type\":\"string\",\"id\":1,\"protoName\":\"container_id\"}}},\"ContainerStatsResponse\":{\"fields\":{\"stats\":{\"type\":\"ContainerStats\",\"id\":1}}},\"ListContainerStatsRequest\":{\"fields\":{\"filter\":{\"type\":\"ContainerStatsFilter\",\"id\":1}}},\"ContainerStatsFilter\":{\"fields\":{\"id\":{\"type\":\"string\",\"id\":1},\"podSandboxId\":{\"type\":\"string\",\"id\":2,\"protoName\":\"pod_sandbox_id\"},\"labelSelector\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":3,\"protoName\":\"label_selector\"}}},\"ListContainerStatsResponse\":{\"fields\":{\"stats\":{\"rule\":\"repeated\",\"type\":\"ContainerStats\",\"id\":1}}},\"StreamContainerStatsRequest\":{\"fields\":{\"filter\":{\"type\":\"ContainerStatsFilter\",\"id\":1}}},\"StreamContainerStatsResponse\":{\"fields\":{\"containerStats\":{\"rule\":\"repeated\",\"type\":\"ContainerStats\",\"id\":1,\"protoName\":\"container_stats\"}}},\"ContainerAttributes\":{\"fields\":{\"id\":{\"type\":\"string\",\"id\":1},\"metadata\":{\"type\":\"ContainerMetadata\",\"id\":2},\"labels\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":3},\"annotations\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":4}}},\"ContainerStats\":{\"fields\":{\"attributes\":{\"type\":\"ContainerAttributes\",\"id\":1},\"cpu\":{\"type\":\"CpuUsage\",\"id\":2},\"memory\":{\"type\":\"MemoryUsage\",\"id\":3},\"writableLayer\":{\"type\":\"FilesystemUsage\",\"id\":4,\"protoName\":\"writable_layer\"},\"swap\":{\"type\":\"SwapUsage\",\"id\":5},\"io\":{\"type\":\"IoUsage\",\"id\":6}}},\"WindowsContainerStats\":{\"fields\":{\"attributes\":{\"type\":\"ContainerAttributes\",\"id\":1},\"cpu\":{\"type\":\"WindowsCpuUsage\",\"id\":2},\"memory\":{\"type\":\"WindowsMemoryUsage\",\"id\":3},\"writableLayer\":{\"type\":\"WindowsFilesystemUsage\",\"id\":4,\"protoName\":\"writable_layer\"}}},\"PsiStats\":{\"fields\":{\"Full\":{\"type\":\"PsiData\",\"id\":1},\"Some\":{\"type\":\"PsiData\",\"id\":2}}},\"PsiData\":{\"fields\":{\"Total\":{\"type\":\"uint64\",\"id\":1},\"Avg10\":{\"type\":\"double\",\"id\":2},\"Avg60\":{\"type\":\"double\",\"id\":3},\"Avg300\":{\"type\":\"double\",\"id\":4}}},\"CpuUsage\":{\"fields\":{\"timestamp\":{\"type\":\"int64\",\"id\":1},\"usageCoreNanoSeconds\":{\"type\":\"UInt64Value\",\"id\":2,\"protoName\":\"usage_core_nano_seconds\"},\"usageNanoCores\":{\"type\":\"UInt64Value\",\"id\":3,\"protoName\":\"usage_nano_cores\"},\"psi\":{\"type\":\"PsiStats\",\"id\":4}}},\"WindowsCpuUsage\":{\"fields\":{\"timestamp\":{\"type\":\"int64\",\"id\":1},\"usageCoreNanoSeconds\":{\"type\":\"UInt64Value\",\"id\":2,\"protoName\":\"usage_core_nano_seconds\"},\"usageNanoCores\":{\"type\":\"UInt64Value\",\"id\":3,\"protoName\":\"usage_nano_cores\"}}},\"MemoryUsage\":{\"fields\":{\"timestamp\":{\"type\":\"int64\",\"id\":1},\"workingSetBytes\":{\"type\":\"UInt64Value\",\"id\":2,\"protoName\":\"working_set_bytes\"},\"availableBytes\":{\"type\":\"UInt64Value\",\"id\":3,\"protoName\":\"available_bytes\"},\"usageBytes\":{\"type\":\"UInt64Value\",\"id\":4,\"protoName\":\"usage_bytes\"},\"rssBytes\":{\"type\":\"UInt64Value\",\"id\":5,\"protoName\":\"rss_bytes\"},\"pageFaults\":{\"type\":\"UInt64Value\",\"id\":6,\"protoName\":\"page_faults\"},\"majorPageFaults\":{\"type\":\"UInt64Value\",\"id\":7,\"protoName\":\"major_page_faults\"},\"psi\":{\"type\":\"PsiStats\",\"id\":8}}},\"IoUsage\":{\"fields\":{\"timestamp\":{\"type\":\"int64\",\"id\":1},\"psi\":{\"type\":\"PsiStats\",\"id\":2}}},\"SwapUsage\":{\"fields\":{\"timestamp\":{\"type\":\"int64\",\"id\":1},\"swapAvailableBytes\":{\"type\":\"UInt64Value\",\"id\":2,\"protoName\":\"swap_available_bytes\"},\"swapUsageBytes\":{\"type\":\"UInt64Value\",\"id\":3,\"protoName\":\"swap_usage_bytes\"}}},\"WindowsMemoryUsage\":{\"fields\":{\"timestamp\":{\"type\":\"int64\",\"id\":1},\"workingSetBytes\":{\"type\":\"UInt64Value\",\"id\":2,\"protoName\":\"working_set_bytes\"},\"availableBytes\":{\"type\":\"UInt64Value\",\"id\":3,\"protoName\":\"available_bytes\"},\"pageFaults\":{\"type\":\"UInt64Value\",\"id\":4,\"protoName\":\"page_faults\"},\"commitMemoryBytes\":{\"type\":\"UInt64Value\",\"id\":5,\"protoName\":\"commit_memory_bytes\"}}},\"ReopenContainerLogRequest\":{\"fields\":{\"containerId\":{\"type\":\"string\",\"id\":1,\"protoName\":\"container_id\"}}},\"ReopenContainerLogResponse\":{\"fields\":{}},\"CheckpointContainerRequest\":{\"fields\":{\"containerId\":{\"type\":\"string\",\"id\":1,\"protoName\":\"container_id\"},\"location\":{\"type\":\"string\",\"id\":2},\"timeout\":{\"type\":\"int64\",\"id\":3}}},\"CheckpointContainerResponse\":{\"fields\":{}},\"CheckpointPodRequest\":{\"fields\":{\"podSandboxId\":{\"type\":\"string\",\"id\":1,\"protoName\":\"pod_sandbox_id\"},\"outputPath\":{\"type\":\"string\",\"id\":2,\"protoName\":\"output_path\"},\"containerIds\":{\"rule\":\"repeated\",\"type\":\"string\",\"id\":3,\"protoName\":\"container_ids\"},\"options\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":4}}},\"CheckpointPodResponse\":{\"fields\":{}},\"RestorePodRequest\":{\"fields\":{\"checkpointPath\":{\"type\":\"string\",\"id\":1,\"protoName\":\"checkpoint_path\"},\"config\":{\"type\":\"PodSandboxConfig\",\"id\":2},\"runtimeHandler\":{\"type\":\"string\",\"id\":3,\"protoName\":\"runtime_handler\"},\"options\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":4},\"containerConfigs\":{\"rule\":\"repeated\",\"type\":\"ContainerConfig\",\"id\":5,\"protoName\":\"container_configs\"}}},\"RestoredContainer\":{\"fields\":{\"name\":{\"type\":\"string\",\"id\":1},\"containerId\":{\"type\":\"string\",\"id\":2,\"protoName\":\"container_id\"}}},\"RestorePodResponse\":{\"fields\":{\"podSandboxId\":{\"type\":\"string\",\"id\":1,\"protoName\":\"pod_sandbox_id\"},\"restoredContainers\":{\"rule\":\"repeated\",\"type\":\"RestoredContainer\",\"id\":2,\"protoName\":\"restored_containers\"}}},\"GetEventsRequest\":{\"fields\":{}},\"ContainerEventResponse\":{\"fields\":{\"containerId\":{\"type\":\"string\",\"id\":1,\"protoName\":\"container_id\"},\"containerEventType\":{\"type\":\"ContainerEventType\",\"id\":2,\"protoName\":\"container_event_type\"},\"createdAt\":{\"type\":\"int64\",\"id\":3,\"protoName\":\"created_at\"},\"podSandboxStatus\":{\"type\":\"PodSandboxStatus\",\"id\":4,\"protoName\":\"pod_sandbox_status\"},\"containersStatuses\":{\"rule\":\"repeated\",\"type\":\"ContainerStatus\",\"id\":5,\"protoName\":\"containers_statuses\"}}},\"ListMetricDescriptorsRequest\":{\"fields\":{}},\"ListMetricDescriptorsResponse\":{\"fields\":{\"descriptors\":{\"rule\":\"repeated\",\"type\":\"MetricDescriptor\",\"id\":1}}},\"MetricDescriptor\":{\"fields\":{\"name\":{\"type\":\"string\",\"id\":1},\"help\":{\"type\":\"string\",\"id\":2},\"labelKeys\":{\"rule\":\"repeated\",\"type\":\"string\",\"id\":3,\"protoName\":\"label_keys\"}}},\"ListPodSandboxMetricsRequest\":{\"fields\":{}},\"ListPodSandboxMetricsResponse\":{\"fields\":{\"podMetrics\":{\"rule\":\"repeated\",\"type\":\"PodSandboxMetrics\",\"id\":1,\"protoName\":\"pod_metrics\"}}},\"StreamPodSandboxMetricsRequest\":{\"fields\":{}},\"StreamPodSandboxMetricsResponse\":{\"fields\":{\"podSandboxMetrics\":{\"rule\":\"repeated\",\"type\":\"PodSandboxMetrics\",\"id\":1,\"protoName\":\"pod_sandbox_metrics\"}}},\"PodSandboxMetrics\":{\"fields\":{\"podSandboxId\":{\"type\":\"string\",\"id\":1,\"protoName\":\"pod_sandbox_id\"},\"metrics\":{\"rule\":\"repeated\",\"type\":\"Metric\",\"id\":2},\"containerMetrics\":{\"rule\":\"repeated\",\"type\":\"ContainerMetrics\",\"id\":3,\"protoName\":\"container_metrics\"}}},\"ContainerMetrics\":{\"fields\":{\"containerId\":{\"type\":\"string\",\"id\":1,\"protoName\":\"container_id\"},\"metrics\":{\"rule\":\"repeated\",\"type\":\"Metric\",\"id\":2}}},\"Metric\":{\"fields\":{\"name\":{\"type\":\"string\",\"id\":1},\"timestamp\":{\"type\":\"int64\",\"id\":2},\"metricType\":{\"type\":\"MetricType\",\"id\":3,\"protoName\":\"metric_type\"},\"labelValues\":{\"rule\":\"repeated\",\"type\":\"string\",\"id\":4,\"protoName\":\"label_values\"},\"value\":{\"type\":\"UInt64Value\",\"id\":5}}},\"RuntimeConfigRequest\":{\"fields\":{}},\"RuntimeConfigResponse\":{\"fields\":{\"linux\":{\"type\":\"LinuxRuntimeConfiguration\",\"id\":1}}},\"LinuxRuntimeConfiguration\":{\"fields\":{\"cgroupDriver\":{\"type\":\"CgroupDriver\",\"id\":1,\"protoName\":\"cgroup_driver\"}}},\"UpdatePodSandboxResourcesRequest\":{\"fields\":{\"podSandboxId\":{\"type\":\"string\",\"id\":1,\"protoName\":\"pod_sandbox_id\"},\"overhead\":{\"type\":\"LinuxContainerResources\",\"id\":2},\"resources\":{\"type\":\"LinuxContainerResources\",\"id\":3}}},\"UpdatePodSandboxResourcesResponse\":{\"fields\":{}}}}}}}}",
});
