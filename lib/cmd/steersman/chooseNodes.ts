import { type NodePlan, planNodes } from "../../cluster/nodes/nodePlan.js";
import type { ClusterDnsChoice } from "../../cluster/nodes/nodesDns.js";
import { readNodesRecord, refuseSecondOwner } from "../../cluster/nodes/nodesFile.js";
import { NoRealNodes, RealNodes } from "../../cluster/nodes/realNodes.js";
import { removeNodeTraces } from "../../cluster/nodes/removeNodeTraces.js";
import type { Logger } from "../../platform/logger.js";
import type { Platform } from "../../platform/platform.js";
import { makeDataDirectory } from "../../platform/privateDirectory.js";
import { nodePaths, partsInProcess } from "./realNodesHere.js";

export type NodeRuntimeFlag = "auto" | "containerd" | "simulated";

export interface NodeChoiceOptions {
  readonly platform: Platform;
  readonly logger: Logger;
  readonly runtime: NodeRuntimeFlag;
  readonly nodes: number;
  readonly dataDirectory: string;
  /** The URL of this program's own file. */
  readonly script: string;
  readonly nodeCidr: string;
  readonly clusterCidr: string;
  readonly serviceRange: string;
  readonly clusterDns: ClusterDnsChoice;
  readonly say: (text: string) => void;
}

export interface NodeChoice {
  /** Prepared; undefined where every node is simulated. */
  readonly real: RealNodes | undefined;
  /** Why nodes are simulated; empty where none is. */
  readonly why: string;
  readonly plan: NodePlan | undefined;
}

/** Names of what a crash left do not depend on them. */
const anyRanges = {
  nodes: 1,
  nodeCidr: "10.243.0.0/24",
  clusterCidr: "10.244.0.0/16",
  serviceRange: "10.96.0.0/12",
};

async function absolute(platform: Platform, directory: string): Promise<string> {
  await makeDataDirectory(platform.files, directory).catch((error: Error) => {
    throw new Error(`--data-dir: ${directory}: ${error.message}`);
  });
  return platform.files.realPath(directory);
}

/**
 * Real nodes where the flag wants or allows them and the machine can have them. Removes what a
 * crash left where they are not wanted any more. Rejects with one line where they are demanded and
 * cannot be had.
 */
export async function chooseNodes(options: NodeChoiceOptions): Promise<NodeChoice> {
  const { platform, logger, runtime, clusterDns, say } = options;
  const dataDirectory = await absolute(platform, options.dataDirectory);
  await refuseSecondOwner(platform, `${dataDirectory}/nodes`);
  const wanted = options.nodes > 0 && runtime !== "simulated";
  if (!wanted) {
    const left = await readNodesRecord(platform, `${dataDirectory}/nodes`);
    if (left !== undefined && platform.host.isRoot) {
      await removeNodeTraces(platform, logger, planNodes({ ...anyRanges, dataDirectory }));
    }
    return { real: undefined, why: "", plan: undefined };
  }
  if (runtime === "auto" && [options.clusterCidr, options.serviceRange].some(isBeyondIpv4)) {
    return { real: undefined, why: "real nodes have IPv4 alone", plan: undefined };
  }
  const plan = planNodes({ ...options, dataDirectory });
  try {
    const real = await RealNodes.prepare({
      ...{ platform, logger, plan, clusterDns, say },
      inProcess: partsInProcess(platform),
      paths: nodePaths(options.script),
    });
    return { real, why: whyMoreAreSimulated(options, real), plan };
  } catch (error) {
    if (!(error instanceof NoRealNodes)) throw error;
    if (runtime === "containerd") throw new Error(`--runtime=containerd: ${error.message}`);
    return { real: undefined, why: error.message, plan };
  }
}

const isBeyondIpv4 = (ranges: string): boolean => /[,:]/.test(ranges);

function whyMoreAreSimulated({ nodes }: NodeChoiceOptions, real: RealNodes): string {
  return nodes > real.count ? `${real.count} can be real here` : "";
}
