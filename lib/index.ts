/** What `import … from "steersman"` gives; docs/program.md shows it. */
export {
  admissionregistrationV1,
  admissionregistrationV1alpha1,
  admissionregistrationV1beta1,
  apiextensionsV1,
  apiregistrationV1,
  apiserverinternalV1alpha1,
  appsV1,
  authenticationV1,
  authorizationV1,
  autoscalingV1,
  autoscalingV2,
  batchV1,
  certificatesV1,
  certificatesV1beta1,
  coordinationV1,
  coordinationV1alpha2,
  coordinationV1beta1,
  coreV1,
  discoveryV1,
  eventsV1,
  flowcontrolV1,
  networkingV1,
  nodeV1,
  policyV1,
  rbacV1,
  resources,
  resourceV1,
  resourceV1alpha3,
  resourceV1beta1,
  resourceV1beta2,
  schedulingV1,
  storagemigrationV1,
  storagemigrationV1beta1,
  storageV1,
} from "./api/gen/resources.js";
export type * as types from "./api/gen/types/index.js";
export { OptionError } from "./api/optionError.js";
export type { ResourceType } from "./api/resourceType.js";
export { ApiError, hasReason } from "./api/status.js";
export { steersmanVersion } from "./api/versions.js";
export type { Client, DynamicResourceType, RawRequest } from "./client/client.js";
export { ConfigError } from "./client/config/configError.js";
export {
  type EventRecorder,
  type EventType,
  objectReference,
} from "./client/events/eventRecorder.js";
export { objectKey, splitKey } from "./client/informer/indexer.js";
export type { EventHandler, Informer, InformerOptions } from "./client/informer/informer.js";
export type { Lister } from "./client/informer/lister.js";
export type { SharedInformerFactory } from "./client/informer/sharedInformerFactory.js";
export type { LeaderElector } from "./client/leaderElection/leaderElector.js";
export { type JsonPatchStep, jsonPointer, patches } from "./client/patches.js";
export type {
  DeleteOptions,
  GetOptions,
  ListOptions,
  Patch,
  PatchOptions,
  RequestOptions,
  WatchOptions,
  WriteOptions,
} from "./client/requestOptions.js";
export type {
  DynamicObject,
  FollowOptions,
  KubernetesObject,
  LogOptions,
  ObjectList,
  ResourceClient,
  WatchEvent,
} from "./client/resourceClient.js";
export { CommandError, type CommandOutput } from "./client/streams/commandError.js";
export type { ContainerStreams } from "./client/streams/containerStreams.js";
export type { PortForwardOptions, StreamOptions } from "./client/streams/podStreams.js";
export type { WorkerOptions } from "./client/workqueue/worker.js";
export type { WorkQueue } from "./client/workqueue/workQueue.js";
export { type AddNodeOptions, Cluster, type ClusterUser } from "./cluster/cluster.js";
export { ClusterError, type ClusterErrorReason } from "./cluster/clusterError.js";
export type { ClusterEtcd } from "./cluster/clusterEtcd.js";
export type {
  ClusterDnsOptions,
  ClusterEtcdOptions,
  ClusterOptions,
  ClusterServeEtcdOptions,
} from "./cluster/clusterOptions.js";
export type { ClusterDns } from "./cluster/servedDns.js";
export type { DnsAddress } from "./dns/dnsAddress.js";
export type {
  SimulatedCommand,
  SimulatedContainer,
  SimulatedLog,
  SimulatedResult,
  SimulatedRun,
  SimulationOptions,
} from "./kubelet/simulated/simulationModel.js";
export type { HttpClientResponse } from "./platform/network.js";
export { type ConnectOptions, connect } from "./program/connect.js";
export { eventRecorder, type RecorderOptions } from "./program/eventRecorder.js";
export { type InformerFactoryOptions, informerFactory } from "./program/informerFactory.js";
export { type ElectionOptions, leaderElector } from "./program/leaderElector.js";
export { runWorkers } from "./program/runWorkers.js";
export { type WaitOptions, waitUntil } from "./program/waitUntil.js";
export { type QueueOptions, workQueue } from "./program/workQueue.js";
