import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeCgroupTree } from "../../../lib/cluster/nodes/cgroupTree.js";
import { planNodes } from "../../../lib/cluster/nodes/nodePlan.js";
import { killAll, nodeProcesses } from "../../../lib/cluster/nodes/nodeProcesses.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import { isOrphan, rigOf } from "./rigName.js";

const namespaces = "/run/netns";

function entriesOf(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

export const directoryOf = (rig: string): string => join(tmpdir(), rig);
export const dataDirectoryOf = (rig: string): string => join(directoryOf(rig), "data");

function spacesOf(rig: string): string[] {
  return entriesOf(namespaces).filter((name) => rigOf(name) === rig);
}

/** The cgroups that a rig's kubelets may have made, from the root. */
function cgroupsOf(rig: string): string[] {
  const plan = planNodes({
    dataDirectory: dataDirectoryOf(rig),
    nodes: 1,
    nodeCidr: "10.243.0.0/24",
    clusterCidr: "10.244.0.0/16",
    serviceRange: "10.96.0.0/12",
  });
  return [...new Set([rig, ...spacesOf(rig), plan.cgroup])];
}

/** Processes in a rig's networks, and those that its nodes are made of. */
async function processesOf(rig: string): Promise<number[]> {
  const inodes = spacesOf(rig).map((name) => `net:[${statSync(join(namespaces, name)).ino}]`);
  const found = (await nodeProcesses(nodePlatform, directoryOf(rig))).map(({ pid }) => pid);
  for (const name of entriesOf("/proc").filter((entry) => /^\d+$/.test(entry))) {
    try {
      if (inodes.includes(readlinkSync(`/proc/${name}/ns/net`))) found.push(Number(name));
    } catch {
      // It ended meanwhile.
    }
  }
  return found.filter((pid) => pid !== process.pid);
}

/** Removes what a rig has made, whatever state that is in, and whoever removes it as well. */
export async function removeRig(rig: string): Promise<void> {
  const cgroups = cgroupsOf(rig);
  // Who was about to start another has perhaps done so.
  for (let pids = await processesOf(rig), tries = 0; pids.length > 0 && tries < 5; tries++) {
    await killAll(nodePlatform, pids);
    pids = await processesOf(rig);
  }
  // What runs in containers is known by its cgroup alone.
  for (const cgroup of cgroups) await removeCgroupTree(nodePlatform, cgroup);
  const mounts = readFileSync("/proc/self/mounts", "utf8").split("\n");
  for (const mount of mounts.toReversed()) {
    const path = mount.split(" ")[1] ?? "";
    if (path.startsWith(`${directoryOf(rig)}/`)) spawnSync("umount", ["-l", path]);
  }
  for (const name of spacesOf(rig)) spawnSync("ip", ["netns", "delete", name]);
  const again = { maxRetries: 20, retryDelay: 100 };
  rmSync(directoryOf(rig), { recursive: true, force: true, ...again });
}

/** Rigs of processes that are gone without having removed them. */
export function orphanedRigs(): string[] {
  const names = [...entriesOf(namespaces), ...entriesOf(tmpdir())];
  const rigs = names.map(rigOf).filter((rig) => rig !== undefined);
  return [...new Set(rigs)].filter(isOrphan);
}

/** Removes those; resolves with their names. */
export async function sweepOrphans(): Promise<string[]> {
  const orphans = orphanedRigs();
  for (const rig of orphans) {
    console.warn(`      removing ${rig}, which a process that is gone has left`);
    await removeRig(rig);
  }
  return orphans;
}

let swept: Promise<unknown> | undefined;

/** The same, once for all rigs of this process. */
export async function sweepRigs(): Promise<void> {
  swept ??= sweepOrphans();
  await swept;
}
