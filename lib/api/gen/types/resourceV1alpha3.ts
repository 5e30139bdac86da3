// Generated from proto/ by `npm run generate`. Do not edit.
import type { Condition, ListMeta, ObjectMeta, Time } from "./metaV1.js";
import type { Quantity } from "./resource.js";

/** CELDeviceSelector of k8s.io/api/resource/v1alpha3. */
export interface CELDeviceSelector {
  expression?: string;
}

/** DeviceSelector of k8s.io/api/resource/v1alpha3. */
export interface DeviceSelector {
  cel?: CELDeviceSelector;
}

/** DeviceTaint of k8s.io/api/resource/v1alpha3. */
export interface DeviceTaint {
  key: string;
  value?: string;
  effect: "NoExecute" | "NoSchedule" | "None" | (string & {});
  timeAdded?: Time;
}

/** DeviceTaintRule taints devices. */
export interface DeviceTaintRule {
  apiVersion?: "resource.k8s.io/v1alpha3";
  kind?: "DeviceTaintRule";
  metadata: ObjectMeta;
  spec: DeviceTaintRuleSpec;
  status?: DeviceTaintRuleStatus;
}

/** DeviceTaintRuleList of resource.k8s.io/v1alpha3. */
export interface DeviceTaintRuleList {
  apiVersion?: "resource.k8s.io/v1alpha3";
  kind?: "DeviceTaintRuleList";
  metadata: ListMeta;
  items: DeviceTaintRule[];
}

/** DeviceTaintRuleSpec of k8s.io/api/resource/v1alpha3. */
export interface DeviceTaintRuleSpec {
  deviceSelector?: DeviceTaintSelector;
  taint: DeviceTaint;
}

/** DeviceTaintRuleStatus of k8s.io/api/resource/v1alpha3. */
export interface DeviceTaintRuleStatus {
  conditions?: Condition[];
}

/** DeviceTaintSelector of k8s.io/api/resource/v1alpha3. */
export interface DeviceTaintSelector {
  driver?: string;
  pool?: string;
  device?: string;
}

/** PartitionTypeStatus of k8s.io/api/resource/v1alpha3. */
export interface PartitionTypeStatus {
  attribute: string;
  type: string;
  total: number;
  allocatable: number;
}

/** PoolStatus of k8s.io/api/resource/v1alpha3. */
export interface PoolStatus {
  driver: string;
  poolName: string;
  generation: number;
  resourceSliceCount?: number;
  totalDevices?: number;
  allocatedDevices?: number;
  availableDevices?: number;
  unavailableDevices?: number;
  nodeName?: string;
  validationError?: string;
  partitionSummary?: PartitionTypeStatus[];
  shareableSummary?: ShareableSummaryStatus;
}

/** ResourcePoolStatusRequest asks how a pool of devices is used. */
export interface ResourcePoolStatusRequest {
  apiVersion?: "resource.k8s.io/v1alpha3";
  kind?: "ResourcePoolStatusRequest";
  metadata: ObjectMeta;
  spec: ResourcePoolStatusRequestSpec;
  status?: ResourcePoolStatusRequestStatus;
}

/** ResourcePoolStatusRequestList of resource.k8s.io/v1alpha3. */
export interface ResourcePoolStatusRequestList {
  apiVersion?: "resource.k8s.io/v1alpha3";
  kind?: "ResourcePoolStatusRequestList";
  metadata: ListMeta;
  items: ResourcePoolStatusRequest[];
}

/** ResourcePoolStatusRequestSpec of k8s.io/api/resource/v1alpha3. */
export interface ResourcePoolStatusRequestSpec {
  driver: string;
  poolName?: string;
  limit?: number;
  defaultPartitionTypeAttribute?: string;
}

/** ResourcePoolStatusRequestStatus of k8s.io/api/resource/v1alpha3. */
export interface ResourcePoolStatusRequestStatus {
  poolCount: number;
  pools?: PoolStatus[];
  conditions?: Condition[];
}

/** ShareableCapacityStatus of k8s.io/api/resource/v1alpha3. */
export interface ShareableCapacityStatus {
  name: string;
  total: Quantity;
  consumed: Quantity;
  available: Quantity;
}

/** ShareableSummaryStatus of k8s.io/api/resource/v1alpha3. */
export interface ShareableSummaryStatus {
  fullyAvailableDevices: number;
  partiallyAvailableDevices: number;
  capacity?: ShareableCapacityStatus[];
}
