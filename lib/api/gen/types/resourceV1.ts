// Generated from proto/ by `npm run generate`. Do not edit.
import type { NodeSelector } from "./coreV1.js";
import type { Condition, ListMeta, ObjectMeta, Time } from "./metaV1.js";
import type { Quantity } from "./resource.js";
import type { RawExtension } from "./runtime.js";

/** AllocatedDeviceStatus of k8s.io/api/resource/v1. */
export interface AllocatedDeviceStatus {
  driver: string;
  pool: string;
  device: string;
  shareID?: string;
  conditions?: Condition[];
  data?: RawExtension;
  networkData?: NetworkDeviceData;
}

/** AllocationResult of k8s.io/api/resource/v1. */
export interface AllocationResult {
  devices?: DeviceAllocationResult;
  nodeSelector?: NodeSelector;
  allocationTimestamp?: Time;
}

/** CELDeviceSelector of k8s.io/api/resource/v1. */
export interface CELDeviceSelector {
  expression: string;
}

/** CapacityRequestPolicy of k8s.io/api/resource/v1. */
export interface CapacityRequestPolicy {
  default?: Quantity;
  validValues?: Quantity[];
  validRange?: CapacityRequestPolicyRange;
}

/** CapacityRequestPolicyRange of k8s.io/api/resource/v1. */
export interface CapacityRequestPolicyRange {
  min: Quantity;
  max?: Quantity;
  step?: Quantity;
}

/** CapacityRequirements of k8s.io/api/resource/v1. */
export interface CapacityRequirements {
  requests?: Record<string, Quantity>;
}

/** Counter of k8s.io/api/resource/v1. */
export interface Counter {
  value: Quantity;
}

/** CounterSet of k8s.io/api/resource/v1. */
export interface CounterSet {
  name: string;
  counters: Record<string, Counter>;
}

/** Device of k8s.io/api/resource/v1. */
export interface Device {
  name: string;
  attributes?: Record<string, DeviceAttribute>;
  capacity?: Record<string, DeviceCapacity>;
  consumesCounters?: DeviceCounterConsumption[];
  nodeName?: string;
  nodeSelector?: NodeSelector;
  allNodes?: boolean;
  taints?: DeviceTaint[];
  bindsToNode?: boolean;
  bindingConditions?: string[];
  bindingFailureConditions?: string[];
  allowMultipleAllocations?: boolean;
  nodeAllocatableResources?: Record<string, NodeAllocatableResource>;
}

/** DeviceAllocationConfiguration of k8s.io/api/resource/v1. */
export interface DeviceAllocationConfiguration extends DeviceConfiguration {
  source: "FromClaim" | "FromClass" | (string & {});
  requests?: string[];
}

/** DeviceAllocationResult of k8s.io/api/resource/v1. */
export interface DeviceAllocationResult {
  results?: DeviceRequestAllocationResult[];
  config?: DeviceAllocationConfiguration[];
}

/** DeviceAttribute of k8s.io/api/resource/v1. */
export interface DeviceAttribute {
  int?: number;
  bool?: boolean;
  string?: string;
  version?: string;
  ints?: number[];
  bools?: boolean[];
  strings?: string[];
  versions?: string[];
}

/** DeviceCapacity of k8s.io/api/resource/v1. */
export interface DeviceCapacity {
  value: Quantity;
  requestPolicy?: CapacityRequestPolicy;
}

/** DeviceClaim of k8s.io/api/resource/v1. */
export interface DeviceClaim {
  requests?: DeviceRequest[];
  constraints?: DeviceConstraint[];
  config?: DeviceClaimConfiguration[];
}

/** DeviceClaimConfiguration of k8s.io/api/resource/v1. */
export interface DeviceClaimConfiguration extends DeviceConfiguration {
  requests?: string[];
}

/** DeviceClass names a kind of device. */
export interface DeviceClass {
  apiVersion?: "resource.k8s.io/v1";
  kind?: "DeviceClass";
  metadata: ObjectMeta;
  spec?: DeviceClassSpec;
}

/** DeviceClassConfiguration of k8s.io/api/resource/v1. */
export interface DeviceClassConfiguration extends DeviceConfiguration {}

/** DeviceClassList of resource.k8s.io/v1. */
export interface DeviceClassList {
  apiVersion?: "resource.k8s.io/v1";
  kind?: "DeviceClassList";
  metadata: ListMeta;
  items: DeviceClass[];
}

/** DeviceClassSpec of k8s.io/api/resource/v1. */
export interface DeviceClassSpec {
  selectors?: DeviceSelector[];
  config?: DeviceClassConfiguration[];
  extendedResourceName?: string;
}

/** DeviceConfiguration of k8s.io/api/resource/v1. */
export interface DeviceConfiguration {
  opaque?: OpaqueDeviceConfiguration;
}

/** DeviceConstraint of k8s.io/api/resource/v1. */
export interface DeviceConstraint {
  requests?: string[];
  matchAttribute?: string;
  distinctAttribute?: string;
}

/** DeviceCounterConsumption of k8s.io/api/resource/v1. */
export interface DeviceCounterConsumption {
  counterSet: string;
  counters: Record<string, Counter>;
  compatibilityGroups?: string[];
}

/** DeviceDerivedAttribute of k8s.io/api/resource/v1. */
export interface DeviceDerivedAttribute {
  name: string;
  expression: string;
}

/** DeviceRequest of k8s.io/api/resource/v1. */
export interface DeviceRequest {
  name: string;
  exactly?: ExactDeviceRequest;
  firstAvailable?: DeviceSubRequest[];
}

/** DeviceRequestAllocationResult of k8s.io/api/resource/v1. */
export interface DeviceRequestAllocationResult {
  request: string;
  driver: string;
  pool: string;
  device: string;
  adminAccess?: boolean;
  tolerations?: DeviceToleration[];
  bindingConditions?: string[];
  bindingFailureConditions?: string[];
  shareID?: string;
  consumedCapacity?: Record<string, Quantity>;
  skipNodeOperations?: ("*" | "NodePrepareResources" | "NodeUnprepareResources" | (string & {}))[];
}

/** DeviceSelector of k8s.io/api/resource/v1. */
export interface DeviceSelector {
  cel?: CELDeviceSelector;
}

/** DeviceSubRequest of k8s.io/api/resource/v1. */
export interface DeviceSubRequest {
  name: string;
  deviceClassName: string;
  selectors?: DeviceSelector[];
  allocationMode?: "All" | "ExactCount" | (string & {});
  count?: number;
  tolerations?: DeviceToleration[];
  capacity?: CapacityRequirements;
  derivedAttributes?: DeviceDerivedAttribute[];
}

/** DeviceTaint of k8s.io/api/resource/v1. */
export interface DeviceTaint {
  key: string;
  value?: string;
  effect: "NoExecute" | "NoSchedule" | "None" | (string & {});
  timeAdded?: Time;
}

/** DeviceTaintRule taints devices. */
export interface DeviceTaintRule {
  apiVersion?: "resource.k8s.io/v1";
  kind?: "DeviceTaintRule";
  metadata: ObjectMeta;
  spec: DeviceTaintRuleSpec;
  status?: DeviceTaintRuleStatus;
}

/** DeviceTaintRuleList of resource.k8s.io/v1. */
export interface DeviceTaintRuleList {
  apiVersion?: "resource.k8s.io/v1";
  kind?: "DeviceTaintRuleList";
  metadata: ListMeta;
  items: DeviceTaintRule[];
}

/** DeviceTaintRuleSpec of k8s.io/api/resource/v1. */
export interface DeviceTaintRuleSpec {
  deviceSelector?: DeviceTaintSelector;
  taint: DeviceTaint;
}

/** DeviceTaintRuleStatus of k8s.io/api/resource/v1. */
export interface DeviceTaintRuleStatus {
  conditions?: Condition[];
}

/** DeviceTaintSelector of k8s.io/api/resource/v1. */
export interface DeviceTaintSelector {
  driver?: string;
  pool?: string;
  device?: string;
}

/** DeviceToleration of k8s.io/api/resource/v1. */
export interface DeviceToleration {
  key?: string;
  operator?: "Equal" | "Exists" | (string & {});
  value?: string;
  effect?: "NoExecute" | "NoSchedule" | "None" | (string & {});
  tolerationSeconds?: number;
}

/** ExactDeviceRequest of k8s.io/api/resource/v1. */
export interface ExactDeviceRequest {
  deviceClassName: string;
  selectors?: DeviceSelector[];
  allocationMode?: "All" | "ExactCount" | (string & {});
  count?: number;
  adminAccess?: boolean;
  tolerations?: DeviceToleration[];
  capacity?: CapacityRequirements;
  derivedAttributes?: DeviceDerivedAttribute[];
}

/** NetworkDeviceData of k8s.io/api/resource/v1. */
export interface NetworkDeviceData {
  interfaceName?: string;
  ips?: string[];
  hardwareAddress?: string;
}

/** NodeAllocatableMapping of k8s.io/api/resource/v1. */
export interface NodeAllocatableMapping {
  capacityKey?: string;
  capacityMultiplier?: Quantity;
  deviceMultiplier?: Quantity;
}

/** NodeAllocatableOverhead of k8s.io/api/resource/v1. */
export interface NodeAllocatableOverhead {
  perPod?: Quantity;
  perContainer?: Quantity;
}

/** NodeAllocatableResource of k8s.io/api/resource/v1. */
export interface NodeAllocatableResource {
  mapping?: NodeAllocatableMapping;
  overhead?: NodeAllocatableOverhead;
}

/** OpaqueDeviceConfiguration of k8s.io/api/resource/v1. */
export interface OpaqueDeviceConfiguration {
  driver: string;
  parameters: RawExtension;
}

/** ResourceClaim asks for devices. */
export interface ResourceClaim {
  apiVersion?: "resource.k8s.io/v1";
  kind?: "ResourceClaim";
  metadata: ObjectMeta;
  spec?: ResourceClaimSpec;
  status?: ResourceClaimStatus;
}

/** ResourceClaimConsumerReference of k8s.io/api/resource/v1. */
export interface ResourceClaimConsumerReference {
  apiGroup?: string;
  resource: string;
  name: string;
  uid: string;
}

/** ResourceClaimList of resource.k8s.io/v1. */
export interface ResourceClaimList {
  apiVersion?: "resource.k8s.io/v1";
  kind?: "ResourceClaimList";
  metadata: ListMeta;
  items: ResourceClaim[];
}

/** ResourceClaimSpec of k8s.io/api/resource/v1. */
export interface ResourceClaimSpec {
  devices?: DeviceClaim;
}

/** ResourceClaimStatus of k8s.io/api/resource/v1. */
export interface ResourceClaimStatus {
  allocation?: AllocationResult;
  reservedFor?: ResourceClaimConsumerReference[];
  devices?: AllocatedDeviceStatus[];
}

/** ResourceClaimTemplate is the pattern for the claims of pods. */
export interface ResourceClaimTemplate {
  apiVersion?: "resource.k8s.io/v1";
  kind?: "ResourceClaimTemplate";
  metadata: ObjectMeta;
  spec?: ResourceClaimTemplateSpec;
}

/** ResourceClaimTemplateList of resource.k8s.io/v1. */
export interface ResourceClaimTemplateList {
  apiVersion?: "resource.k8s.io/v1";
  kind?: "ResourceClaimTemplateList";
  metadata: ListMeta;
  items: ResourceClaimTemplate[];
}

/** ResourceClaimTemplateSpec of k8s.io/api/resource/v1. */
export interface ResourceClaimTemplateSpec {
  metadata?: ObjectMeta;
  spec?: ResourceClaimSpec;
}

/** ResourcePool of k8s.io/api/resource/v1. */
export interface ResourcePool {
  name: string;
  generation: number;
  resourceSliceCount: number;
}

/** ResourceSlice lists devices of a node or pool. */
export interface ResourceSlice {
  apiVersion?: "resource.k8s.io/v1";
  kind?: "ResourceSlice";
  metadata: ObjectMeta;
  spec: ResourceSliceSpec;
}

/** ResourceSliceList of resource.k8s.io/v1. */
export interface ResourceSliceList {
  apiVersion?: "resource.k8s.io/v1";
  kind?: "ResourceSliceList";
  metadata: ListMeta;
  items: ResourceSlice[];
}

/** ResourceSliceSpec of k8s.io/api/resource/v1. */
export interface ResourceSliceSpec {
  driver: string;
  pool: ResourcePool;
  nodeName?: string;
  nodeSelector?: NodeSelector;
  allNodes?: boolean;
  devices?: Device[];
  perDeviceNodeSelection?: boolean;
  sharedCounters?: CounterSet[];
  partitionTypeAttribute?: string;
  skipNodeOperations?: ("*" | "NodePrepareResources" | "NodeUnprepareResources" | (string & {}))[];
}
