import type { Node, Service, ServiceSpec } from "../../../lib/api/gen/types/coreV1.js";
import type { Endpoint, EndpointSlice } from "../../../lib/api/gen/types/discoveryV1.js";

/** A service of the namespace `test`; its ports' names are `tcp` and `udp`. */
export function testService(name: string, clusterIP: string, spec: Partial<ServiceSpec> = {}) {
  const service: Service = {
    metadata: { namespace: "test", name },
    spec: {
      type: "ClusterIP",
      clusterIP,
      clusterIPs: [clusterIP],
      ports: [{ name: "tcp", protocol: "TCP", port: 80 }],
      ...spec,
    },
  };
  return service;
}

export interface TestEndpoint {
  readonly address: string;
  readonly nodeName?: string;
  readonly ready?: boolean;
}

/** The slice of a service of the namespace `test` (one a family); endpoints listen on 8080. */
export function testSlice(service: string, endpoints: readonly TestEndpoint[]): EndpointSlice {
  const isSix = endpoints[0]?.address.includes(":") ?? false;
  return {
    metadata: {
      namespace: "test",
      name: isSix ? `${service}-slice-6` : `${service}-slice`,
      labels: { "kubernetes.io/service-name": service },
    },
    addressType: isSix ? "IPv6" : "IPv4",
    ports: [
      { name: "tcp", protocol: "TCP", port: 8080 },
      { name: "udp", protocol: "UDP", port: 8080 },
      { name: "echo", protocol: "TCP", port: 8081 },
    ],
    endpoints: endpoints.map(
      ({ address, nodeName = "node", ready = true }): Endpoint => ({
        addresses: [address],
        nodeName,
        conditions: { ready, serving: ready, terminating: false },
      }),
    ),
  };
}

export const testNode: Node = {
  metadata: { name: "node", labels: { "topology.kubernetes.io/zone": "a" } },
  spec: { podCIDR: "10.20.0.0/24", podCIDRs: ["10.20.0.0/24"] },
  status: { addresses: [{ type: "InternalIP", address: "192.168.77.1" }] },
};
