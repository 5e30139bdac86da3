// Generated from proto/ by `npm run generate`. Do not edit.
import { type Unary, WirePackage } from "../../wirePackage.js";

export interface NodePrepareResourcesRequest {
  claims: Claim[];
}

export interface NodePrepareResourcesResponse {
  claims: Record<string, NodePrepareResourceResponse>;
}

export interface NodePrepareResourceResponse {
  devices: Device[];
  error: string;
}

export interface Device {
  requestNames: string[];
  poolName: string;
  deviceName: string;
  cdiDeviceIds: string[];
  shareId: string;
}

export interface NodeUnprepareResourcesRequest {
  claims: Claim[];
}

export interface NodeUnprepareResourcesResponse {
  claims: Record<string, NodeUnprepareResourceResponse>;
}

export interface NodeUnprepareResourceResponse {
  error: string;
}

export interface Claim {
  namespace: string;
  uid: string;
  name: string;
}

export interface Messages {
  NodePrepareResourcesRequest: NodePrepareResourcesRequest;
  NodePrepareResourcesResponse: NodePrepareResourcesResponse;
  NodePrepareResourceResponse: NodePrepareResourceResponse;
  Device: Device;
  NodeUnprepareResourcesRequest: NodeUnprepareResourcesRequest;
  NodeUnprepareResourcesResponse: NodeUnprepareResourcesResponse;
  NodeUnprepareResourceResponse: NodeUnprepareResourceResponse;
  Claim: Claim;
}

export interface Services {
  DRAPlugin: {
    NodePrepareResources: Unary<NodePrepareResourcesRequest, NodePrepareResourcesResponse>;
    NodeUnprepareResources: Unary<NodeUnprepareResourcesRequest, NodeUnprepareResourcesResponse>;
  };
}

/** Dynamic resource allocation plugins. */
export const dra = new WirePackage<Messages, Services>({
  longs: "number",
  messages: {"NodePrepareResourcesRequest":"k8s.io.kubelet.pkg.apis.dra.v1.NodePrepareResourcesRequest","NodePrepareResourcesResponse":"k8s.io.kubelet.pkg.apis.dra.v1.NodePrepareResourcesResponse","NodePrepareResourceResponse":"k8s.io.kubelet.pkg.apis.dra.v1.NodePrepareResourceResponse","Device":"k8s.io.kubelet.pkg.apis.dra.v1.Device","NodeUnprepareResourcesRequest":"k8s.io.kubelet.pkg.apis.dra.v1.NodeUnprepareResourcesRequest","NodeUnprepareResourcesResponse":"k8s.io.kubelet.pkg.apis.dra.v1.NodeUnprepareResourcesResponse","NodeUnprepareResourceResponse":"k8s.io.kubelet.pkg.apis.dra.v1.NodeUnprepareResourceResponse","Claim":"k8s.io.kubelet.pkg.apis.dra.v1.Claim"},
  services: {"DRAPlugin":{"name":"k8s.io.kubelet.pkg.apis.dra.v1.DRAPlugin","methods":{"NodePrepareResources":["NodePrepareResourcesRequest","NodePrepareResourcesResponse"],"NodeUnprepareResources":["NodeUnprepareResourcesRequest","NodeUnprepareResourcesResponse"]}}},
  descriptor: "{\"nested\":{\"k8s\":{\"nested\":{\"io\":{\"nested\":{\"kubelet\":{\"nested\":{\"pkg\":{\"nested\":{\"apis\":{\"nested\":{\"dra\":{\"nested\":{\"v1\":{\"nested\":{\"DRAPlugin\":{\"methods\":{\"NodePrepareResources\":{\"requestType\":\"NodePrepareResourcesRequest\",\"responseType\":\"NodePrepareResourcesResponse\"},\"NodeUnprepareResources\":{\"requestType\":\"NodeUnprepareResourcesRequest\",\"responseType\":\"NodeUnprepareResourcesResponse\"}}},\"NodePrepareResourcesRequest\":{\"fields\":{\"claims\":{\"rule\":\"repeated\",\"type\":\"Claim\",\"id\":1}}},\"NodePrepareResourcesResponse\":{\"fields\":{\"claims\":{\"keyType\":\"string\",\"type\":\"NodePrepareResourceResponse\",\"id\":1}}},\"NodePrepareResourceResponse\":{\"fields\":{\"devices\":{\"rule\":\"repeated\",\"type\":\"Device\",\"id\":1},\"error\":{\"type\":\"string\",\"id\":2}}},\"Device\":{\"fields\":{\"requestNames\":{\"rule\":\"repeated\",\"type\":\"string\",\"id\":1,\"protoName\":\"request_names\"},\"poolName\":{\"type\":\"string\",\"id\":2,\"protoName\":\"pool_name\"},\"deviceName\":{\"type\":\"string\",\"id\":3,\"protoName\":\"device_name\"},\"cdiDeviceIds\":{\"rule\":\"repeated\",\"type\":\"string\",\"id\":4,\"protoName\":\"cdi_device_ids\"},\"shareId\":{\"type\":\"string\",\"id\":5,\"protoName\":\"share_id\"}}},\"NodeUnprepareResourcesRequest\":{\"fields\":{\"claims\":{\"rule\":\"repeated\",\"type\":\"Claim\",\"id\":1}}},\"NodeUnprepareResourcesResponse\":{\"fields\":{\"claims\":{\"keyType\":\"string\",\"type\":\"NodeUnprepareResourceResponse\",\"id\":1}}},\"NodeUnprepareResourceResponse\":{\"fields\":{\"error\":{\"type\":\"string\",\"id\":1}}},\"Claim\":{\"fields\":{\"namespace\":{\"type\":\"string\",\"id\":1},\"uid\":{\"type\":\"string\",\"id\":2},\"name\":{\"type\":\"string\",\"id\":3}}}}}}}}}}}}}}}}}}}",
});
