import { removeCgroup } from "../../kubelet/cgroups/removeCgroup.js";
import type { Platform } from "../../platform/platform.js";
import { killAll } from "./nodeProcesses.js";

const mountPoint = "/sys/fs/cgroup";
const pauseMilliseconds = 20;
const limitMilliseconds = 5_000;

type Parts = Pick<Platform, "files" | "processes" | "clock">;

/** Where a cgroup stands: once in version 2, once for each controller in version 1. */
async function placesOf({ files }: Parts, name: string): Promise<string[]> {
  const controllers = await files.list(mountPoint).catch(() => []);
  const places = ["", ...controllers.map((controller) => `/${controller}`)];
  const found: string[] = [];
  for (const place of places) {
    const path = `${mountPoint}${place}/${name}`;
    if ((await files.status(path, false))?.kind === "directory") found.push(path);
  }
  return found;
}

async function processesIn(parts: Parts, path: string): Promise<number[]> {
  const { files } = parts;
  const own = await files.readText(`${path}/cgroup.procs`).catch(() => "");
  const pids = own.split("\n").filter(Boolean).map(Number);
  for (const name of await files.list(path).catch(() => [])) {
    const status = await files.status(`${path}/${name}`, false);
    if (status?.kind === "directory") pids.push(...(await processesIn(parts, `${path}/${name}`)));
  }
  return pids;
}

/**
 * Kills what is in a cgroup and below, and removes it, in version 1 and 2. Resolves with what is
 * still there after some seconds.
 */
export async function removeCgroupTree(parts: Parts, name: string): Promise<string[]> {
  const end = parts.clock.monotonic() + limitMilliseconds;
  for (;;) {
    const places = await placesOf(parts, name);
    if (places.length === 0 || parts.clock.monotonic() > end) return places;
    const pids = new Set<number>();
    for (const path of places) for (const pid of await processesIn(parts, path)) pids.add(pid);
    // A pid of another pid namespace reads as 0, which would mean this process's own group.
    pids.delete(0);
    await killAll(parts, [...pids]);
    for (const path of places) await removeCgroup(parts.files, path);
    // A killed process stays in its cgroup until the kernel is done with it.
    if ((await placesOf(parts, name)).length > 0) await parts.clock.sleep(pauseMilliseconds);
  }
}

/** UIDs of the pods that have a cgroup of their own below the given one. */
export async function podsInCgroup(parts: Parts, name: string): Promise<Set<string>> {
  const uids = new Set<string>();
  const visit = async (path: string, depth: number): Promise<void> => {
    for (const entry of await parts.files.list(path).catch(() => [])) {
      if (entry.startsWith("pod")) uids.add(entry.slice("pod".length));
      else if (depth > 0 && !entry.includes(".")) await visit(`${path}/${entry}`, depth - 1);
    }
  };
  for (const path of await placesOf(parts, name)) await visit(path, 2);
  return uids;
}
