import {
  type DnsEndpoint,
  dnsUser,
  removeOtherDnsEndpoints,
  withdrawDnsService,
} from "../../dns/dnsService.js";
import type { Logger } from "../../platform/logger.js";
import type { Platform } from "../../platform/platform.js";
import { makePrivateDirectory } from "../../platform/privateDirectory.js";
import type { Cluster } from "../cluster.js";
import { placeDnsService } from "../dnsPlacement.js";
import { kubeconfigText } from "../kubeconfigText.js";
import { KeptProcess } from "./keptProcess.js";
import type { NodePlan, PlannedNode } from "./nodePlan.js";
import { untilDnsResponds } from "./untilDnsResponds.js";

/** Of real nodes: their kubelets and their DNS. */
export const clusterDomain = "cluster.local";
/** On the first node's address; 53 there is left to whoever serves this machine. */
const endpointPort = 10_053;
const httpPort = 10_054;
const graceMilliseconds = 5_000;

/** Whom pods ask for names. */
export type ClusterDnsChoice =
  /** A server of this program behind the Service kube-system/kube-dns. */
  | { readonly kind: "own" }
  /** Nobody but those of the node's own resolv.conf. */
  | { readonly kind: "none" }
  /** A server that somebody else runs at these addresses. */
  | { readonly kind: "given"; readonly servers: readonly string[] };

export interface NodesDnsOptions {
  readonly platform: Platform;
  readonly logger: Logger;
  readonly plan: NodePlan;
  /** The program whose `dns` command serves. */
  readonly script: string;
}

/**
 * The DNS of a cluster with real nodes. A process of its own serves it on this machine, as a user
 * who may do nothing else; every node's proxy leads the Service there.
 */
export class NodesDns {
  readonly #options: NodesDnsOptions;
  readonly #endpoint: DnsEndpoint;
  /** Addresses for the kubelets' settings. */
  readonly servers: readonly string[];
  /** For the person who started it. */
  readonly description: string;
  readonly #process: KeptProcess | undefined;

  private constructor(
    options: NodesDnsOptions,
    servers: readonly string[],
    remark: string,
    process?: KeptProcess,
  ) {
    this.#options = options;
    this.#endpoint = endpointOf(options.plan);
    this.servers = servers;
    const where = servers.length > 0 ? `${servers.join(", ")} for ${clusterDomain}` : "none";
    this.description = remark === "" ? where : `${where}: ${remark}`;
    this.#process = process;
  }

  /**
   * Makes the Service and starts the server, or takes back what an earlier run made. `server` is
   * the API server's URL.
   */
  static async start(
    options: NodesDnsOptions,
    choice: ClusterDnsChoice,
    cluster: Cluster,
    server: string,
  ): Promise<NodesDns> {
    if (choice.kind !== "own") {
      await withdrawDnsService(cluster.client);
      return new NodesDns(options, choice.kind === "given" ? choice.servers : [], "");
    }
    const { client } = cluster;
    const endpoints = [endpointOf(options.plan)];
    // Another address of an earlier run, or a crash's: this cluster has one server.
    await removeOtherDnsEndpoints(client, endpoints);
    // Before any proxy starts, so that each has it in its first rules.
    const placed = await placeDnsService(client, [options.plan.serviceRange], endpoints);
    const { addresses, remark } = placed;
    if (!placed.isOwn) return new NodesDns(options, addresses, remark);
    const kept = await keptServer(options, cluster, server, addresses);
    kept.start();
    return new NodesDns(options, addresses, remark, kept);
  }

  /** Resolves when the server answers; at once where there is none of this program. */
  async untilResponding(signal: AbortSignal): Promise<void> {
    if (this.#process === undefined) return;
    const { platform, plan } = this.#options;
    const name = `kubernetes.default.svc.${clusterDomain}`;
    await untilDnsResponds(platform, this.#endpoint, name, signal, logOf(plan));
  }

  async stop(): Promise<void> {
    await this.#process?.stop(graceMilliseconds);
  }
}

const directoryOf = (plan: NodePlan): string => `${plan.directory}/dns`;
const logOf = (plan: NodePlan): string => `${directoryOf(plan)}/dns.log`;

function endpointOf(plan: NodePlan): DnsEndpoint {
  const { address } = plan.nodes[0] as PlannedNode;
  return { address, port: endpointPort, metricsPort: httpPort };
}

async function keptServer(
  { platform, logger, plan, script }: NodesDnsOptions,
  { pki }: Cluster,
  server: string,
  servers: readonly string[],
): Promise<KeptProcess> {
  if (pki === undefined) throw new Error("cluster DNS needs a port with TLS");
  const directory = directoryOf(plan);
  await makePrivateDirectory(platform.files, directory);
  const text = kubeconfigText({
    ...{ clusterName: "steersman", userName: dnsUser, server },
    certificateAuthorities: pki.authority.certificate,
    ...(await pki.client("cluster-dns", dnsUser)),
  });
  const kubeconfig = `${directory}/dns.kubeconfig`;
  await platform.files.replaceFile(kubeconfig, text, 0o600);
  const { address, port } = endpointOf(plan);
  return new KeptProcess(platform, logger, {
    name: "cluster DNS",
    command: [
      ...[platform.host.executable, script, "dns", `--kubeconfig=${kubeconfig}`],
      ...[`--listen-address=${address}:${port}`, `--cluster-domain=${clusterDomain}`],
      ...[`--http-address=${address}:${httpPort}`, `--service-ip=${servers.join(",")}`],
    ],
    logFile: logOf(plan),
  });
}
