import { coreV1, discoveryV1 } from "../../../lib/api/gen/resources.js";
import type { Service } from "../../../lib/api/gen/types/coreV1.js";
import type { EndpointSlice } from "../../../lib/api/gen/types/discoveryV1.js";
import type { Client } from "../../../lib/client/client.js";

const http = { name: "http", protocol: "TCP", port: 80 };
const dns = { name: "dns", protocol: "UDP", port: 53 };
const dnsTcp = { name: "dns-tcp", protocol: "TCP", port: 53 };

function service(name: string, spec: Service["spec"], namespace = "one"): Service {
  return { metadata: { name, namespace }, spec };
}

const external = (name: string, externalName: string): Service =>
  service(name, { type: "ExternalName", externalName });

function slice(
  name: string,
  of: string,
  addresses: readonly { address: string; hostname?: string; ready?: boolean }[],
  ports: EndpointSlice["ports"] = [http],
): EndpointSlice {
  return {
    metadata: { name, namespace: "one", labels: { "kubernetes.io/service-name": of } },
    addressType: addresses[0]?.address.includes(":") ? "IPv6" : "IPv4",
    endpoints: addresses.map(({ address, hostname, ready }) => ({
      addresses: [address],
      ...(hostname === undefined ? {} : { hostname }),
      conditions: ready === undefined ? {} : { ready },
    })),
    ports,
  };
}

/** Services of every kind, with slices that no controller looks after. */
export const zoneObjects: {
  readonly services: readonly Service[];
  readonly slices: readonly EndpointSlice[];
} = {
  services: [
    service("web", { clusterIP: "10.96.7.1", ports: [http, dns, dnsTcp] }),
    service("web", { clusterIP: "10.96.7.2", ports: [http] }, "two"),
    service("headless", { clusterIP: "None", ports: [http, dns] }),
    service("portless", { clusterIP: "None" }),
    service("empty", { clusterIP: "None", ports: [http] }),
    service("many", { clusterIP: "None", ports: [http] }),
    external("far", "near.example"),
    external("lost", "none.example"),
    external("inside", "web.two.svc.cluster.local"),
    external("chain", "inside.one.svc.cluster.local"),
    external("dangling", "none.one.svc.cluster.local"),
    external("ping", "pong.one.svc.cluster.local"),
    external("pong", "ping.one.svc.cluster.local"),
    external("self", "self.one.svc.cluster.local"),
  ],
  slices: [
    slice("headless-a", "headless", [
      { address: "10.1.0.1", hostname: "first", ready: true },
      { address: "10.1.0.2" },
      { address: "10.1.0.3", hostname: "third", ready: false },
    ]),
    slice("headless-b", "headless", [{ address: "10.1.0.1", hostname: "first" }], [dns]),
    slice("headless-c", "headless", [{ address: "fd00:1::" }, { address: "fd00:1::2" }]),
    slice("web-a", "web", [{ address: "10.1.0.9", hostname: "second" }, { address: "10.1.0.2" }]),
    slice("portless-a", "portless", [{ address: "10.1.0.4" }], []),
    slice(
      "many-a",
      "many",
      Array.from({ length: 60 }, (_, index) => ({ address: `10.2.0.${index + 1}` })),
    ),
  ],
};

export async function createZoneObjects(client: Client): Promise<void> {
  for (const name of ["one", "two"]) {
    await client.resource(coreV1.namespaces).create({ metadata: { name } });
  }
  for (const object of zoneObjects.services) {
    await client.resource(coreV1.services).create(object);
  }
  for (const object of zoneObjects.slices) {
    await client.resource(discoveryV1.endpointslices).create(object);
  }
}
