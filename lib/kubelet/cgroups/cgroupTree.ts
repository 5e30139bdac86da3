import type { Files } from "../../platform/files.js";
import type { CgroupLimits } from "./podLimits.js";
import { removeCgroup } from "./removeCgroup.js";

/** cgroup2fs's magic number. */
const cgroup2Magic = 0x63677270;
const controllersV1 = ["cpu", "cpuacct", "memory", "pids", "cpuset"] as const;
const controllersV2 = ["cpuset", "cpu", "io", "memory", "pids"] as const;
const periodMicroseconds = 100_000;

/** cgroup v2's cpu.weight (1 to 10,000) for v1's cpu.shares (2 to 262,144), as upstream. */
export function cpuWeight(shares: number): number {
  return Math.floor(1 + ((shares - 2) * 9_999) / 262_142);
}

/**
 * The kernel's cgroups below a mount point, v1 and v2 told apart by the file system's type. What
 * the kernel refuses is left out: containers have limits of their own. Paths begin with a slash.
 */
export class CgroupTree {
  readonly #files: Files;
  readonly #mountPoint: string;
  #version: Promise<1 | 2> | undefined;

  constructor(files: Files, mountPoint: string) {
    this.#files = files;
    this.#mountPoint = mountPoint;
  }

  version(): Promise<1 | 2> {
    this.#version ??= this.#files
      .usage(this.#mountPoint)
      .then((usage) => (usage.type === cgroup2Magic ? 2 : 1))
      .catch(() => 1 as const);
    return this.#version;
  }

  #write(path: string, value: string): Promise<void> {
    return this.#files.writeFile(path, value).catch(() => undefined);
  }

  /** Makes a cgroup and those above it. */
  async make(path: string): Promise<void> {
    const top = this.#mountPoint;
    if ((await this.version()) === 2) {
      await this.#files.makeDirectory(`${top}${path}`).catch(() => undefined);
      await this.#delegate(path);
      return;
    }
    for (const controller of controllersV1) {
      await this.#files.makeDirectory(`${top}/${controller}${path}`).catch(() => undefined);
    }
    await this.#inheritCpuset(path);
  }

  /** Above a cgroup of v2 each level must hand its controllers down, else it has no limits. */
  async #delegate(path: string): Promise<void> {
    const parts = path.split("/").slice(1, -1);
    let above = this.#mountPoint;
    for (const part of ["", ...parts]) {
      if (part !== "") above = `${above}/${part}`;
      for (const controller of controllersV2) {
        await this.#write(`${above}/cgroup.subtree_control`, `+${controller}`);
      }
    }
  }

  /** A cpuset of cgroup v1 starts empty, and then nothing may enter it. */
  async #inheritCpuset(path: string): Promise<void> {
    let above = `${this.#mountPoint}/cpuset`;
    for (const part of path.split("/").slice(1)) {
      const below = `${above}/${part}`;
      for (const file of ["cpuset.cpus", "cpuset.mems"]) {
        const own = await this.#files.readText(`${below}/${file}`).catch(() => "x");
        if (own.trim() !== "") continue;
        const value = await this.#files.readText(`${above}/${file}`).catch(() => "");
        await this.#write(`${below}/${file}`, value);
      }
      above = below;
    }
  }

  async limit(path: string, limits: CgroupLimits): Promise<void> {
    const { shares, quota, memory } = limits;
    const top = this.#mountPoint;
    if ((await this.version()) === 2) {
      const base = `${top}${path}`;
      await this.#write(`${base}/cpu.weight`, String(cpuWeight(shares)));
      const share = quota < 0 ? "max" : String(quota);
      if (quota !== 0) await this.#write(`${base}/cpu.max`, `${share} ${periodMicroseconds}`);
      if (memory > 0) await this.#write(`${base}/memory.max`, String(memory));
      return;
    }
    const cpu = `${top}/cpu${path}`;
    await this.#write(`${cpu}/cpu.shares`, String(shares));
    if (quota !== 0) {
      await this.#write(`${cpu}/cpu.cfs_period_us`, String(periodMicroseconds));
      await this.#write(`${cpu}/cpu.cfs_quota_us`, String(quota));
    }
    if (memory > 0) {
      await this.#write(`${top}/memory${path}/memory.limit_in_bytes`, String(memory));
    }
  }

  /** Names of the cgroups in one, of whichever controllers. */
  async below(path: string): Promise<readonly string[]> {
    const names = new Set<string>();
    for (const directory of await this.#directories(path)) {
      for (const name of await this.#files.list(directory).catch(() => [])) {
        const status = await this.#files.status(`${directory}/${name}`, false);
        if (status?.kind === "directory") names.add(name);
      }
    }
    return [...names];
  }

  async #directories(path: string): Promise<readonly string[]> {
    const top = this.#mountPoint;
    return (await this.version()) === 2
      ? [`${top}${path}`]
      : controllersV1.map((controller) => `${top}/${controller}${path}`);
  }

  /** With what is below it. One that still has processes stays. */
  async remove(path: string): Promise<void> {
    for (const one of await this.#directories(path)) await removeCgroup(this.#files, one);
  }
}
