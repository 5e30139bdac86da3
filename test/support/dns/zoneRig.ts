import { coreV1, discoveryV1 } from "../../../lib/api/gen/resources.js";
import type { DnsAddress } from "../../../lib/dns/dnsAddress.js";
import { type DnsServer, startDnsServer } from "../../../lib/dns/dnsServer.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import { VirtualCluster } from "../client/virtualCluster.js";

/** A real server on loopback over an API in memory: one service `web`, headless `pods`. */
export class ZoneRig {
  private constructor(
    readonly cluster: VirtualCluster,
    readonly dns: DnsServer,
  ) {}

  static async start(
    upstreams: readonly DnsAddress[] = [],
    { endpoints = 3 }: { readonly endpoints?: number } = {},
  ): Promise<ZoneRig> {
    const cluster = new VirtualCluster();
    const { client } = cluster;
    const namespace = "default";
    await client.resource(coreV1.namespaces).create({ metadata: { name: namespace } });
    const ports = [{ name: "http", protocol: "TCP", port: 80 }];
    const services = client.resource(coreV1.services);
    await services.create({
      metadata: { name: "web", namespace },
      spec: { clusterIP: "10.96.0.7", clusterIPs: ["10.96.0.7"], ports },
    });
    await services.create({
      metadata: { name: "pods", namespace },
      spec: { clusterIP: "None", clusterIPs: ["None"], ports },
    });
    await services.create({
      metadata: { name: "far", namespace },
      spec: { type: "ExternalName", externalName: "far.example" },
    });
    await client.resource(discoveryV1.endpointslices).create({
      metadata: { name: "pods", namespace, labels: { "kubernetes.io/service-name": "pods" } },
      addressType: "IPv4",
      ports,
      endpoints: Array.from({ length: endpoints }, (_, index) => ({
        addresses: [`10.244.${Math.floor(index / 250)}.${(index % 250) + 1}`],
      })),
    });
    const dns = await startDnsServer({
      platform: nodePlatform,
      client,
      listen: [{ host: "127.0.0.1", port: 0 }],
      upstreams,
    });
    await dns.synced;
    return new ZoneRig(cluster, dns);
  }

  get address(): DnsAddress {
    const [address] = this.dns.addresses;
    if (address === undefined) throw new Error("it listens nowhere");
    return address;
  }

  async stop(): Promise<void> {
    await this.dns.stop();
    this.cluster.stop();
  }
}
