import type { Node, Pod, Service, ServicePort } from "../../api/gen/types/coreV1.js";
import type { Endpoint, EndpointPort } from "../../api/gen/types/discoveryV1.js";
import type { IntOrString } from "../../api/gen/types/intstr.js";
import { canonicalIp } from "../../api/ipAddress.js";
import { isPodFinished, isPodReady } from "../pod/podState.js";

export type AddressType = "IPv4" | "IPv6";

/** Endpoints that have the same ports, which a slice holds once. */
export interface EndpointGroup {
  readonly ports: readonly EndpointPort[];
  readonly endpoints: Endpoint[];
}

const zoneLabel = "topology.kubernetes.io/zone";

/** The families that a service has addresses of. */
export function addressTypesOf(service: Service): AddressType[] {
  const families = service.spec?.ipFamilies ?? [];
  const known = families.filter((family) => family === "IPv4" || family === "IPv6");
  return known.length === 0 ? ["IPv4"] : (known as AddressType[]);
}

/** A pod is behind its services from its first address until it has ended. */
export function hasEndpoint(pod: Pod): boolean {
  return !isPodFinished(pod) && (pod.status?.podIP ?? "") !== "";
}

export function podAddress(pod: Pod, type: AddressType): string | undefined {
  const addresses = pod.status?.podIPs?.map(({ ip }) => ip) ?? [pod.status?.podIP ?? ""];
  const known = addresses.find((ip) => ip !== "" && ip.includes(":") === (type === "IPv6"));
  return known === undefined ? undefined : canonicalIp(known);
}

/**
 * The number of the pod's port that a service's port leads to; undefined where the pod has none.
 */
export function targetPortOf(pod: Pod, port: ServicePort): number | undefined {
  const target: IntOrString = port.targetPort ?? port.port;
  if (typeof target === "number") return target === 0 ? port.port : target;
  const protocol = port.protocol ?? "TCP";
  const restartable = (pod.spec.initContainers ?? []).filter((c) => c.restartPolicy === "Always");
  for (const container of [...pod.spec.containers, ...restartable]) {
    for (const candidate of container.ports ?? []) {
      if (candidate.name === target && (candidate.protocol ?? "TCP") === protocol) {
        return candidate.containerPort;
      }
    }
  }
  return undefined;
}

export function endpointPorts(service: Service, pod: Pod): EndpointPort[] {
  const ports: EndpointPort[] = [];
  for (const port of service.spec?.ports ?? []) {
    const number = targetPortOf(pod, port);
    if (number === undefined) continue;
    ports.push({
      name: port.name ?? "",
      protocol: port.protocol ?? "TCP",
      port: number,
      ...(port.appProtocol === undefined ? {} : { appProtocol: port.appProtocol }),
    });
  }
  return ports;
}

export function hostnameFor(service: Service, pod: Pod): string | undefined {
  const { hostname = "", subdomain } = pod.spec;
  const isOwn = hostname !== "" && subdomain === service.metadata.name;
  return isOwn && pod.metadata.namespace === service.metadata.namespace ? hostname : undefined;
}

/** All endpoints of one family, grouped by their ports; the key tells port lists apart. */
export function groupEndpoints(
  service: Service,
  pods: readonly Pod[],
  type: AddressType,
  nodeOf: (name: string) => Node | undefined,
): Map<string, EndpointGroup> {
  const groups = new Map<string, EndpointGroup>();
  for (const pod of pods) {
    const address = podAddress(pod, type);
    if (!hasEndpoint(pod) || address === undefined) continue;
    const ports = endpointPorts(service, pod);
    const key = portsKey(ports);
    let group = groups.get(key);
    if (group === undefined) {
      group = { ports, endpoints: [] };
      groups.set(key, group);
    }
    group.endpoints.push(endpointOf(service, pod, address, nodeOf));
  }
  return groups;
}

function endpointOf(
  service: Service,
  pod: Pod,
  address: string,
  nodeOf: (name: string) => Node | undefined,
): Endpoint {
  const serving = isPodReady(pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const ready = service.spec?.publishNotReadyAddresses === true || (serving && !terminating);
  const hostname = hostnameFor(service, pod);
  const { nodeName } = pod.spec;
  const zone = nodeName === undefined ? undefined : nodeOf(nodeName)?.metadata.labels?.[zoneLabel];
  const { name = "", namespace = "", uid = "" } = pod.metadata;
  const endpoint: Endpoint = {
    addresses: [address],
    conditions: { ready, serving, terminating },
    ...(hostname === undefined ? {} : { hostname }),
    targetRef: { kind: "Pod", namespace, name, uid },
    ...(nodeName === undefined || nodeName === "" ? {} : { nodeName }),
    ...(zone === undefined || zone === "" ? {} : { zone }),
  };
  const hints = ready ? hintsOf(service, endpoint) : undefined;
  return hints === undefined ? endpoint : { ...endpoint, hints };
}

/** trafficDistribution: endpoints are for clients near them. */
function hintsOf(service: Service, { nodeName, zone }: Endpoint): Endpoint["hints"] {
  const distribution = service.spec?.trafficDistribution;
  const near = distribution === "PreferClose" || distribution === "PreferSameZone";
  if (!near && distribution !== "PreferSameNode") return undefined;
  const forZones = zone === undefined ? {} : { forZones: [{ name: zone }] };
  if (near) return zone === undefined ? undefined : forZones;
  return nodeName === undefined ? undefined : { ...forZones, forNodes: [{ name: nodeName }] };
}

/** Equal for port lists that are equal in any order. */
export function portsKey(ports: readonly EndpointPort[]): string {
  return ports
    .map((p) => JSON.stringify([p.name ?? "", p.protocol ?? "TCP", p.port, p.appProtocol ?? ""]))
    .sort()
    .join();
}
