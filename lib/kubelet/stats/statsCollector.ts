import type { Pod } from "../../api/gen/types/coreV1.js";
import type { Platform } from "../../platform/platform.js";
import type { PodCgroups } from "../cgroups/podCgroups.js";
import type { ContainerRuntime, ContainerStats } from "../cri/runtime.js";
import { containersOf, podUid } from "../pods/podIdentity.js";
import { CgroupReader, type CgroupUsage } from "./cgroupReader.js";
import { type InterfaceCounters, parseInterfaceCounters } from "./interfaceCounters.js";

/** The part of the kubelet that its stats are about. */
export interface MeasuredKubelet {
  readonly pods: readonly Pod[];
  /** Undefined until the kubelet has started. */
  readonly cgroups: PodCgroups | undefined;
  containerIdOf(pod: Pod, container: string): string | undefined;
}

export interface Measured {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Below the cgroups' mount point. */
  readonly cgroup: string;
  readonly usage: CgroupUsage;
  /** Undefined while there is one sample only. */
  readonly cpuNanoCores: number | undefined;
}

export interface MeasuredContainer extends Measured {
  readonly name: string;
  readonly id: string;
  readonly image: string;
  readonly startedAt: string;
  readonly restartCount: number;
  /** From the runtime: what it wrote over its image. */
  readonly files: ContainerStats | undefined;
}

export interface MeasuredPod extends Measured {
  readonly pod: Pod;
  readonly containers: readonly MeasuredContainer[];
  /** Undefined on the host's network and where no process runs. */
  readonly interfaces: readonly InterfaceCounters[] | undefined;
}

export interface MeasuredNode extends Measured {
  readonly interfaces: readonly InterfaceCounters[];
  readonly memoryTotalBytes: number;
  readonly memoryAvailableBytes: number | undefined;
}

export interface Measurement {
  readonly node: MeasuredNode;
  readonly pods: readonly MeasuredPod[];
}

export interface StatsCollectorParts {
  readonly platform: Platform;
  readonly kubelet: MeasuredKubelet;
  readonly runtime: ContainerRuntime;
  readonly cgroupMountPoint: string;
  readonly cgroupDriver: "cgroupfs" | "systemd";
}

interface Sample {
  readonly at: number;
  readonly nanos: number;
}
type Samples = Map<string, { readonly before: Sample | undefined; readonly last: Sample }>;

/** As cAdvisor's housekeeping: rates are over about this time. */
const samplePeriodMilliseconds = 10_000;
const shortestRateMilliseconds = 1_000;

/**
 * `kubepods-burstable-podX.slice` → `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-
 * podX.slice`.
 */
function slicePath(slice: string): string {
  const parts = slice.replace(/\.slice$/, "").split("-");
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join("-")}.slice`).join("");
}

/** Measures node, pods and containers by their cgroups. */
export class StatsCollector {
  readonly #parts: StatsCollectorParts;
  readonly #reader: CgroupReader;
  /** By cgroup, the last two; bounded by the cgroups there were at the last sampling. */
  #samples: Samples = new Map();

  constructor(parts: StatsCollectorParts) {
    this.#parts = parts;
    this.#reader = new CgroupReader(parts.platform.files, parts.cgroupMountPoint);
  }

  /** Keeps samples for rates until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#sample().catch(() => undefined);
      await this.#parts.platform.clock.sleep(samplePeriodMilliseconds, signal);
    }
  }

  async #sample(): Promise<void> {
    const { node, pods } = await this.collect();
    const next: Samples = new Map();
    const all = [node, ...pods, ...pods.flatMap((pod) => pod.containers)];
    for (const { cgroup, usage } of all) {
      if (usage.cpuNanoSeconds === undefined) continue;
      const last = { at: this.#parts.platform.clock.monotonic(), nanos: usage.cpuNanoSeconds };
      next.set(cgroup, { before: this.#samples.get(cgroup)?.last, last });
    }
    this.#samples = next;
  }

  #rate(cgroup: string, nanos: number | undefined): number | undefined {
    const samples = this.#samples.get(cgroup);
    if (!samples || nanos === undefined) return undefined;
    const now = this.#parts.platform.clock.monotonic();
    const isFresh = now - samples.last.at < shortestRateMilliseconds;
    const from = isFresh ? samples.before : samples.last;
    if (!from || now <= from.at) return undefined;
    return Math.max(0, Math.round(((nanos - from.nanos) / (now - from.at)) * 1000));
  }

  async #measure(cgroup: string, version: 1 | 2): Promise<Measured> {
    const usage = await this.#reader.read(cgroup, version);
    const at = this.#parts.platform.clock.now();
    return { at, cgroup, usage, cpuNanoCores: this.#rate(cgroup, usage.cpuNanoSeconds) };
  }

  async collect(): Promise<Measurement> {
    const { kubelet, runtime } = this.#parts;
    const { cgroups } = kubelet;
    const version = (await cgroups?.version()) ?? 1;
    const fileStats = new Map(
      (await runtime.listContainerStats().catch(() => [])).map((stats) => [stats.id, stats]),
    );
    const running = cgroups ? kubelet.pods.filter((pod) => pod.status?.phase === "Running") : [];
    const [node, pods] = await Promise.all([
      this.#node(version),
      Promise.all(running.map((pod) => this.#pod(pod, cgroups as PodCgroups, version, fileStats))),
    ]);
    return { node, pods };
  }

  async #node(version: 1 | 2): Promise<MeasuredNode> {
    const { files, host } = this.#parts.platform;
    const [measured, devices, memory] = await Promise.all([
      this.#measure("", version),
      files.readText("/proc/net/dev").catch(() => ""),
      files.readText("/proc/meminfo").catch(() => ""),
    ]);
    const total = Number(/^MemTotal:\s+(\d+) kB/m.exec(memory)?.[1] ?? 0) * 1024;
    const memoryTotalBytes = total || host.memoryBytes().total;
    const workingSet = measured.usage.memoryWorkingSetBytes;
    return {
      ...measured,
      interfaces: parseInterfaceCounters(devices),
      memoryTotalBytes,
      memoryAvailableBytes: workingSet === undefined ? undefined : memoryTotalBytes - workingSet,
    };
  }

  async #pod(
    pod: Pod,
    cgroups: PodCgroups,
    version: 1 | 2,
    fileStats: ReadonlyMap<string, ContainerStats>,
  ): Promise<MeasuredPod> {
    const parent = cgroups.parentOf(pod);
    const isSystemd = this.#parts.cgroupDriver === "systemd";
    const path = isSystemd ? slicePath(parent) : parent;
    const containers = await Promise.all(
      this.#runningContainers(pod).map(async (container) => ({
        ...container,
        ...(await this.#measure(
          isSystemd ? `${path}/cri-containerd-${container.id}.scope` : `${path}/${container.id}`,
          version,
        )),
        files: fileStats.get(container.id),
      })),
    );
    const measured = await this.#measure(path, version);
    return {
      ...measured,
      pod,
      containers,
      interfaces: await this.#network(pod, containers, version),
    };
  }

  #runningContainers(pod: Pod) {
    const statuses = new Map(
      [
        ...(pod.status?.initContainerStatuses ?? []),
        ...(pod.status?.containerStatuses ?? []),
        ...(pod.status?.ephemeralContainerStatuses ?? []),
      ].map((status) => [status.name, status]),
    );
    return containersOf(pod).flatMap(({ container }) => {
      const id = this.#parts.kubelet.containerIdOf(pod, container.name);
      if (id === undefined) return [];
      const status = statuses.get(container.name);
      return [
        {
          name: container.name,
          id,
          image: status?.image ?? container.image ?? "",
          startedAt: status?.state?.running?.startedAt ?? pod.status?.startTime ?? "",
          restartCount: status?.restartCount ?? 0,
        },
      ];
    });
  }

  /** All containers of a pod see its network: any process of any of them will do. */
  async #network(
    pod: Pod,
    containers: readonly MeasuredContainer[],
    version: 1 | 2,
  ): Promise<readonly InterfaceCounters[] | undefined> {
    if (pod.spec.hostNetwork) return undefined;
    for (const { cgroup } of containers) {
      const pid = await this.#reader.process(cgroup, version);
      if (pid === undefined) continue;
      const text = await this.#parts.platform.files
        .readText(`/proc/${pid}/net/dev`)
        .catch(() => undefined);
      if (text !== undefined) return parseInterfaceCounters(text);
    }
    return undefined;
  }
}

export function podReference(pod: Pod): { name: string; namespace: string; uid: string } {
  const { name = "", namespace = "" } = pod.metadata;
  return { name, namespace, uid: podUid(pod) };
}
