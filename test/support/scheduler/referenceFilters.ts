import type { Node, Pod, TopologySpreadConstraint } from "../../../lib/api/gen/types/coreV1.js";
import {
  amount,
  countOn,
  isIncluded,
  labelsOf,
  matchesNode,
  matchesSelector,
  means,
  podsOn,
  type ReferenceCluster,
  requested,
  tolerates,
  toleratesAll,
} from "./referenceCluster.js";

export interface Refusal {
  readonly plugin: string;
  readonly reasons: string[];
}

type Filter = (cluster: ReferenceCluster, pod: Pod, node: Node) => string[];

const extendedResource = "example.com/device";

const filters: readonly [string, Filter][] = [
  [
    "NodeUnschedulable",
    (_, pod, node) => {
      const taint = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" };
      const allowed = tolerates(pod.spec?.tolerations ?? [], taint);
      return node.spec?.unschedulable === true && !allowed ? ["node(s) were unschedulable"] : [];
    },
  ],
  [
    "TaintToleration",
    (_, pod, node) => (toleratesAll(pod, node) ? [] : ["node(s) had untolerated taint(s)"]),
  ],
  [
    "NodeAffinity",
    (_, pod, node) =>
      matchesNode(pod, node) ? [] : ["node(s) didn't match Pod's node affinity/selector"],
  ],
  ["NodePorts", nodePorts],
  ["NodeResourcesFit", nodeResourcesFit],
  ["PodTopologySpread", podTopologySpread],
  ["InterPodAffinity", interPodAffinity],
];

/** The first plugin that refuses the node, in the default profile's order. */
export function refusalOf(cluster: ReferenceCluster, pod: Pod, node: Node): Refusal | undefined {
  for (const [plugin, filter] of filters) {
    const reasons = filter(cluster, pod, node);
    if (reasons.length > 0) return { plugin, reasons };
  }
  return undefined;
}

function hostPorts(pod: Pod): { port: number; protocol: string; ip: string }[] {
  return (pod.spec?.containers ?? []).flatMap(({ ports = [] }) =>
    ports
      .filter(({ hostPort }) => (hostPort ?? 0) > 0)
      .map(({ hostIP, hostPort, protocol }) => ({
        port: hostPort ?? 0,
        protocol: protocol ?? "TCP",
        ip: hostIP || "0.0.0.0",
      })),
  );
}

function nodePorts(cluster: ReferenceCluster, pod: Pod, node: Node): string[] {
  const taken = podsOn(cluster, node).flatMap(hostPorts);
  const conflict = hostPorts(pod).some((want) =>
    taken.some(
      (one) =>
        one.port === want.port &&
        one.protocol === want.protocol &&
        (one.ip === want.ip || one.ip === "0.0.0.0" || want.ip === "0.0.0.0"),
    ),
  );
  return conflict ? ["node(s) didn't have free ports for the requested pod ports"] : [];
}

function nodeResourcesFit(cluster: ReferenceCluster, pod: Pod, node: Node): string[] {
  const others = podsOn(cluster, node);
  const reasons: string[] = [];
  const { allocatable = {} } = node.status ?? {};
  if (others.length + 1 > Number(allocatable.pods)) reasons.push("Too many pods");
  for (const resource of ["cpu", "memory", "ephemeral-storage", extendedResource]) {
    const want = requested(pod, resource);
    const used = others.reduce((sum, other) => sum + requested(other, resource), 0);
    if (want > 0 && want > amount(resource, allocatable[resource]) - used) {
      reasons.push(`Insufficient ${resource}`);
    }
  }
  return reasons;
}

function podTopologySpread(cluster: ReferenceCluster, pod: Pod, node: Node): string[] {
  const constraints = (pod.spec?.topologySpreadConstraints ?? []).filter(
    ({ whenUnsatisfiable }) => whenUnsatisfiable === "DoNotSchedule",
  );
  const mismatch = "node(s) didn't match pod topology spread constraints";
  for (const constraint of constraints) {
    const value = labelsOf(node)[constraint.topologyKey];
    if (value === undefined) return [`${mismatch} (missing required label)`];
    const counts = domainCounts(cluster, pod, constraint, constraints);
    const own = matchesSelector(constraint.labelSelector, labelsOf(pod)) ? 1 : 0;
    const tooFew = counts.size < (constraint.minDomains ?? 1);
    const lowest = tooFew ? 0 : Math.min(...counts.values());
    if ((counts.get(value) ?? 0) + own - lowest > constraint.maxSkew) return [mismatch];
  }
  return [];
}

function domainCounts(
  cluster: ReferenceCluster,
  pod: Pod,
  constraint: TopologySpreadConstraint,
  all: readonly TopologySpreadConstraint[],
): Map<string, number> {
  const counts = new Map<string, number>();
  for (const node of cluster.nodes) {
    const labels = labelsOf(node);
    if (!all.every(({ topologyKey }) => labels[topologyKey] !== undefined)) continue;
    if (!isIncluded(pod, node, constraint)) continue;
    const value = labels[constraint.topologyKey] ?? "";
    counts.set(value, (counts.get(value) ?? 0) + countOn(cluster, node, pod, constraint));
  }
  return counts;
}

function interPodAffinity(cluster: ReferenceCluster, pod: Pod, node: Node): string[] {
  const { podAffinity, podAntiAffinity } = pod.spec?.affinity ?? {};
  const attracting = podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  const repelling = podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  const nodes = new Map(cluster.nodes.map((one) => [one.metadata?.name, one]));
  /** Whether a pod's node is in the same domain of a key as the node that is asked about. */
  const together = (other: Pod, key: string): boolean => {
    const where = nodes.get(other.spec?.nodeName);
    const value = labelsOf(node)[key];
    return where !== undefined && value !== undefined && labelsOf(where)[key] === value;
  };
  const meansAll = (other: Pod) => attracting.every((term) => means(cluster, pod, term, other));
  if (!attracting.every(({ topologyKey }) => labelsOf(node)[topologyKey] !== undefined)) {
    return ["node(s) didn't match pod affinity rules"];
  }
  const satisfied = attracting.every(({ topologyKey }) =>
    cluster.pods.some((other) => meansAll(other) && together(other, topologyKey)),
  );
  const anywhere = cluster.pods.some((other) => {
    const where = nodes.get(other.spec?.nodeName);
    return (
      where !== undefined &&
      meansAll(other) &&
      attracting.some(({ topologyKey }) => labelsOf(where)[topologyKey] !== undefined)
    );
  });
  if (!satisfied && (anywhere || !meansAll(pod))) {
    return ["node(s) didn't match pod affinity rules"];
  }
  const repels = repelling.some((term) =>
    cluster.pods.some(
      (other) => means(cluster, pod, term, other) && together(other, term.topologyKey),
    ),
  );
  if (repels) return ["node(s) didn't match pod anti-affinity rules"];
  const isRepelled = cluster.pods.some((other) => {
    const { podAntiAffinity: theirs } = other.spec?.affinity ?? {};
    return (theirs?.requiredDuringSchedulingIgnoredDuringExecution ?? []).some(
      (term) => means(cluster, other, term, pod) && together(other, term.topologyKey),
    );
  });
  return isRepelled ? ["node(s) didn't satisfy existing pods anti-affinity rules"] : [];
}
