// Generated from proto/ by `npm run generate`. Do not edit.
import { type ServerStream, type Unary, WirePackage } from "../../wirePackage.js";

export interface DevicePluginOptions {
  preStartRequired: boolean;
  getPreferredAllocationAvailable: boolean;
}

export interface RegisterRequest {
  version: string;
  endpoint: string;
  resourceName: string;
  options: DevicePluginOptions | null;
}

export interface Empty {
}

export interface ListAndWatchResponse {
  devices: Device[];
}

export interface TopologyInfo {
  nodes: NUMANode[];
}

export interface NUMANode {
  ID: number;
}

export interface Device {
  ID: string;
  health: string;
  topology: TopologyInfo | null;
}

export interface PreStartContainerRequest {
  devicesIds: string[];
}

export interface PreStartContainerResponse {
}

export interface PreferredAllocationRequest {
  containerRequests: ContainerPreferredAllocationRequest[];
}

export interface ContainerPreferredAllocationRequest {
  availableDeviceIDs: string[];
  mustIncludeDeviceIDs: string[];
  allocationSize: number;
}

export interface PreferredAllocationResponse {
  containerResponses: ContainerPreferredAllocationResponse[];
}

export interface ContainerPreferredAllocationResponse {
  deviceIDs: string[];
}

export interface AllocateRequest {
  containerRequests: ContainerAllocateRequest[];
}

export interface ContainerAllocateRequest {
  devicesIds: string[];
}

export interface CDIDevice {
  name: string;
}

export interface AllocateResponse {
  containerResponses: ContainerAllocateResponse[];
}

export interface ContainerAllocateResponse {
  envs: Record<string, string>;
  mounts: Mount[];
  devices: DeviceSpec[];
  annotations: Record<string, string>;
  cdiDevices: CDIDevice[];
}

export interface Mount {
  containerPath: string;
  hostPath: string;
  readOnly: boolean;
}

export interface DeviceSpec {
  containerPath: string;
  hostPath: string;
  permissions: string;
}

export interface Messages {
  DevicePluginOptions: DevicePluginOptions;
  RegisterRequest: RegisterRequest;
  Empty: Empty;
  ListAndWatchResponse: ListAndWatchResponse;
  TopologyInfo: TopologyInfo;
  NUMANode: NUMANode;
  Device: Device;
  PreStartContainerRequest: PreStartContainerRequest;
  PreStartContainerResponse: PreStartContainerResponse;
  PreferredAllocationRequest: PreferredAllocationRequest;
  ContainerPreferredAllocationRequest: ContainerPreferredAllocationRequest;
  PreferredAllocationResponse: PreferredAllocationResponse;
  ContainerPreferredAllocationResponse: ContainerPreferredAllocationResponse;
  AllocateRequest: AllocateRequest;
  ContainerAllocateRequest: ContainerAllocateRequest;
  CDIDevice: CDIDevice;
  AllocateResponse: AllocateResponse;
  ContainerAllocateResponse: ContainerAllocateResponse;
  Mount: Mount;
  DeviceSpec: DeviceSpec;
}

export interface Services {
  Registration: {
    Register: Unary<RegisterRequest, Empty>;
  };
  DevicePlugin: {
    GetDevicePluginOptions: Unary<Empty, DevicePluginOptions>;
    ListAndWatch: ServerStream<Empty, ListAndWatchResponse>;
    GetPreferredAllocation: Unary<PreferredAllocationRequest, PreferredAllocationResponse>;
    Allocate: Unary<AllocateRequest, AllocateResponse>;
    PreStartContainer: Unary<PreStartContainerRequest, PreStartContainerResponse>;
  };
}

/** Device plugins. */
export const devicePlugin = new WirePackage<Messages, Services>({
  longs: "number",
  messages: {"DevicePluginOptions":"v1beta1.DevicePluginOptions","RegisterRequest":"v1beta1.RegisterRequest","Empty":"v1beta1.Empty","ListAndWatchResponse":"v1beta1.ListAndWatchResponse","TopologyInfo":"v1beta1.TopologyInfo","NUMANode":"v1beta1.NUMANode","Device":"v1beta1.Device","PreStartContainerRequest":"v1beta1.PreStartContainerRequest","PreStartContainerResponse":"v1beta1.PreStartContainerResponse","PreferredAllocationRequest":"v1beta1.PreferredAllocationRequest","ContainerPreferredAllocationRequest":"v1beta1.ContainerPreferredAllocationRequest","PreferredAllocationResponse":"v1beta1.PreferredAllocationResponse","ContainerPreferredAllocationResponse":"v1beta1.ContainerPreferredAllocationResponse","AllocateRequest":"v1beta1.AllocateRequest","ContainerAllocateRequest":"v1beta1.ContainerAllocateRequest","CDIDevice":"v1beta1.CDIDevice","AllocateResponse":"v1beta1.AllocateResponse","ContainerAllocateResponse":"v1beta1.ContainerAllocateResponse","Mount":"v1beta1.Mount","DeviceSpec":"v1beta1.DeviceSpec"},
  services: {"Registration":{"name":"v1beta1.Registration","methods":{"Register":["RegisterRequest","Empty"]}},"DevicePlugin":{"name":"v1beta1.DevicePlugin","methods":{"GetDevicePluginOptions":["Empty","DevicePluginOptions"],"ListAndWatch":["Empty","ListAndWatchResponse"],"GetPreferredAllocation":["PreferredAllocationRequest","PreferredAllocationResponse"],"Allocate":["AllocateRequest","AllocateResponse"],"PreStartContainer":["PreStartContainerRequest","PreStartContainerResponse"]}}},
  descriptor: "{\"nested\":{\"v1beta1\":{\"nested\":{\"Registration\":{\"methods\":{\"Register\":{\"requestType\":\"RegisterRequest\",\"responseType\":\"Empty\"}}},\"DevicePlugin\":{\"methods\":{\"GetDevicePluginOptions\":{\"requestType\":\"Empty\",\"responseType\":\"DevicePluginOptions\"},\"ListAndWatch\":{\"requestType\":\"Empty\",\"responseType\":\"ListAndWatchResponse\",\"responseStream\":true},\"GetPreferredAllocation\":{\"requestType\":\"PreferredAllocationRequest\",\"responseType\":\"PreferredAllocationResponse\"},\"Allocate\":{\"requestType\":\"AllocateRequest\",\"responseType\":\"AllocateResponse\"},\"PreStartContainer\":{\"requestType\":\"PreStartContainerRequest\",\"responseType\":\"PreStartContainerResponse\"}}},\"DevicePluginOptions\":{\"fields\":{\"preStartRequired\":{\"type\":\"bool\",\"id\":1,\"protoName\":\"pre_start_required\"},\"getPreferredAllocationAvailable\":{\"type\":\"bool\",\"id\":2,\"protoName\":\"get_preferred_allocation_available\"}}},\"RegisterRequest\":{\"fields\":{\"version\":{\"type\":\"string\",\"id\":1},\"endpoint\":{\"type\":\"string\",\"id\":2},\"resourceName\":{\"type\":\"string\",\"id\":3,\"protoName\":\"resource_name\"},\"options\":{\"type\":\"DevicePluginOptions\",\"id\":4}}},\"Empty\":{\"fields\":{}},\"ListAndWatchResponse\":{\"fields\":{\"devices\":{\"rule\":\"repeated\",\"type\":\"Device\",\"id\":1}}},\"TopologyInfo\":{\"fields\":{\"nodes\":{\"rule\":\"repeated\",\"type\":\"NUMANode\",\"id\":1}}},\"NUMANode\":{\"fields\":{\"ID\":{\"type\":\"int64\",\"id\":1}}},\"Device\":{\"fields\":{\"ID\":{\"type\":\"string\",\"id\":1},\"health\":{\"type\":\"string\",\"id\":2},\"topology\":{\"type\":\"TopologyInfo\",\"id\":3}}},\"PreStartContainerRequest\":{\"fields\":{\"devicesIds\":{\"rule\":\"repeated\",\"type\":\"string\",\"id\":1,\"protoName\":\"devices_ids\"}}},\"PreStartContainerResponse\":{\"fields\":{}},\"PreferredAllocationRequest\":{\"fields\":{\"containerRequests\":{\"rule\":\"repeated\",\"type\":\"ContainerPreferredAllocationRequest\",\"id\":1,\"protoName\":\"container_requests\"}}},\"ContainerPreferredAllocationRequest\":{\"fields\":{\"availableDeviceIDs\":{\"rule\":\"repeated\",\"type\":\"string\",\"id\":1,\"protoName\":\"available_deviceIDs\"},\"mustIncludeDeviceIDs\":{\"rule\":\"repeated\",\"type\":\"string\",\"id\":2,\"protoName\":\"must_include_deviceIDs\"},\"allocationSize\":{\"type\":\"int32\",\"id\":3,\"protoName\":\"allocation_size\"}}},\"PreferredAllocationResponse\":{\"fields\":{\"containerResponses\":{\"rule\":\"repeated\",\"type\":\"ContainerPreferredAllocationResponse\",\"id\":1,\"protoName\":\"container_responses\"}}},\"ContainerPreferredAllocationResponse\":{\"fields\":{\"deviceIDs\":{\"rule\":\"repeated\",\"type\":\"string\",\"id\":1}}},\"AllocateRequest\":{\"fields\":{\"containerRequests\":{\"rule\":\"repeated\",\"type\":\"ContainerAllocateRequest\",\"id\":1,\"protoName\":\"container_requests\"}}},\"ContainerAllocateRequest\":{\"fields\":{\"devicesIds\":{\"rule\":\"repeated\",\"type\":\"string\",\"id\":1,\"protoName\":\"devices_ids\"}}},\"CDIDevice\":{\"fields\":{\"name\":{\"type\":\"string\",\"id\":1}}},\"AllocateResponse\":{\"fields\":{\"containerResponses\":{\"rule\":\"repeated\",\"type\":\"ContainerAllocateResponse\",\"id\":1,\"protoName\":\"container_responses\"}}},\"ContainerAllocateResponse\":{\"fields\":{\"envs\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":1},\"mounts\":{\"rule\":\"repeated\",\"type\":\"Mount\",\"id\":2},\"devices\":{\"rule\":\"repeated\",\"type\":\"DeviceSpec\",\"id\":3},\"annotations\":{\"keyType\":\"string\",\"type\":\"string\",\"id\":4},\"cdiDevices\":{\"rule\":\"repeated\",\"type\":\"CDIDevice\",\"id\":5,\"protoName\":\"cdi_devices\"}}},\"Mount\":{\"fields\":{\"containerPath\":{\"type\":\"string\",\"id\":1,\"protoName\":\"container_path\"},\"hostPath\":{\"type\":\"string\",\"id\":2,\"protoName\":\"host_path\"},\"readOnly\":{\"type\":\"bool\",\"id\":3,\"protoName\":\"read_only\"}}},\"DeviceSpec\":{\"fields\":{\"containerPath\":{\"type\":\"string\",\"id\":1,\"protoName\":\"container_path\"},\"hostPath\":{\"type\":\"string\",\"id\":2,\"protoName\":\"host_path\"},\"permissions\":{\"type\":\"string\",\"id\":3}}}}}}}",
});
