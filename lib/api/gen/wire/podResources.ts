// Generated from proto/ by `npm run generate`. Do not edit.
import { type Unary, WirePackage } from "../../wirePackage.js";

export interface AllocatableResourcesRequest {
}

export interface AllocatableResourcesResponse {
  devices: ContainerDevices[];
  cpuIds: number[];
  memory: ContainerMemory[];
}

export interface ListPodResourcesRequest {
}

export interface ListPodResourcesResponse {
  podResources: PodResources[];
}

export interface PodResources {
  name: string;
  namespace: string;
  containers: ContainerResources[];
  cpuIds: number[];
  memory: ContainerMemory[];
}

export interface ContainerResources {
  name: string;
  devices: ContainerDevices[];
  cpuIds: number[];
  memory: ContainerMemory[];
  dynamicResources: DynamicResource[];
}

export interface ContainerMemory {
  memoryType: string;
  size: number;
  topology: TopologyInfo | null;
}

export interface ContainerDevices {
  resourceName: string;
  deviceIds: string[];
  topology: TopologyInfo | null;
}

export interface TopologyInfo {
  nodes: NUMANode[];
}

export interface NUMANode {
  ID: number;
}

export interface DynamicResource {
  claimName: string;
  claimNamespace: string;
  claimResources: ClaimResource[];
}

export interface ClaimResource {
  cdiDevices: CDIDevice[];
  driverName: string;
  poolName: string;
  deviceName: string;
  shareId: string;
}

export interface CDIDevice {
  name: string;
}

export interface GetPodResourcesRequest {
  podName: string;
  podNamespace: string;
}

export interface GetPodResourcesResponse {
  podResources: PodResources | null;
}

export interface Messages {
  AllocatableResourcesRequest: AllocatableResourcesRequest;
  AllocatableResourcesResponse: AllocatableResourcesResponse;
  ListPodResourcesRequest: ListPodResourcesRequest;
  ListPodResourcesResponse: ListPodResourcesResponse;
  PodResources: PodResources;
  ContainerResources: ContainerResources;
  ContainerMemory: ContainerMemory;
  ContainerDevices: ContainerDevices;
  TopologyInfo: TopologyInfo;
  NUMANode: NUMANode;
  DynamicResource: DynamicResource;
  ClaimResource: ClaimResource;
  CDIDevice: CDIDevice;
  GetPodResourcesRequest: GetPodResourcesRequest;
  GetPodResourcesResponse: GetPodResourcesResponse;
}

export interface Services {
  PodResourcesLister: {
    List: Unary<ListPodResourcesRequest, ListPodResourcesResponse>;
    GetAllocatableResources: Unary<AllocatableResourcesRequest, AllocatableResourcesResponse>;
    Get: Unary<GetPodResourcesRequest, GetPodResourcesResponse>;
  };
}

/** The kubelet's pod resources API. */
export const podResources = new WirePackage<Messages, Services>({
  longs: "number",
  messages: {"AllocatableResourcesRequest":"v1.AllocatableResourcesRequest","AllocatableResourcesResponse":"v1.AllocatableResourcesResponse","ListPodResourcesRequest":"v1.ListPodResourcesRequest","ListPodResourcesResponse":"v1.ListPodResourcesResponse","PodResources":"v1.PodResources","ContainerResources":"v1.ContainerResources","ContainerMemory":"v1.ContainerMemory","ContainerDevices":"v1.ContainerDevices","TopologyInfo":"v1.TopologyInfo","NUMANode":"v1.NUMANode","DynamicResource":"v1.DynamicResource","ClaimResource":"v1.ClaimResource","CDIDevice":"v1.CDIDevice","GetPodResourcesRequest":"v1.GetPodResourcesRequest","GetPodResourcesResponse":"v1.GetPodResourcesResponse"},
  services: {"PodResourcesLister":{"name":"v1.PodResourcesLister","methods":{"List":["ListPodResourcesRequest","ListPodResourcesResponse"],"GetAllocatableResources":["AllocatableResourcesRequest","AllocatableResourcesResponse"],"Get":["GetPodResourcesRequest","GetPodResourcesResponse"]}}},
  descriptor: "{\"nested\":{\"v1\":{\"nested\":{\"PodResourcesLister\":{\"methods\":{\"List\":{\"requestType\":\"ListPodResourcesRequest\",\"responseType\":\"ListPodResourcesResponse\"},\"GetAllocatableResources\":{\"requestType\":\"AllocatableResourcesRequest\",\"responseType\":\"AllocatableResourcesResponse\"},\"Get\":{\"requestType\":\"GetPodResourcesRequest\",\"responseType\":\"GetPodResourcesResponse\"}}},\"AllocatableResourcesRequest\":{\"fields\":{}},\"AllocatableResourcesResponse\":{\"fields\":{\"devices\":{\"rule\":\"repeated\",\"type\":\"ContainerDevices\",\"id\":1},\"cpuIds\":{\"rule\":\"repeated\",\"type\":\"int64\",\"id\":2,\"protoName\":\"cpu_ids\"},\"memory\":{\"rule\":\"repeated\",\"type\":\"ContainerMemory\",\"id\":3}}},\"ListPodResourcesRequest\":{\"fields\":{}},\"ListPodResourcesResponse\":{\"fields\":{\"podResources\":{\"rule\":\"repeated\",\"type\":\"PodResources\",\"id\":1,\"protoName\":\"pod_resources\"}}},\"PodResources\":{\"fields\":{\"name\":{\"type\":\"string\",\"id\":1},\"namespace\":{\"type\":\"string\",\"id\":2},\"containers\":{\"rule\":\"repeated\",\"type\":\"ContainerResources\",\"id\":3},\"cpuIds\":{\"rule\":\"repeated\",\"type\":\"int64\",\"id\":4,\"protoName\":\"cpu_ids\"},\"memory\":{\"rule\":\"repeated\",\"type\":\"ContainerMemory\",\"id\":5}}},\"ContainerResources\":{\"fields\":{\"name\":{\"type\":\"string\",\"id\":1},\"devices\":{\"rule\":\"repeated\",\"type\":\"ContainerDevices\",\"id\":2},\"cpuIds\":{\"rule\":\"repeated\",\"type\":\"int64\",\"id\":3,\"protoName\":\"cpu_ids\"},\"memory\":{\"rule\":\"repeated\",\"type\":\"ContainerMemory\",\"id\":4},\"dynamicResources\":{\"rule\":\"repeated\",\"type\":\"DynamicResource\",\"id\":5,\"protoName\":\"dynamic_resources\"}}},\"ContainerMemory\":{\"fields\":{\"memoryType\":{\"type\":\"string\",\"id\":1,\"protoName\":\"memory_type\"},\"size\":{\"type\":\"uint64\",\"id\":2},\"topology\":{\"type\":\"TopologyInfo\",\"id\":3}}},\"ContainerDevices\":{\"fields\":{\"resourceName\":{\"type\":\"string\",\"id\":1,\"protoName\":\"resource_name\"},\"deviceIds\":{\"rule\":\"repeated\",\"type\":\"string\",\"id\":2,\"protoName\":\"device_ids\"},\"topology\":{\"type\":\"TopologyInfo\",\"id\":3}}},\"TopologyInfo\":{\"fields\":{\"nodes\":{\"rule\":\"repeated\",\"type\":\"NUMANode\",\"id\":1}}},\"NUMANode\":{\"fields\":{\"ID\":{\"type\":\"int64\",\"id\":1}}},\"DynamicResource\":{\"fields\":{\"claimName\":{\"type\":\"string\",\"id\":2,\"protoName\":\"claim_name\"},\"claimNamespace\":{\"type\":\"string\",\"id\":3,\"protoName\":\"claim_namespace\"},\"claimResources\":{\"rule\":\"repeated\",\"type\":\"ClaimResource\",\"id\":4,\"protoName\":\"claim_resources\"}}},\"ClaimResource\":{\"fields\":{\"cdiDevices\":{\"rule\":\"repeated\",\"type\":\"CDIDevice\",\"id\":1,\"protoName\":\"cdi_devices\"},\"driverName\":{\"type\":\"string\",\"id\":2,\"protoName\":\"driver_name\"},\"poolName\":{\"type\":\"string\",\"id\":3,\"protoName\":\"pool_name\"},\"deviceName\":{\"type\":\"string\",\"id\":4,\"protoName\":\"device_name\"},\"shareId\":{\"type\":\"string\",\"id\":5,\"protoName\":\"share_id\"}}},\"CDIDevice\":{\"fields\":{\"name\":{\"type\":\"string\",\"id\":1}}},\"GetPodResourcesRequest\":{\"fields\":{\"podName\":{\"type\":\"string\",\"id\":1,\"protoName\":\"pod_name\"},\"podNamespace\":{\"type\":\"string\",\"id\":2,\"protoName\":\"pod_namespace\"}}},\"GetPodResourcesResponse\":{\"fields\":{\"podResources\":{\"type\":\"PodResources\",\"id\":1,\"protoName\":\"pod_resources\"}}}}}}}",
});
