import type { Files } from "../../platform/files.js";

/** One cgroup's use, from its own files. Undefined where the kernel does not say. */
export interface CgroupUsage {
  readonly cpuNanoSeconds: number | undefined;
  readonly memoryUsageBytes: number | undefined;
  readonly memoryWorkingSetBytes: number | undefined;
  readonly memoryRssBytes: number | undefined;
  readonly memoryCacheBytes: number | undefined;
  /** Undefined without a limit. */
  readonly memoryLimitBytes: number | undefined;
  readonly swapBytes: number | undefined;
  readonly pageFaults: number | undefined;
  readonly majorPageFaults: number | undefined;
  readonly processCount: number | undefined;
}

/** cgroup v1 writes "no limit" as the largest whole number of pages. */
const noLimitBytes = 2 ** 62;

function table(text: string | undefined): Map<string, number> {
  const entries = (text ?? "").split("\n").map((line): [string, number] => {
    const [key = "", value = ""] = line.split(" ");
    return [key, Number(value)];
  });
  return new Map(entries);
}

function number(text: string | undefined): number | undefined {
  const value = text === undefined || text.trim() === "" ? Number.NaN : Number(text.trim());
  return Number.isFinite(value) ? value : undefined;
}

/** What a cgroup uses, the cache that the kernel could drop at once left out. */
function workingSet(usage: number | undefined, inactive: number | undefined): number | undefined {
  return usage === undefined ? undefined : Math.max(0, usage - (inactive ?? 0));
}

/** Reads cgroups of either version. Paths are below the mount point, empty for the root. */
export class CgroupReader {
  readonly #files: Files;
  readonly #mountPoint: string;

  constructor(files: Files, mountPoint: string) {
    this.#files = files;
    this.#mountPoint = mountPoint;
  }

  read(path: string, version: 1 | 2): Promise<CgroupUsage> {
    return version === 2 ? this.#readV2(path) : this.#readV1(path);
  }

  /** A process of the cgroup, for what only /proc tells. */
  async process(path: string, version: 1 | 2): Promise<number | undefined> {
    const controller = version === 2 ? "" : "/memory";
    const text = await this.#text(`${controller}${path}/cgroup.procs`);
    const first = number(text?.split("\n")[0]);
    return first === undefined || first <= 0 ? undefined : first;
  }

  #text(path: string): Promise<string | undefined> {
    return this.#files.readText(`${this.#mountPoint}${path}`).catch(() => undefined);
  }

  async #readV1(path: string): Promise<CgroupUsage> {
    const [cpu, usage, limit, stat, pids] = await Promise.all([
      this.#text(`/cpuacct${path}/cpuacct.usage`),
      this.#text(`/memory${path}/memory.usage_in_bytes`),
      this.#text(`/memory${path}/memory.limit_in_bytes`),
      this.#text(`/memory${path}/memory.stat`),
      this.#text(`/pids${path}/pids.current`),
    ]);
    const memory = table(stat);
    const limitBytes = number(limit);
    return {
      cpuNanoSeconds: number(cpu),
      memoryUsageBytes: number(usage),
      memoryWorkingSetBytes: workingSet(number(usage), memory.get("total_inactive_file")),
      memoryRssBytes: memory.get("total_rss"),
      memoryCacheBytes: memory.get("total_cache"),
      memoryLimitBytes:
        limitBytes === undefined || limitBytes >= noLimitBytes ? undefined : limitBytes,
      swapBytes: memory.get("total_swap"),
      pageFaults: memory.get("total_pgfault"),
      majorPageFaults: memory.get("total_pgmajfault"),
      processCount: number(pids),
    };
  }

  async #readV2(path: string): Promise<CgroupUsage> {
    const [cpu, usage, limit, stat, swap, pids] = await Promise.all([
      this.#text(`${path}/cpu.stat`),
      this.#text(`${path}/memory.current`),
      this.#text(`${path}/memory.max`),
      this.#text(`${path}/memory.stat`),
      this.#text(`${path}/memory.swap.current`),
      this.#text(`${path}/pids.current`),
    ]);
    const memory = table(stat);
    const micros = table(cpu).get("usage_usec");
    const [anonymous, file] = [memory.get("anon"), memory.get("file")];
    // The root has no memory.current.
    const all = anonymous === undefined || file === undefined ? undefined : anonymous + file;
    const usageBytes = number(usage) ?? all;
    return {
      cpuNanoSeconds: micros === undefined ? undefined : micros * 1000,
      memoryUsageBytes: usageBytes,
      memoryWorkingSetBytes: workingSet(usageBytes, memory.get("inactive_file")),
      memoryRssBytes: anonymous,
      memoryCacheBytes: file,
      memoryLimitBytes: number(limit),
      swapBytes: number(swap),
      pageFaults: memory.get("pgfault"),
      majorPageFaults: memory.get("pgmajfault"),
      processCount: number(pids),
    };
  }
}
