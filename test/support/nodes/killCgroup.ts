import { existsSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";

const mountPoint = "/sys/fs/cgroup";

export function tryKill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

function visit(path: string): void {
  if (!existsSync(path)) return;
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory()) visit(join(path, entry.name));
  }
  const processes = readFileSync(`${path}/cgroup.procs`, "utf8").split("\n").filter(Boolean);
  for (const pid of processes) tryKill(Number(pid));
  for (let tries = 0; tries < 50; tries++) {
    try {
      rmdirSync(path);
      return;
    } catch {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}

/** Ends what is in a node's cgroups and removes them, innermost first, in version 1 and 2. */
export function killCgroup(name: string): void {
  visit(`${mountPoint}/${name}`);
  for (const controller of readdirSync(mountPoint)) visit(`${mountPoint}/${controller}/${name}`);
}
