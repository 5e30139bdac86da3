import { createHash } from "node:crypto";
import { formatIp, parseCidr } from "../../api/ipAddress.js";

/**
 * Real nodes of one machine at most. Each takes a containerd, a kubelet and a kube-proxy: some
 * 250 MiB before its first pod.
 */
export const maxRealNodes = 16;

export interface PlannedNode {
  /** 0 is the machine itself; the others are namespaces. */
  readonly index: number;
  readonly name: string;
  readonly address: string;
  /** Everything of the node lives below it. Absolute. */
  readonly directory: string;
  /** Below every cgroup file system, without a slash at the front. */
  readonly cgroup: string;
  /** The machine's end of the pair that leads to the node. */
  readonly link: string;
}

export interface NodePlan {
  readonly directory: string;
  /** Where containerds of their own learn how registries are reached, the first one first. */
  readonly registryDirectories: readonly string[];
  readonly cgroup: string;
  readonly bridge: string;
  /** A pair with nobody at its end, into which the service range is routed. */
  readonly deadEnd: readonly [string, string];
  /** Every link that this plan makes has a name that starts so. */
  readonly linkPrefix: string;
  readonly nodeCidr: string;
  readonly prefixLength: number;
  readonly clusterCidr: string;
  readonly serviceRange: string;
  readonly nodes: readonly PlannedNode[];
}

export interface NodePlanOptions {
  /** Absolute; names of links and cgroups come from it, so that the next start finds them. */
  readonly dataDirectory: string;
  readonly nodes: number;
  readonly nodeCidr: string;
  readonly clusterCidr: string;
  readonly serviceRange: string;
}

/** Where a machine's containerds look for them by convention. */
const machineRegistries = "/etc/containerd/certs.d";

/** The program that holds a node's namespaces, see NodeHolder. */
export const holderOf = (nodeDirectory: string): string => `${nodeDirectory}/holder`;

function range(flag: string, text: string) {
  const parsed = parseCidr(text);
  if (parsed?.family !== "IPv4") throw new Error(`--${flag}: ${text} is no IPv4 range`);
  return parsed;
}

/** Names and addresses of real nodes. Throws an Error that names the flag. */
export function planNodes(options: NodePlanOptions): NodePlan {
  const cidr = range("node-cidr", options.nodeCidr);
  const others = {
    "cluster-cidr": options.clusterCidr,
    "service-cluster-ip-range": options.serviceRange,
  };
  for (const [flag, text] of Object.entries(others)) {
    const other = range(flag, text);
    const apart = other.base >= cidr.base + cidr.size || cidr.base >= other.base + other.size;
    if (!apart) throw new Error(`--node-cidr: ${options.nodeCidr} overlaps --${flag} ${text}`);
  }
  const count = Math.min(options.nodes, maxRealNodes, Number(cidr.size) - 2);
  if (count < 1) throw new Error(`--node-cidr: ${options.nodeCidr} has no address for a node`);
  const id = createHash("sha256").update(options.dataDirectory).digest("hex").slice(0, 6);
  const directory = `${options.dataDirectory}/nodes`;
  const nodes = Array.from({ length: count }, (_unused, index): PlannedNode => {
    const name = `node-${index}`;
    const value = cidr.base + BigInt(index) + 1n;
    return {
      ...{ index, name },
      address: formatIp({ family: "IPv4", value }),
      directory: `${directory}/${name}`,
      cgroup: `steersman-${id}/${name}`,
      link: `st${id}n${index}`,
    };
  });
  return {
    directory,
    registryDirectories: [`${options.dataDirectory}/certs.d`, machineRegistries],
    cgroup: `steersman-${id}`,
    bridge: `st${id}br`,
    deadEnd: [`st${id}d0`, `st${id}d1`],
    linkPrefix: `st${id}`,
    nodeCidr: options.nodeCidr,
    prefixLength: cidr.prefixLength,
    clusterCidr: options.clusterCidr,
    serviceRange: options.serviceRange,
    nodes,
  };
}
