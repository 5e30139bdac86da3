import { checkArgument } from "../api/checkArgument.js";
import type { OptionCheck } from "../api/optionChecks.js";
import type { Client } from "../client/client.js";
import type { DnsAddress } from "../dns/dnsAddress.js";
import { DnsListenError, startDnsServer } from "../dns/dnsServer.js";
import { isReachable } from "../dns/dnsService.js";
import type { Logger } from "../platform/logger.js";
import type { Platform } from "../platform/platform.js";
import { ClusterError } from "./clusterError.js";
import type { ClusterDnsOptions } from "./clusterOptions.js";
import { placeDnsService } from "./dnsPlacement.js";

/** The DNS of a cluster that was started with the option `dns`. */
export interface ClusterDns {
  /** Where it answers over UDP and TCP, with the ports that were got. */
  readonly addresses: readonly DnsAddress[];
  /** Of the Service kube-system/kube-dns, one for each family. */
  readonly serviceAddresses: readonly string[];
  /**
   * The response to one message of DNS (RFC 1035), without a socket and at once, in virtual time
   * too; undefined for what no server responds to.
   */
  resolve(query: Uint8Array): Uint8Array | undefined;
}

const bytes: OptionCheck = (value) => (value instanceof Uint8Array ? undefined : "a Uint8Array");

export interface ServedDnsParts {
  readonly platform: Platform;
  readonly logger: Logger;
  readonly client: Client;
  readonly serviceRanges: readonly string[];
  readonly options: ClusterDnsOptions;
}

export interface ServedDns extends ClusterDns {
  stop(): Promise<void>;
}

/**
 * Serves the names of a cluster's Services from this process, on threads of their own, behind the
 * Service kube-dns. Resolves when every object is known. Rejects with a ClusterError where an
 * address cannot be had.
 */
export async function serveDns(parts: ServedDnsParts): Promise<ServedDns> {
  const { platform, logger, client, serviceRanges, options } = parts;
  const { domain, listen = [], upstreams = [] } = options;
  // Before anything is listed: what is synced then has the Service's own name.
  let placed = await placeDnsService(client, serviceRanges, []);
  const server = await startDnsServer({
    ...{ platform, logger, client, listen, upstreams },
    ...(domain === undefined ? {} : { domain }),
  }).catch((error: unknown) => {
    if (!(error instanceof DnsListenError)) throw error;
    throw new ClusterError("InvalidOption", "dns.listen", error.message, error);
  });
  try {
    const endpoints = server.addresses
      .filter(({ host }) => isReachable(host))
      .map(({ host, port }) => ({ address: host, port }));
    if (endpoints.length > 0) placed = await placeDnsService(client, serviceRanges, endpoints);
    if (placed.remark !== "") logger.warning("Cluster DNS", { remark: placed.remark });
    await server.synced;
    return {
      addresses: server.addresses,
      serviceAddresses: placed.addresses,
      resolve: (query) => {
        checkArgument("query", query, bytes);
        return server.resolve(query);
      },
      stop: () => server.stop(),
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}
