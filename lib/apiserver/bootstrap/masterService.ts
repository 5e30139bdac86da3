import { semanticEqual } from "../../api/equality.js";
import { coreV1, discoveryV1, networkingV1 } from "../../api/gen/resources.js";
import type { ObjectMeta } from "../../api/gen/types/metaV1.js";
import { formatCidr, type IpRange, parseIp } from "../../api/ipAddress.js";
import { formatTime } from "../../api/time.js";
import { firstServiceAddress } from "../allocation/serviceAllocation.js";
import { addressObject } from "../allocation/serviceHoldings.js";
import { type BootstrapDependencies, ObjectWriter, type WantedObject } from "./objectWriter.js";

/** --endpoint-reconciler-type. */
export type EndpointReconcilerType = "lease" | "master-count" | "none";

export interface MasterServiceOptions {
  readonly ranges: readonly IpRange[];
  /**
   * Where other machines reach this server; undefined (or loopback) gives the service no endpoints.
   */
  readonly advertiseAddress?: string;
  readonly securePort: number;
  readonly reconciler: EndpointReconcilerType;
  /** --kubernetes-service-node-port; 0 is none. */
  readonly nodePort?: number;
}

const leasePrefix = "/registry/masterleases/";
const leaseTtlSeconds = 15;
const serviceLabels = { component: "apiserver", provider: "kubernetes" };

/**
 * Keeps the service `kubernetes` in `default`, and its endpoints: the addresses of all servers
 * that live. A server lives as long as it renews its lease; a stopped one takes itself away.
 */
export class MasterService {
  readonly #deps: BootstrapDependencies;
  readonly #options: MasterServiceOptions;
  readonly #writer: ObjectWriter;
  #leaseId: number | undefined;

  constructor(deps: BootstrapDependencies, options: MasterServiceOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#writer = new ObjectWriter(deps);
  }

  /** The service and the ServiceCIDR, which never change; then the endpoints. */
  async start(): Promise<void> {
    await this.reconcile();
  }

  /** To be called about every 10 seconds: renews this server's lease and writes what changed. */
  async reconcile(): Promise<void> {
    // They are there again soon when somebody deletes them.
    await this.#writer.ensure([this.#service(), this.#serviceCidr(), this.#address()]);
    if (this.#options.reconciler === "none") return;
    const own = this.#ownAddress();
    if (own === undefined) return;
    const addresses = this.#options.reconciler === "lease" ? await this.#renew(own) : [own];
    await this.#writer.ensure([this.#endpoints(addresses), this.#slice(addresses)]);
  }

  /** Takes this server out of the endpoints. */
  async stop(): Promise<void> {
    const own = this.#ownAddress();
    if (own === undefined || this.#options.reconciler !== "lease") return;
    if (this.#leaseId !== undefined) await this.#deps.storage.revokeLease(this.#leaseId);
    const { values } = await this.#deps.storage.range(leasePrefix);
    const left = values.map(({ key }) => key.slice(leasePrefix.length)).filter((ip) => ip !== own);
    await this.#writer.ensure([this.#endpoints(left), this.#slice(left)]);
  }

  #ownAddress(): string | undefined {
    const { advertiseAddress } = this.#options;
    if (advertiseAddress === undefined || advertiseAddress === "") return undefined;
    const loopback = advertiseAddress.startsWith("127.") || advertiseAddress === "::1";
    return loopback ? undefined : advertiseAddress;
  }

  /** A fresh lease each time, so that a store that lost the old one needs no special case. */
  async #renew(own: string): Promise<string[]> {
    const { storage } = this.#deps;
    const lease = await storage.grantLease(leaseTtlSeconds);
    const key = `${leasePrefix}${own}`;
    const value = this.#writer.encode(coreV1.endpoints, this.#endpoints([own]).object);
    await storage.transact({
      compare: [],
      success: [{ type: "put", key, value, leaseId: lease.leaseId }],
    });
    const before = this.#leaseId;
    this.#leaseId = lease.leaseId;
    // It may have run out meanwhile: then it is gone already.
    if (before !== undefined) await storage.revokeLease(before).catch(() => undefined);
    const { values } = await storage.range(leasePrefix);
    return values.map((stored) => stored.key.slice(leasePrefix.length)).sort();
  }

  #service(): WantedObject {
    const { ranges, securePort, nodePort } = this.#options;
    const [range] = ranges;
    if (range === undefined) throw new Error("there is no range for services");
    const clusterIP = firstServiceAddress(range);
    const exposed = nodePort !== undefined && nodePort > 0;
    return {
      type: coreV1.services,
      object: {
        metadata: { name: "kubernetes", namespace: "default", labels: serviceLabels },
        spec: {
          ports: [
            {
              name: "https",
              protocol: "TCP",
              port: 443,
              targetPort: securePort,
              ...(exposed ? { nodePort } : {}),
            },
          ],
          clusterIP,
          clusterIPs: [clusterIP],
          type: exposed ? "NodePort" : "ClusterIP",
          sessionAffinity: "None",
          ipFamilies: [range.family],
          ipFamilyPolicy: "SingleStack",
          internalTrafficPolicy: "Cluster",
          ...(exposed ? { externalTrafficPolicy: "Cluster" } : {}),
        },
        status: { loadBalancer: {} },
      } as WantedObject["object"],
      reconcile: (existing) => withPort(existing, securePort),
    };
  }

  /** Says that the service's address is its own. */
  #address(): WantedObject {
    const [range] = this.#options.ranges;
    if (range === undefined) throw new Error("there is no range for services");
    const owner = { namespace: "default", name: "kubernetes" };
    return addressObject(firstServiceAddress(range), owner);
  }

  #serviceCidr(): WantedObject {
    return {
      type: networkingV1.servicecidrs,
      object: {
        metadata: { name: "kubernetes", finalizers: ["networking.k8s.io/service-cidr-finalizer"] },
        spec: { cidrs: this.#options.ranges.map(formatCidr) },
        status: {
          conditions: [
            {
              type: "Ready",
              status: "True",
              lastTransitionTime: formatTime(this.#deps.clock.now()),
              reason: "",
              message: "Kubernetes Service CIDR is ready",
            },
          ],
        },
      } as WantedObject["object"],
    };
  }

  #endpoints(addresses: readonly string[]): WantedObject {
    const port = { name: "https", port: this.#options.securePort, protocol: "TCP" };
    const subsets =
      addresses.length === 0 ? [] : [{ addresses: addresses.map((ip) => ({ ip })), ports: [port] }];
    return {
      type: coreV1.endpoints,
      object: {
        metadata: {
          name: "kubernetes",
          namespace: "default",
          labels: { "endpointslice.kubernetes.io/skip-mirror": "true" },
        },
        subsets,
      } as WantedObject["object"],
      reconcile: (existing) => replaceField(existing, "subsets", subsets),
    };
  }

  #slice(addresses: readonly string[]): WantedObject {
    const family = parseIp(this.#ownAddress() ?? "")?.family ?? "IPv4";
    const endpoints = addresses.map((ip) => ({ addresses: [ip], conditions: { ready: true } }));
    const ports = [{ name: "https", protocol: "TCP", port: this.#options.securePort }];
    return {
      type: discoveryV1.endpointslices,
      object: {
        metadata: {
          name: "kubernetes",
          namespace: "default",
          generation: 1,
          labels: { "kubernetes.io/service-name": "kubernetes" },
        },
        addressType: family,
        endpoints,
        ports,
      } as WantedObject["object"],
      reconcile(existing) {
        const withPorts = replaceField(existing, "ports", ports);
        return replaceField(withPorts ?? existing, "endpoints", endpoints) ?? withPorts;
      },
    };
  }
}

function replaceField(
  existing: { metadata: ObjectMeta },
  field: string,
  value: unknown,
): { metadata: ObjectMeta } | undefined {
  const tree = existing as unknown as Record<string, unknown>;
  if (semanticEqual(tree[field], value)) return undefined;
  const generation = existing.metadata.generation;
  const metadata =
    generation === undefined
      ? existing.metadata
      : { ...existing.metadata, generation: generation + 1 };
  return { ...existing, metadata, [field]: value } as { metadata: ObjectMeta };
}

function withPort(
  existing: { metadata: ObjectMeta },
  securePort: number,
): { metadata: ObjectMeta } | undefined {
  const service = existing as {
    metadata: ObjectMeta;
    spec: { ports?: { targetPort?: unknown }[] };
  };
  const [port] = service.spec.ports ?? [];
  if (port === undefined || port.targetPort === securePort) return undefined;
  port.targetPort = securePort;
  return service;
}
