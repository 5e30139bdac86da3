import { formatTime } from "../../api/time.js";
import type { FileSystemUsage } from "../../platform/files.js";
import type { InterfaceCounters } from "./interfaceCounters.js";
import {
  type Measured,
  type MeasuredContainer,
  type MeasuredPod,
  type Measurement,
  podReference,
} from "./statsCollector.js";

/** File systems that a summary tells of; undefined where they cannot be asked. */
export interface SummaryFileSystems {
  readonly node: FileSystemUsage | undefined;
  readonly images: FileSystemUsage | undefined;
  /** Bytes and inodes that images take. */
  readonly imagesUsed: { readonly bytes: number; readonly inodes: number };
  /** Bytes of a container's logs, by the container's id. */
  readonly logs: ReadonlyMap<string, { readonly bytes: number; readonly files: number }>;
}

export interface SummaryInput {
  readonly nodeName: string;
  /** RFC 3339, of the machine. */
  readonly startTime: string;
  readonly measurement: Measurement;
  readonly fileSystems: SummaryFileSystems;
  readonly processes: { readonly maximum: number; readonly current: number } | undefined;
  /** `?only_cpu_and_memory=true`. */
  readonly onlyCpuAndMemory: boolean;
}

/** Absent where the kernel said nothing. */
function present(fields: Record<string, number | undefined>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, number] => entry[1] !== undefined),
  );
}

function cpuAndMemory(measured: Measured, memoryAvailableBytes?: number): object {
  const { usage } = measured;
  const time = formatTime(measured.at);
  const limit = usage.memoryLimitBytes;
  const workingSet = usage.memoryWorkingSetBytes;
  const belowLimit =
    limit === undefined || workingSet === undefined ? undefined : Math.max(0, limit - workingSet);
  return {
    cpu: {
      time,
      ...present({
        usageNanoCores: measured.cpuNanoCores,
        usageCoreNanoSeconds: usage.cpuNanoSeconds,
      }),
    },
    memory: {
      time,
      ...present({
        availableBytes: memoryAvailableBytes ?? belowLimit,
        usageBytes: usage.memoryUsageBytes,
        workingSetBytes: workingSet,
        rssBytes: usage.memoryRssBytes,
        pageFaults: usage.pageFaults,
        majorPageFaults: usage.majorPageFaults,
      }),
    },
  };
}

function swap({ at, usage }: Measured): object {
  return { time: formatTime(at), ...present({ swapUsageBytes: usage.swapBytes }) };
}

function network(at: number, interfaces: readonly InterfaceCounters[]): object {
  const main = interfaces.find((one) => one.name === "eth0") ?? interfaces[0];
  return { time: formatTime(at), ...(main ?? { name: "" }), interfaces };
}

function fileSystem(
  at: number,
  usage: FileSystemUsage | undefined,
  used?: { bytes: number | undefined; inodes: number | undefined },
): object {
  return {
    time: formatTime(at),
    ...present({
      availableBytes: usage?.availableBytes,
      capacityBytes: usage?.totalBytes,
      usedBytes: used ? used.bytes : usage && usage.totalBytes - usage.freeBytes,
      inodesFree: usage?.freeInodes,
      inodes: usage?.totalInodes,
      inodesUsed: used ? used.inodes : usage && usage.totalInodes - usage.freeInodes,
    }),
  };
}

function container(measured: MeasuredContainer, input: SummaryInput): object {
  const head = {
    name: measured.name,
    startTime: measured.startedAt || null,
    ...cpuAndMemory(measured),
  };
  if (input.onlyCpuAndMemory) return head;
  const { fileSystems } = input;
  const { at, files } = measured;
  const logs = fileSystems.logs.get(measured.id);
  return {
    ...head,
    rootfs: fileSystem(at, fileSystems.images, {
      bytes: files?.writableLayerUsedBytes,
      inodes: files?.writableLayerInodesUsed,
    }),
    logs: fileSystem(at, fileSystems.node, { bytes: logs?.bytes, inodes: logs?.files }),
    swap: swap(measured),
  };
}

function pod(measured: MeasuredPod, input: SummaryInput): object {
  const containers = measured.containers.map((one) => container(one, input));
  const head = {
    podRef: podReference(measured.pod),
    startTime: measured.pod.status?.startTime ?? null,
    containers,
    ...cpuAndMemory(measured),
  };
  if (input.onlyCpuAndMemory) return head;
  const sum = (read: (one: MeasuredContainer) => number): number =>
    measured.containers.reduce((total, one) => total + read(one), 0);
  const logs = (one: MeasuredContainer) => input.fileSystems.logs.get(one.id);
  const ephemeral = {
    bytes: sum((one) => (one.files?.writableLayerUsedBytes ?? 0) + (logs(one)?.bytes ?? 0)),
    inodes: sum((one) => (one.files?.writableLayerInodesUsed ?? 0) + (logs(one)?.files ?? 0)),
  };
  return {
    ...head,
    ...(measured.interfaces ? { network: network(measured.at, measured.interfaces) } : {}),
    "ephemeral-storage": fileSystem(measured.at, input.fileSystems.node, ephemeral),
    process_stats: present({ process_count: measured.usage.processCount }),
    swap: swap(measured),
  };
}

/** `/stats/summary`: stats.k8s.io/v1alpha1's Summary, as metrics-server and kubectl top read it. */
export function summary(input: SummaryInput): object {
  const { node, pods } = input.measurement;
  const head = {
    nodeName: input.nodeName,
    startTime: input.startTime,
    ...cpuAndMemory(node, node.memoryAvailableBytes),
  };
  const { fileSystems, processes } = input;
  const time = formatTime(node.at);
  const rest = {
    network: network(node.at, node.interfaces),
    fs: fileSystem(node.at, fileSystems.node),
    runtime: {
      imageFs: fileSystem(node.at, fileSystems.images, fileSystems.imagesUsed),
      containerFs: fileSystem(node.at, fileSystems.images),
    },
    ...(processes
      ? { rlimit: { time, maxpid: processes.maximum, curproc: processes.current } }
      : {}),
    swap: swap(node),
  };
  return {
    node: input.onlyCpuAndMemory ? head : { ...head, ...rest },
    pods: pods.map((one) => pod(one, input)),
  };
}
