import { addressAt, parseCidr } from "../api/ipAddress.js";
import type { Client } from "../client/client.js";
import { type DnsEndpoint, ensureDnsService } from "../dns/dnsService.js";

/** As kubeadm has it. */
const serviceOffset = 10;

/** Where the Service kube-system/kube-dns stands. */
export interface DnsPlacement {
  /** Its addresses, one of each family; none where it has none. */
  readonly addresses: readonly string[];
  /** Whether it leads to the endpoints; else it is somebody else's, or is not there. */
  readonly isOwn: boolean;
  /** Why it is not where, or not what, it usually is; empty where it is. */
  readonly remark: string;
}

/** The tenth address of each service range. */
function usualAddresses(ranges: readonly string[]): { addresses: string[]; remark: string } {
  const addresses: string[] = [];
  for (const text of ranges) {
    const range = parseCidr(text);
    const address = range && addressAt(range, serviceOffset);
    if (address === undefined) return { addresses: [], remark: `${text} has no tenth address` };
    addresses.push(address);
  }
  return { addresses, remark: "" };
}

/**
 * Makes the Service, or leads the one that is there to the endpoints. Where the usual address is
 * another Service's, it takes any other. Rejects with ApiError where the API server does.
 */
export async function placeDnsService(
  client: Client,
  serviceRanges: readonly string[],
  endpoints: readonly DnsEndpoint[],
): Promise<DnsPlacement> {
  const usual = usualAddresses(serviceRanges);
  let { remark } = usual;
  let state = await ensureDnsService({ client, endpoints, clusterIps: usual.addresses });
  if (state.kind === "refused" && usual.addresses.length > 0) {
    remark = state.why;
    state = await ensureDnsService({ client, endpoints, clusterIps: [] });
  }
  if (state.kind === "kept") return { addresses: state.clusterIps, isOwn: true, remark };
  const addresses = state.kind === "foreign" ? state.clusterIps : [];
  return { addresses, isOwn: false, remark: state.why };
}
