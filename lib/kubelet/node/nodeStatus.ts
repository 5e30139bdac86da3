import type {
  ContainerImage,
  NodeAddress,
  NodeCondition,
  NodeStatus,
} from "../../api/gen/types/coreV1.js";
import type { Image, RuntimeFeatures } from "../cri/runtime.js";
import type { NodeAllocatable } from "../pods/downwardFields.js";
import type { Machine, Pressure } from "./machine.js";

export interface NodeStatusInputs {
  readonly machine: Machine;
  readonly pressure: Pressure;
  readonly addresses: readonly NodeAddress[];
  readonly kubeletVersion: string;
  readonly kubeletPort: number;
  readonly maxPods: number;
  readonly reserved: NodeAllocatable;
  readonly images: readonly Image[];
  /** At most this many images are told (--node-status-max-images); -1 is all. */
  readonly maxImages: number;
  readonly features: RuntimeFeatures;
  /** What keeps the node from being ready, if anything. */
  readonly problems: readonly string[];
  readonly old: readonly NodeCondition[];
  /** RFC 3339, now. */
  readonly now: string;
}

/** Upstream's default hard eviction thresholds, which the pressure conditions tell of. */
export const evictionThresholds = {
  memoryAvailableBytes: 100 * 1024 * 1024,
  nodeDiskAvailableFraction: 0.1,
  imageDiskAvailableFraction: 0.15,
  pidsAvailableFraction: 0.05,
} as const;

type Verdict = {
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message: string;
};

const isBelow = (value: number | undefined, limit: number): boolean =>
  value !== undefined && value < limit;

function pressureVerdict(isPressed: boolean, resource: string, shown: string): Verdict {
  return isPressed
    ? {
        status: "True",
        reason:
          resource === "Disk" ? "KubeletHasDiskPressure" : `KubeletHasInsufficient${resource}`,
        message:
          resource === "Disk"
            ? "kubelet has disk pressure"
            : `kubelet has insufficient ${shown} available`,
      }
    : {
        status: "False",
        reason:
          resource === "Disk" ? "KubeletHasNoDiskPressure" : `KubeletHasSufficient${resource}`,
        message:
          resource === "Disk"
            ? "kubelet has no disk pressure"
            : `kubelet has sufficient ${shown} available`,
      };
}

export function nodeConditions(inputs: NodeStatusInputs): NodeCondition[] {
  const { pressure, problems, old, now } = inputs;
  const limits = evictionThresholds;
  const memory = isBelow(pressure.memoryAvailableBytes, limits.memoryAvailableBytes);
  const disk =
    isBelow(pressure.nodeDiskAvailableFraction, limits.nodeDiskAvailableFraction) ||
    isBelow(pressure.imageDiskAvailableFraction, limits.imageDiskAvailableFraction);
  const pids = isBelow(pressure.pidsAvailableFraction, limits.pidsAvailableFraction);
  const ready: Verdict =
    problems.length === 0
      ? { status: "True", reason: "KubeletReady", message: "kubelet is posting ready status" }
      : { status: "False", reason: "KubeletNotReady", message: problems.join(", ") };
  const verdicts: [string, Verdict][] = [
    ["MemoryPressure", pressureVerdict(memory, "Memory", "memory")],
    ["DiskPressure", pressureVerdict(disk, "Disk", "disk")],
    ["PIDPressure", pressureVerdict(pids, "PID", "PID")],
    ["Ready", ready],
  ];
  return verdicts.map(([type, verdict]) => {
    const before = old.find((condition) => condition.type === type);
    const isSame = before?.status === verdict.status;
    return {
      type,
      ...verdict,
      lastHeartbeatTime: now,
      lastTransitionTime: isSame ? (before.lastTransitionTime ?? now) : now,
    };
  });
}

function imagesOf(inputs: NodeStatusInputs): ContainerImage[] {
  const sorted = [...inputs.images].sort((a, b) => b.sizeBytes - a.sizeBytes);
  const shown = inputs.maxImages < 0 ? sorted : sorted.slice(0, inputs.maxImages);
  return shown.map((image) => ({
    // Upstream tells at most five names of an image.
    names: [...image.repoDigests, ...image.repoTags].slice(0, 5),
    sizeBytes: image.sizeBytes,
  }));
}

const milli = (value: number): string => (value % 1000 === 0 ? String(value / 1000) : `${value}m`);
const kibibytes = (bytes: number): string => `${Math.floor(bytes / 1024)}Ki`;

/** Pure: the node's whole status. */
export function nodeStatus(inputs: NodeStatusInputs): NodeStatus {
  const { machine, reserved } = inputs;
  const capacity = {
    cpu: milli(machine.cpuMilli),
    memory: kibibytes(machine.memoryBytes),
    "ephemeral-storage": kibibytes(machine.ephemeralStorageBytes),
    "hugepages-1Gi": "0",
    "hugepages-2Mi": "0",
    pods: String(inputs.maxPods),
  };
  const allocatable = {
    ...capacity,
    cpu: milli(Math.max(0, machine.cpuMilli - reserved.cpuMilli)),
    memory: kibibytes(Math.max(0, machine.memoryBytes - reserved.memoryBytes)),
    "ephemeral-storage": String(
      Math.floor(Math.max(0, machine.ephemeralStorageBytes - reserved.ephemeralStorageBytes) * 0.9),
    ),
  };
  return {
    capacity,
    allocatable,
    conditions: nodeConditions(inputs),
    addresses: [...inputs.addresses],
    features: { supplementalGroupsPolicy: inputs.features.supplementalGroupsPolicy },
    daemonEndpoints: { kubeletEndpoint: { Port: inputs.kubeletPort } },
    nodeInfo: {
      machineID: machine.machineId,
      systemUUID: machine.systemUuid,
      bootID: machine.bootId,
      kernelVersion: machine.kernelVersion,
      osImage: machine.osImage,
      containerRuntimeVersion: machine.containerRuntimeVersion,
      kubeletVersion: inputs.kubeletVersion,
      kubeProxyVersion: "",
      operatingSystem: machine.operatingSystem,
      architecture: machine.architecture,
    },
    images: imagesOf(inputs),
  };
}
