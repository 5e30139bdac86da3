import { semanticEqual } from "../api/equality.js";
import { coreV1, discoveryV1 } from "../api/gen/resources.js";
import type { Service, ServicePort, ServiceSpec } from "../api/gen/types/coreV1.js";
import type { EndpointPort, EndpointSlice } from "../api/gen/types/discoveryV1.js";
import { parseIp, unusableEndpoint } from "../api/ipAddress.js";
import { hasReason } from "../api/status.js";
import type { Client } from "../client/client.js";

export const dnsNamespace = "kube-system";
export const dnsServiceName = "kube-dns";
/** The user of a DNS server that keeps its Service; the bootstrap policy binds its roles. */
export const dnsUser = "system:cluster-dns";
export const dnsPort = 53;

const managedByLabel = "app.kubernetes.io/managed-by";
const sliceLabels = {
  "kubernetes.io/service-name": dnsServiceName,
  "endpointslice.kubernetes.io/managed-by": "cluster-dns.steersman.dev",
};
/** What people and tools know the cluster's DNS by. */
const labels = {
  "k8s-app": "kube-dns",
  "kubernetes.io/cluster-service": "true",
  "kubernetes.io/name": "KubeDNS",
  [managedByLabel]: "steersman",
};

/** As kubeadm's: what Prometheus' usual rules look for. */
const scraped = { "prometheus.io/port": "9153", "prometheus.io/scrape": "true" };

/** Where a DNS server answers, over UDP and TCP. */
export interface DnsEndpoint {
  readonly address: string;
  readonly port: number;
  /** Over HTTP on the same address; none where it serves no metrics. */
  readonly metricsPort?: number;
}

export interface DnsServiceOptions {
  readonly client: Client;
  /** One of each family; without any the API server chooses. */
  readonly clusterIps: readonly string[];
  readonly endpoints: readonly DnsEndpoint[];
}

export type DnsServiceState =
  /** The Service is there and leads to the endpoints. */
  | { readonly kind: "kept"; readonly clusterIps: readonly string[] }
  /** Somebody else's server answers behind the Service: it is left alone. */
  | { readonly kind: "foreign"; readonly clusterIps: readonly string[]; readonly why: string }
  /** The Service cannot be made: its address is another's, or in no range. */
  | { readonly kind: "refused"; readonly why: string };

/** Whether pods of other nodes can be led to an address. */
export function isReachable(address: string): boolean {
  const parsed = parseIp(address);
  return parsed !== undefined && unusableEndpoint(parsed) === undefined;
}

function whyForeign({ spec = {} }: Service): string | undefined {
  const name = `the Service ${dnsNamespace}/${dnsServiceName}`;
  if (Object.keys(spec.selector ?? {}).length > 0) return `${name} has a selector: its pods answer`;
  if (spec.type === "ExternalName") return `${name} is of type ExternalName`;
  return spec.clusterIP === "None" ? `${name} is headless` : undefined;
}

function portsOf({ port, metricsPort }: DnsEndpoint): ServicePort[] {
  const ports: ServicePort[] = [
    { name: "dns", protocol: "UDP", port: dnsPort, targetPort: port },
    { name: "dns-tcp", protocol: "TCP", port: dnsPort, targetPort: port },
  ];
  if (metricsPort === undefined) return ports;
  return [...ports, { name: "metrics", protocol: "TCP", port: 9153, targetPort: metricsPort }];
}

function sliceName({ address, port }: DnsEndpoint): string {
  return `${dnsServiceName}-${address.replaceAll(/[.:]/g, "-").toLowerCase()}-${port}`;
}

function sliceOf(endpoint: DnsEndpoint, service: Service): EndpointSlice {
  const { address } = endpoint;
  const { name = "", uid = "" } = service.metadata ?? {};
  const ports = portsOf(endpoint).map(({ name, protocol, targetPort }): EndpointPort => {
    return { name: name ?? "", protocol: protocol ?? "TCP", port: Number(targetPort) };
  });
  // With the Service they go; whoever keeps them makes both anew.
  const owner = { apiVersion: "v1", kind: "Service", name, uid, controller: true };
  return {
    metadata: {
      name: sliceName(endpoint),
      namespace: dnsNamespace,
      labels: { "k8s-app": "kube-dns", ...sliceLabels },
      ownerReferences: [owner],
    },
    addressType: parseIp(address)?.family === "IPv6" ? "IPv6" : "IPv4",
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
    ports,
  };
}

async function orUndefined<T>(asked: Promise<T>): Promise<T | undefined> {
  return asked.catch((error: unknown) => {
    if (hasReason(error, "NotFound")) return undefined;
    throw error;
  });
}

/** The wanted fields are given back; what people add beside them stays. */
async function restore(client: Client, existing: Service, ports: ServicePort[]): Promise<Service> {
  const { metadata, spec = {} } = existing;
  const known = (spec.ports ?? []).map(({ name, protocol, port, targetPort }): ServicePort => {
    return { ...(name ? { name } : {}), protocol: protocol ?? "TCP", port, targetPort };
  });
  const lacksLabel = Object.entries(labels).some(
    ([key, value]) => metadata.labels?.[key] !== value,
  );
  if (!lacksLabel && semanticEqual(known, ports)) return existing;
  return client.resource(coreV1.services).update({
    ...existing,
    metadata: { ...metadata, labels: { ...metadata.labels, ...labels } },
    spec: { ...spec, ports },
  });
}

function newService(clusterIps: readonly string[], ports: ServicePort[]): Service {
  const [first] = clusterIps;
  const families = clusterIps.map((ip) => parseIp(ip)?.family ?? "IPv4");
  const addresses: ServiceSpec =
    first === undefined
      ? {}
      : {
          clusterIP: first,
          clusterIPs: [...clusterIps],
          ipFamilies: families,
          ipFamilyPolicy: families.length > 1 ? "RequireDualStack" : "SingleStack",
        };
  return {
    metadata: {
      name: dnsServiceName,
      namespace: dnsNamespace,
      labels: { ...labels },
      ...(ports.some(({ name }) => name === "metrics") ? { annotations: { ...scraped } } : {}),
    },
    spec: { ...addresses, ports },
  };
}

/** Whose address it is; undefined where that cannot be the reason. */
async function ownerOf(client: Client, clusterIps: readonly string[]): Promise<string | undefined> {
  const { items } = await client.resource(coreV1.services).list();
  for (const { metadata, spec } of items) {
    const ip = spec?.clusterIPs?.find((one) => clusterIps.includes(one));
    if (ip !== undefined) {
      return `the Service ${metadata.namespace}/${metadata.name} has the address ${ip}`;
    }
  }
  return undefined;
}

async function writeSlice(client: Client, wanted: EndpointSlice): Promise<void> {
  const slices = client.resource(discoveryV1.endpointslices);
  const { name = "", namespace = dnsNamespace } = wanted.metadata;
  const existing = await orUndefined(slices.get(name, { namespace }));
  if (existing === undefined) {
    await slices.create(wanted);
    return;
  }
  const { metadata } = existing;
  const merged: EndpointSlice = {
    ...existing,
    metadata: {
      ...metadata,
      labels: { ...metadata.labels, ...wanted.metadata.labels },
      ownerReferences: wanted.metadata.ownerReferences ?? [],
    },
    endpoints: wanted.endpoints ?? [],
    ports: wanted.ports ?? [],
  };
  if (!semanticEqual(existing, merged)) await slices.update(merged);
}

async function removeSlice(client: Client, name: string): Promise<void> {
  const slices = client.resource(discoveryV1.endpointslices);
  await orUndefined(slices.delete(name, { namespace: dnsNamespace }));
}

/**
 * Makes the Service kube-system/kube-dns and what leads it to the endpoints, or gives back what was
 * changed of them, and says how they stand. A Service with a selector is somebody else's: its pods
 * answer, so the endpoints are taken away. Rejects with ApiError where the API server does; trying
 * again is then right.
 */
export async function ensureDnsService(options: DnsServiceOptions): Promise<DnsServiceState> {
  const { client, clusterIps, endpoints } = options;
  const services = client.resource(coreV1.services);
  const [first = { address: "", port: dnsPort }] = endpoints;
  const ports = portsOf(first);
  let service = await orUndefined(services.get(dnsServiceName, { namespace: dnsNamespace }));
  if (service === undefined) {
    try {
      service = await services.create(newService(clusterIps, ports));
    } catch (error) {
      if (!hasReason(error, "Invalid")) throw error;
      return { kind: "refused", why: (await ownerOf(client, clusterIps)) ?? error.message };
    }
  }
  const { clusterIPs = [] } = service.spec ?? {};
  const why = whyForeign(service);
  if (why !== undefined) {
    await removeDnsEndpoints(client, endpoints);
    return { kind: "foreign", clusterIps: clusterIPs.filter((ip) => ip !== "None"), why };
  }
  service = await restore(client, service, ports);
  for (const endpoint of endpoints) await writeSlice(client, sliceOf(endpoint, service));
  return { kind: "kept", clusterIps: clusterIPs };
}

/** The Service no longer leads to these endpoints: nobody answers there from now on. */
export async function removeDnsEndpoints(
  client: Client,
  endpoints: readonly DnsEndpoint[],
): Promise<void> {
  for (const endpoint of endpoints) await removeSlice(client, sliceName(endpoint));
}

/** Takes away what leads elsewhere: whoever knows that a cluster has one server. */
export async function removeOtherDnsEndpoints(
  client: Client,
  endpoints: readonly DnsEndpoint[],
): Promise<void> {
  const kept = new Set(endpoints.map(sliceName));
  const labelSelector = Object.entries(sliceLabels)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
  const slices = client.resource(discoveryV1.endpointslices);
  const { items } = await slices.list({ namespace: dnsNamespace, labelSelector });
  for (const { metadata } of items) {
    const { name = "" } = metadata;
    if (!kept.has(name)) await removeSlice(client, name);
  }
}

/** Takes back the Service, unless it has become somebody else's, and everything behind it. */
export async function withdrawDnsService(client: Client): Promise<void> {
  await removeOtherDnsEndpoints(client, []);
  const services = client.resource(coreV1.services);
  const service = await orUndefined(services.get(dnsServiceName, { namespace: dnsNamespace }));
  const isOurs = service?.metadata.labels?.[managedByLabel] === labels[managedByLabel];
  if (service === undefined || !isOurs || whyForeign(service) !== undefined) return;
  await orUndefined(services.delete(dnsServiceName, { namespace: dnsNamespace }));
}
