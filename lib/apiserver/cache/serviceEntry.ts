import type { Service } from "../../api/gen/types/coreV1.js";
import type { ObjectTree } from "../admission/admissionPlugin.js";

/** What a service holds of the cluster's addresses and of the nodes' ports. */
export interface CachedService {
  readonly name: string;
  readonly namespace: string;
  readonly clusterIps: readonly string[];
  readonly nodePorts: readonly number[];
}

/** Those that `cachedService` reads. */
export const serviceFields = [
  "metadata.name",
  "metadata.namespace",
  ...["clusterIP", "clusterIPs", "ports.nodePort", "healthCheckNodePort"].map(
    (one) => `spec.${one}`,
  ),
];

export function cachedService(object: ObjectTree): CachedService {
  const service = object as unknown as Service;
  const spec = service.spec ?? {};
  const addresses = spec.clusterIPs ?? (spec.clusterIP ? [spec.clusterIP] : []);
  return {
    name: service.metadata.name ?? "",
    namespace: service.metadata.namespace ?? "",
    clusterIps: addresses.filter((address) => address !== "" && address !== "None"),
    nodePorts: nodePortsOf(service),
  };
}

export function nodePortsOf(service: Service): number[] {
  const ports = (service.spec?.ports ?? []).flatMap(({ nodePort }) => (nodePort ? [nodePort] : []));
  const health = service.spec?.healthCheckNodePort;
  return [...new Set(health ? [...ports, health] : ports)];
}
