import type { ContainerPort, Node, Pod } from "../../api/gen/types/coreV1.js";
import { matchesNode } from "../../api/pods/nodeAffinity.js";
import { podResources } from "../../api/pods/podResources.js";
import { untolerated } from "../../api/pods/tolerations.js";
import type { RuntimeFeatures } from "../cri/runtime.js";
import type { NodeAllocatable } from "./downwardFields.js";
import { isRestartableInit, isStaticPod } from "./podIdentity.js";
import { bytesOf, milliCpu } from "./quality.js";

export interface Refusal {
  readonly reason: string;
  readonly message: string;
}

/** What goes before the reason in the pod's status, not in its event. */
export const refusalPrefix = "Pod was rejected: ";

/** What a pod wants of a node by name of resource: thousandths of a CPU, else whole units. */
function requests(pod: Pod): Map<string, number> {
  const list = Object.entries(podResources(pod, "requests"));
  return new Map(list.map(([name, text]) => [name, (name === "cpu" ? milliCpu : bytesOf)(text)]));
}

/** What the node has; undefined: not counted (extended resources of which it has none). */
function capacityOf(name: string, allocatable: NodeAllocatable): number | undefined {
  if (name === "cpu") return allocatable.cpuMilli;
  if (name === "memory") return allocatable.memoryBytes;
  if (name === "ephemeral-storage") return allocatable.ephemeralStorageBytes;
  return name.startsWith("hugepages-") ? 0 : undefined;
}

function insufficient(
  resource: string,
  requested: number,
  used: number,
  capacity: number,
): Refusal | undefined {
  if (requested === 0 || requested + used <= capacity) return undefined;
  return {
    reason: `OutOf${resource}`,
    message:
      `${refusalPrefix}Node didn't have enough resource: ${resource}, ` +
      `requested: ${requested}, used: ${used}, capacity: ${capacity}`,
  };
}

interface HostPort {
  readonly ip: string;
  readonly protocol: string;
  readonly port: number;
}

/** Of the host network every port is the node's, whether the pod's source says so or not. */
function hostPorts({ spec }: Pod): HostPort[] {
  const sidecars = (spec.initContainers ?? []).filter(isRestartableInit);
  const portOf = ({ hostPort, containerPort }: ContainerPort): number =>
    hostPort || (spec.hostNetwork === true ? containerPort : 0);
  return [...spec.containers, ...sidecars]
    .flatMap((container) => container.ports ?? [])
    .map((port) => ({
      ip: port.hostIP || "0.0.0.0",
      protocol: port.protocol || "TCP",
      port: portOf(port),
    }))
    .filter(({ port }) => port > 0);
}

function portKey({ protocol, port }: HostPort): string {
  return `${protocol}/${port}`;
}

function hasPortConflict(pod: Pod, others: readonly Pod[]): boolean {
  const wanted = hostPorts(pod);
  if (wanted.length === 0) return false;
  const taken = new Map<string, Set<string>>();
  for (const port of others.flatMap(hostPorts)) {
    const ips = taken.get(portKey(port)) ?? new Set();
    taken.set(portKey(port), ips.add(port.ip));
  }
  return wanted.some((port) => {
    const ips = taken.get(portKey(port));
    if (ips === undefined) return false;
    return port.ip === "0.0.0.0" || ips.has("0.0.0.0") || ips.has(port.ip);
  });
}

const failedPredicate = (name: string, why: string): Refusal => ({
  reason: name,
  message: `${refusalPrefix}Predicate ${name} failed: ${why}`,
});

/** What no node of this kind can run. */
function unsupported({ metadata, spec }: Pod): Refusal | undefined {
  const label = metadata.labels?.["kubernetes.io/os"];
  if (label !== undefined && label !== "linux") {
    const message = "Failed to admit pod as the `kubernetes.io/os` label doesn't match node label";
    return {
      reason: "PodOSSelectorNodeLabelDoesNotMatch",
      message: `${refusalPrefix}${message}`,
    };
  }
  if (spec.os !== undefined && spec.os.name !== "linux") {
    const message = "Failed to admit pod as the OS field doesn't match node OS";
    return { reason: "PodOSNotSupported", message: `${refusalPrefix}${message}` };
  }
  return undefined;
}

/** What a node with such a runtime cannot run as it was promised. */
export function featureRefusal({ spec }: Pod, features: RuntimeFeatures): Refusal | undefined {
  const policy = spec.securityContext?.supplementalGroupsPolicy;
  if (policy !== "Strict" || features.supplementalGroupsPolicy) return undefined;
  const message = "SupplementalGroupsPolicy=Strict is not supported in this node";
  const reason = "SupplementalGroupsPolicyNotSupported";
  return { reason, message: `${refusalPrefix}${message}` };
}

/** Pods that hold something of the node are asked of nothing that has changed since. */
const hasBegun = (pod: Pod): boolean => pod.status?.startTime !== undefined;

/**
 * The kubelet's own word on a pod that was bound to it, past the scheduler or by a stale view of
 * the node; others hold what is admitted already. The checks and their order are those of
 * upstream's general predicates.
 */
export function admitPod(
  pod: Pod,
  others: readonly Pod[],
  allocatable: NodeAllocatable,
  maxPods: number,
  node: Pick<Node, "metadata" | "spec">,
): Refusal | undefined {
  const refusal = unsupported(pod) ?? insufficient("pods", 1, others.length, maxPods) ?? lacking();
  if (refusal !== undefined) return refusal;
  if (!hasBegun(pod) && !matchesNode(pod.spec, node)) {
    return failedPredicate("NodeAffinity", "node(s) didn't match Pod's node affinity/selector");
  }
  if (hasPortConflict(pod, others)) {
    const why = "node(s) didn't have free ports for the requested pod ports";
    return failedPredicate("NodePorts", why);
  }
  const { taints = [] } = node.spec ?? {};
  const isTainted = untolerated(taints, pod.spec.tolerations ?? [], ["NoExecute"]) !== undefined;
  if (isTainted && !isStaticPod(pod) && !hasBegun(pod)) {
    return failedPredicate("TaintToleration", "node(s) had taints that the pod didn't tolerate");
  }
  return undefined;

  function lacking(): Refusal | undefined {
    const wanted = requests(pod);
    const held = others.map(requests);
    for (const name of [...wanted.keys()].sort()) {
      const capacity = capacityOf(name, allocatable);
      if (capacity === undefined) continue;
      const used = held.reduce((sum, other) => sum + (other.get(name) ?? 0), 0);
      const found = insufficient(name, wanted.get(name) ?? 0, used, capacity);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}
