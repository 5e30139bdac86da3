import type { Logger } from "../../platform/logger.js";
import type { Platform } from "../../platform/platform.js";
import { cleanUpProxy } from "../../proxy/cleanUpProxy.js";
import { removeCgroupTree } from "./cgroupTree.js";
import { HostNetwork } from "./hostNetwork.js";
import { unmountBelow } from "./mountTable.js";
import type { NodePlan } from "./nodePlan.js";
import { killAll, nodeProcesses } from "./nodeProcesses.js";
import { removeNodesRecord } from "./nodesFile.js";
import { endSystemPods, systemCniFile } from "./systemContainerd.js";

/**
 * Removes everything of a plan's nodes from the machine but the files below its directory:
 * processes, cgroups, mounts, links, rules, routes. Works from what is there, so it also serves
 * after a crash. What cannot be removed is logged.
 */
export async function removeNodeTraces(
  platform: Platform,
  logger: Logger,
  plan: NodePlan,
): Promise<void> {
  const attempt = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      logger.warning("Left behind", { what, error });
    }
  };
  const end = async (): Promise<void> => {
    const found = await nodeProcesses(platform, plan.directory);
    await killAll(
      platform,
      found.map(({ pid }) => pid),
    );
  };
  await attempt("processes", end);
  await attempt("pods", async () => {
    for (const { cgroup } of plan.nodes.slice(0, 1)) await endSystemPods(platform, logger, cgroup);
  });
  await attempt("cgroups", async () => {
    const left = await removeCgroupTree(platform, plan.cgroup);
    if (left.length > 0) logger.warning("Left behind", { what: "cgroups", left });
  });
  // A shim starts others to clean up when its container dies.
  await attempt("processes", end);
  await attempt("mounts", () => unmountBelow(platform, plan.directory));
  await attempt("the proxy's rules", () => cleanUpProxy(platform, logger));
  await new HostNetwork(platform, plan).tearDown(logger);
  await attempt("the pod network", () => removeSystemCni(platform, plan));
  await attempt("the record", () => removeNodesRecord(platform, plan.directory));
}

/** Only where it is this plan's: it names the plan's directory. */
async function removeSystemCni({ files }: Platform, plan: NodePlan): Promise<void> {
  const text = await files.readText(systemCniFile).catch(() => "");
  if (text.includes(`"${plan.directory}/`)) await files.remove(systemCniFile);
}
