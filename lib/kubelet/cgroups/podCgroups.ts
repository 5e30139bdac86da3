import type { Pod } from "../../api/gen/types/coreV1.js";
import type { Files } from "../../platform/files.js";
import { podUid } from "../pods/podIdentity.js";
import { bytesOf, cpuQuota, cpuShares, milliCpu, qosClass } from "../pods/quality.js";

/** cgroup2fs's magic number. */
const cgroup2Magic = 0x63677270;
const controllersV1 = ["cpu", "cpuacct", "memory", "pids", "cpuset"] as const;

export interface PodCgroupsOptions {
  readonly files: Files;
  /** Of the file system, `/sys/fs/cgroup`. */
  readonly mountPoint: string;
  /** Under which all pods are, for example `/kubepods` or `/node-a/kubepods`. */
  readonly root: string;
  readonly driver: "cgroupfs" | "systemd";
  /** Off: containers stand under the root (--cgroups-per-qos=false). */
  readonly perQos: boolean;
}

/**
 * The pods' own cgroups, above their containers': shares and limits of the pod as a whole. cgroup
 * v1 and v2 are told apart by the file system's type.
 */
export class PodCgroups {
  readonly #options: PodCgroupsOptions;
  readonly #done = new Map<string, string>();
  #version: Promise<1 | 2> | undefined;

  constructor(options: PodCgroupsOptions) {
    this.#options = options;
  }

  version(): Promise<1 | 2> {
    const { files, mountPoint } = this.#options;
    this.#version ??= files
      .usage(mountPoint)
      .then((usage) => (usage.type === cgroup2Magic ? 2 : 1))
      .catch(() => 1 as const);
    return this.#version;
  }

  /** The path of the pod's cgroup below the mount point, as CRI's cgroup_parent wants it. */
  parentOf(pod: Pod): string {
    const { root, driver, perQos } = this.#options;
    if (!perQos) return root;
    const quality = qosClass(pod);
    const uid = podUid(pod);
    if (driver === "systemd") {
      const slice = quality === "Guaranteed" ? "" : `${quality.toLowerCase()}-`;
      return `kubepods-${slice}pod${uid.replaceAll("-", "_")}.slice`;
    }
    const level = quality === "Guaranteed" ? "" : `/${quality.toLowerCase()}`;
    return `${root}${level}/pod${uid}`;
  }

  #paths(pod: Pod, version: 1 | 2): string[] {
    const { mountPoint } = this.#options;
    const parent = this.parentOf(pod);
    if (version === 2) return [`${mountPoint}${parent}`];
    return controllersV1.map((controller) => `${mountPoint}/${controller}${parent}`);
  }

  /**
   * Makes the pod's cgroup with its limits. Idempotent; what the kernel refuses is left out
   * (containers keep theirs).
   */
  async ensure(pod: Pod): Promise<void> {
    if (this.#options.driver === "systemd" || !this.#options.perQos) return;
    const wanted = JSON.stringify(podLimits(pod));
    if (this.#done.get(podUid(pod)) === wanted) return;
    const version = await this.version();
    const { files, mountPoint } = this.#options;
    for (const path of this.#paths(pod, version)) {
      await files.makeDirectory(path).catch(() => undefined);
      if (path.startsWith(`${mountPoint}/cpuset/`)) await this.#inheritCpuset(path);
    }
    await this.#writeLimits(pod, version);
    this.#done.set(podUid(pod), wanted);
  }

  /** A cpuset of cgroup v1 starts empty, and then nothing may enter it. */
  async #inheritCpuset(path: string): Promise<void> {
    const { files, mountPoint } = this.#options;
    const top = `${mountPoint}/cpuset`;
    const parts = path.slice(top.length + 1).split("/");
    let current = top;
    for (const part of parts) {
      const below = `${current}/${part}`;
      for (const file of ["cpuset.cpus", "cpuset.mems"]) {
        const own = await files.readText(`${below}/${file}`).catch(() => "x");
        if (own.trim() !== "") continue;
        const value = await files.readText(`${current}/${file}`).catch(() => "");
        await files.writeFile(`${below}/${file}`, value).catch(() => undefined);
      }
      current = below;
    }
  }

  async #writeLimits(pod: Pod, version: 1 | 2): Promise<void> {
    const { files, mountPoint } = this.#options;
    const parent = this.parentOf(pod);
    const limits = podLimits(pod);
    const write = (path: string, value: string): Promise<void> =>
      files.writeFile(path, value).catch(() => undefined);
    if (version === 2) {
      const base = `${mountPoint}${parent}`;
      const weight = Math.max(Math.floor(1 + ((limits.shares - 2) * 9999) / 262_142), 1);
      await write(`${base}/cpu.weight`, String(weight));
      if (limits.quota > 0) await write(`${base}/cpu.max`, `${limits.quota} 100000`);
      if (limits.memory > 0) await write(`${base}/memory.max`, String(limits.memory));
      return;
    }
    await write(`${mountPoint}/cpu${parent}/cpu.shares`, String(limits.shares));
    if (limits.quota > 0) {
      await write(`${mountPoint}/cpu${parent}/cpu.cfs_period_us`, "100000");
      await write(`${mountPoint}/cpu${parent}/cpu.cfs_quota_us`, String(limits.quota));
    }
    if (limits.memory > 0) {
      await write(`${mountPoint}/memory${parent}/memory.limit_in_bytes`, String(limits.memory));
    }
  }

  /**
   * Removes the pod's cgroup and what the runtime left below it. A cgroup that still has processes
   * stays.
   */
  async remove(pod: Pod): Promise<void> {
    this.#done.delete(podUid(pod));
    if (this.#options.driver === "systemd" || !this.#options.perQos) return;
    const version = await this.version();
    for (const path of this.#paths(pod, version)) await removeCgroup(this.#options.files, path);
  }
}

/** A cgroup's directory is removed by rmdir alone, from the innermost outwards. */
export async function removeCgroup(files: Files, path: string): Promise<void> {
  const names = await files.list(path).catch(() => []);
  for (const name of names) {
    const status = await files.status(`${path}/${name}`, false);
    if (status?.kind === "directory") await removeCgroup(files, `${path}/${name}`);
  }
  await files.removeDirectory(path).catch(() => undefined);
}

interface PodLimits {
  readonly shares: number;
  readonly quota: number;
  readonly memory: number;
}

/** Limits of a pod count only when every container has one. */
function podLimits(pod: Pod): PodLimits {
  const all = pod.spec.containers;
  const sum = (values: number[]): number => values.reduce((a, b) => a + b, 0);
  const limit = (resource: "cpu" | "memory", read: (value?: string) => number): number => {
    const values = all.map((container) => read(container.resources?.limits?.[resource]));
    return values.every((value) => value > 0) ? sum(values) : 0;
  };
  const requests = all.map((container) =>
    milliCpu(container.resources?.requests?.cpu ?? container.resources?.limits?.cpu),
  );
  return {
    shares: cpuShares(sum(requests)),
    quota: cpuQuota(limit("cpu", milliCpu)),
    memory: limit("memory", bytesOf),
  };
}
