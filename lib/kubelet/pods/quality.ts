import type { Container, Pod } from "../../api/gen/types/coreV1.js";
import { Quantity } from "../../api/quantity.js";

export type QosClass = "Guaranteed" | "Burstable" | "BestEffort";

const counted = ["cpu", "memory"] as const;

function isZero(value: string | undefined): boolean {
  return value === undefined || Quantity.parse(value).isZero();
}

/**
 * Upstream's rule: all limits set and equal to requests is Guaranteed, nothing set is BestEffort.
 */
export function qosClass(pod: Pod): QosClass {
  const containers: Container[] = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  let anything = false;
  let guaranteed = true;
  for (const container of containers) {
    for (const resource of counted) {
      const limit = container.resources?.limits?.[resource];
      const request = container.resources?.requests?.[resource] ?? limit;
      if (!isZero(limit) || !isZero(request)) anything = true;
      const equal =
        !isZero(limit) &&
        Quantity.parse(limit as string).compare(Quantity.parse(request as string)) === 0;
      if (!equal) guaranteed = false;
    }
  }
  if (!anything) return "BestEffort";
  return guaranteed ? "Guaranteed" : "Burstable";
}

const minShares = 2;
const maxShares = 262_144;

/** cgroup v1's cpu.shares for a request in thousandths of a CPU. */
export function cpuShares(milli: number): number {
  if (milli === 0) return minShares;
  return Math.min(Math.max(Math.floor((milli * 1024) / 1000), minShares), maxShares);
}

/** The quota in microseconds for a limit in thousandths of a CPU; 0 is none. */
export function cpuQuota(milli: number, periodMicroseconds = 100_000): number {
  if (milli === 0) return 0;
  return Math.max(Math.floor((milli * periodMicroseconds) / 1000), 1_000);
}

/**
 * How readily the kernel's OOM killer takes a container: KEP-less upstream formula by class and
 * memory request.
 */
export function oomScoreAdjustment(
  pod: Pod,
  container: Container,
  memoryCapacityBytes: number,
): number {
  if (pod.spec.priorityClassName === "system-node-critical") return -997;
  const quality = qosClass(pod);
  if (quality === "Guaranteed") return -997;
  if (quality === "BestEffort") return 1000;
  const request = container.resources?.requests?.memory;
  const bytes = request === undefined ? 0 : Number(Quantity.parse(request).value());
  const score = 1000 - Math.floor((1000 * bytes) / Math.max(memoryCapacityBytes, 1));
  return Math.min(Math.max(score, 3), 999);
}

export function milliCpu(value: string | undefined): number {
  return value === undefined ? 0 : Number(Quantity.parse(value).milliValue());
}

export function bytesOf(value: string | undefined): number {
  return value === undefined ? 0 : Number(Quantity.parse(value).value());
}
