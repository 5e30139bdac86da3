import type { Container, Pod } from "../../api/gen/types/coreV1.js";
import { isRestartableInit } from "../pods/podIdentity.js";
import { bytesOf, cpuQuota, cpuShares, milliCpu, qosClass } from "../pods/quality.js";

/** What a cgroup is allowed. */
export interface CgroupLimits {
  /** cgroup v1's cpu.shares. */
  readonly shares: number;
  /** Microseconds of each 100 ms; 0 leaves it alone, -1 is no limit. */
  readonly quota: number;
  /** Bytes; 0 leaves it alone. */
  readonly memory: number;
}

type Resource = "cpu" | "memory";
const readers = { cpu: milliCpu, memory: bytesOf } as const;

/**
 * Upstream's sum: containers and sidecars together, or an init container beside the sidecars that
 * started before it where that is more. What the pod as a whole says wins.
 */
function podSum(
  pod: Pod,
  resource: Resource,
  kind: "requests" | "limits",
  of: (container: Container) => number,
): number {
  const read = readers[resource];
  const whole = pod.spec.resources?.[kind]?.[resource];
  const overhead = read(pod.spec.overhead?.[resource]);
  if (whole !== undefined) return read(whole) + overhead;
  let sidecars = 0;
  let largest = 0;
  for (const container of pod.spec.initContainers ?? []) {
    if (isRestartableInit(container)) sidecars += of(container);
    const now = isRestartableInit(container) ? sidecars : sidecars + of(container);
    largest = Math.max(largest, now);
  }
  const regular = pod.spec.containers.reduce((sum, one) => sum + of(one), sidecars);
  return Math.max(regular, largest) + overhead;
}

/** In thousandths of a CPU. What is not asked for is what is the limit. */
export function podCpuRequest(pod: Pod): number {
  return podSum(pod, "cpu", "requests", ({ resources }) =>
    milliCpu(resources?.requests?.cpu ?? resources?.limits?.cpu),
  );
}

/** 0 where some container has none: then the pod has none either. */
function podLimit(pod: Pod, resource: Resource): number {
  const of = ({ resources }: Container): number => readers[resource](resources?.limits?.[resource]);
  const all = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  const isDeclared = all.every((container) => of(container) > 0);
  const isWhole = pod.spec.resources?.limits?.[resource] !== undefined;
  return isDeclared || isWhole ? podSum(pod, resource, "limits", of) : 0;
}

/** Upstream's ResourceConfigForPod. Without cpuCfsQuota CPU limits are not enforced. */
export function podLimits(pod: Pod, cpuCfsQuota: boolean): CgroupLimits {
  if (qosClass(pod) === "BestEffort") return { shares: cpuShares(0), quota: 0, memory: 0 };
  const quota = cpuQuota(podLimit(pod, "cpu"));
  return {
    shares: cpuShares(podCpuRequest(pod)),
    quota: quota > 0 && !cpuCfsQuota ? -1 : quota,
    memory: podLimit(pod, "memory"),
  };
}
