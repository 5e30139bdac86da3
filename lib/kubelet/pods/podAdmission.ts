import type { Pod } from "../../api/gen/types/coreV1.js";
import type { NodeAllocatable } from "./downwardFields.js";
import { isRestartableInit } from "./podIdentity.js";
import { bytesOf, milliCpu } from "./quality.js";

export interface Refusal {
  readonly reason: string;
  readonly message: string;
}

/**
 * What a pod asks of the node: its containers and sidecars together, or one init container if that
 * is more.
 */
export function podRequest(pod: Pod, resource: "cpu" | "memory"): number {
  const read = resource === "cpu" ? milliCpu : bytesOf;
  const overhead = read(pod.spec.overhead?.[resource]);
  // What the pod as a whole asks for wins, as the scheduler has it.
  const whole = pod.spec.resources?.requests?.[resource];
  if (whole !== undefined) return read(whole) + overhead;
  let sidecars = 0;
  let largestInit = 0;
  for (const container of pod.spec.initContainers ?? []) {
    const value = read(container.resources?.requests?.[resource]);
    if (isRestartableInit(container)) sidecars += value;
    largestInit = Math.max(largestInit, isRestartableInit(container) ? sidecars : sidecars + value);
  }
  const regular = pod.spec.containers
    .map((container) => read(container.resources?.requests?.[resource]))
    .reduce((a, b) => a + b, sidecars);
  return Math.max(regular, largestInit) + overhead;
}

/** The kubelet's own word on a pod that was bound to it; others hold what is admitted already. */
export function admitPod(
  pod: Pod,
  others: readonly Pod[],
  allocatable: NodeAllocatable,
  maxPods: number,
): Refusal | undefined {
  if (others.length + 1 > maxPods) {
    return {
      reason: "OutOfpods",
      message: `Pod was rejected: Node didn't have enough resource: pods, requested: 1, used: ${others.length}, capacity: ${maxPods}`,
    };
  }
  const limits = { cpu: allocatable.cpuMilli, memory: allocatable.memoryBytes };
  for (const resource of ["cpu", "memory"] as const) {
    const requested = podRequest(pod, resource);
    if (requested === 0) continue;
    const used = others.reduce((sum, other) => sum + podRequest(other, resource), 0);
    if (requested + used > limits[resource]) {
      return {
        reason: `OutOf${resource}`,
        message: `Pod was rejected: Node didn't have enough resource: ${resource}, requested: ${requested}, used: ${used}, capacity: ${limits[resource]}`,
      };
    }
  }
  return undefined;
}
