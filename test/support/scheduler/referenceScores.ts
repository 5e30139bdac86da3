import type { Node, Pod, TopologySpreadConstraint } from "../../../lib/api/gen/types/coreV1.js";
import type { LabelSelector } from "../../../lib/api/gen/types/metaV1.js";
import {
  amount,
  countOn,
  isIncluded,
  labelsOf,
  matchesTerm,
  means,
  podsOn,
  type ReferenceCluster,
  requested,
  tolerates,
} from "./referenceCluster.js";

const hostname = "kubernetes.io/hostname";

/** Each plugin's score of each feasible node, 0 to 100, in the order of the nodes. */
export function scoresOf(
  cluster: ReferenceCluster,
  pod: Pod,
  feasible: readonly Node[],
  defaultSelector?: LabelSelector,
): Map<string, number[]> {
  const each = (score: (node: Node) => number) => feasible.map(score);
  const affinity = each((node) => preferredNodes(pod, node));
  return new Map([
    ["TaintToleration", reversed(each((node) => avoidedTaints(pod, node)))],
    ["NodeAffinity", scaled(affinity)],
    ["NodeResourcesFit", each((node) => leastAllocated(cluster, pod, node))],
    ["NodeResourcesBalancedAllocation", each((node) => balanced(cluster, pod, node))],
    ["ImageLocality", each((node) => imageLocality(cluster, pod, node))],
    ["PodTopologySpread", spread(cluster, pod, feasible, defaultSelector)],
    ["InterPodAffinity", interPodAffinity(cluster, pod, feasible)],
  ]);
}

function scaled(raw: number[]): number[] {
  const max = Math.max(0, ...raw);
  return max === 0 ? raw : raw.map((one) => Math.trunc((100 * one) / max));
}

function reversed(raw: number[]): number[] {
  const max = Math.max(0, ...raw);
  return raw.map((one) => (max === 0 ? 100 : 100 - Math.trunc((100 * one) / max)));
}

function avoidedTaints(pod: Pod, node: Node): number {
  const tolerations = (pod.spec?.tolerations ?? []).filter(
    ({ effect }) => !effect || effect === "PreferNoSchedule",
  );
  return (node.spec?.taints ?? []).filter(
    (taint) => taint.effect === "PreferNoSchedule" && !tolerates(tolerations, taint),
  ).length;
}

function preferredNodes(pod: Pod, node: Node): number {
  const { nodeAffinity } = pod.spec?.affinity ?? {};
  return (nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [])
    .filter(({ preference }) => matchesTerm(preference, node))
    .reduce((sum, { weight }) => sum + weight, 0);
}

function usage(cluster: ReferenceCluster, node: Node, resource: string, nonZero: boolean): number {
  return podsOn(cluster, node).reduce((sum, pod) => sum + requested(pod, resource, nonZero), 0);
}

function leastAllocated(cluster: ReferenceCluster, pod: Pod, node: Node): number {
  const scores: number[] = [];
  for (const resource of ["cpu", "memory"]) {
    const room = amount(resource, node.status?.allocatable?.[resource]);
    if (room === 0) continue;
    const taken = usage(cluster, node, resource, true) + requested(pod, resource, true);
    scores.push(taken > room ? 0 : Math.trunc(((room - taken) * 100) / room));
  }
  if (scores.length === 0) return 0;
  return Math.trunc(scores.reduce((a, b) => a + b) / scores.length);
}

function balanced(cluster: ReferenceCluster, pod: Pod, node: Node): number {
  const resources = ["cpu", "memory"];
  if (resources.every((resource) => requested(pod, resource) === 0)) return 0;
  const evenness = (withPod: boolean): number => {
    const fractions = resources.flatMap((resource) => {
      const room = amount(resource, node.status?.allocatable?.[resource]);
      if (room === 0) return [];
      const own = withPod ? requested(pod, resource) : 0;
      return [Math.min(1, (usage(cluster, node, resource, false) + own) / room)];
    });
    const [a, b] = fractions;
    const deviation = a === undefined || b === undefined ? 0 : Math.abs((a - b) / 2);
    return Math.trunc((1 - deviation) * 100);
  };
  return 50 + Math.trunc((50 + evenness(true) - evenness(false)) / 2);
}

function imageLocality(cluster: ReferenceCluster, pod: Pod, node: Node): number {
  const has = (one: Node, image: string) =>
    one.status?.images?.find(({ names }) => names?.includes(image));
  const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
  let sum = 0;
  for (const container of containers) {
    const image = container.image?.includes(":") ? container.image : `${container.image}:latest`;
    const found = has(node, image);
    if (found === undefined) continue;
    const holders = cluster.nodes.filter((one) => has(one, image) !== undefined).length;
    sum += Math.trunc(Number(found.sizeBytes) * (holders / cluster.nodes.length));
  }
  const [least, most] = [23 * 2 ** 20, 1000 * 2 ** 20 * containers.length];
  const clamped = Math.min(Math.max(sum, least), most);
  return Math.trunc((100 * (clamped - least)) / (most - least));
}

function spread(
  cluster: ReferenceCluster,
  pod: Pod,
  feasible: readonly Node[],
  defaultSelector: LabelSelector | undefined,
): number[] {
  const own = pod.spec?.topologySpreadConstraints ?? [];
  const systemDefault = own.length === 0;
  const soft = systemDefault
    ? systemConstraints(defaultSelector)
    : own.filter(({ whenUnsatisfiable }) => whenUnsatisfiable === "ScheduleAnyway");
  if (soft.length === 0) return feasible.map(() => 0);
  const hasKeys = (node: Node) =>
    systemDefault || soft.every(({ topologyKey }) => labelsOf(node)[topologyKey] !== undefined);
  const scored = feasible.filter(hasKeys);
  const raw = new Map(
    scored.map((node) => {
      let sum = 0;
      for (const constraint of soft) {
        const { topologyKey, maxSkew } = constraint;
        const value = labelsOf(node)[topologyKey];
        if (value === undefined) continue;
        const same = (other: Node) => labelsOf(other)[topologyKey] === value;
        const among =
          topologyKey === hostname
            ? [node]
            : cluster.nodes.filter(
                (other) => same(other) && hasKeys(other) && isIncluded(pod, other, constraint),
              );
        const count = among.reduce((n, other) => n + countOn(cluster, other, pod, constraint), 0);
        const domains =
          topologyKey === hostname
            ? scored.length
            : new Set(scored.map((other) => labelsOf(other)[topologyKey] ?? "")).size;
        sum += count * Math.log(domains + 2) + (maxSkew - 1);
      }
      return [node, Math.round(sum)] as const;
    }),
  );
  const max = Math.max(0, ...raw.values());
  const min = Math.min(...raw.values());
  return feasible.map((node) => {
    const score = raw.get(node);
    if (score === undefined) return 0;
    return max === 0 ? 100 : Math.trunc((100 * (max + min - score)) / max);
  });
}

function systemConstraints(selector: LabelSelector | undefined): TopologySpreadConstraint[] {
  if (selector === undefined) return [];
  const one = (topologyKey: string, maxSkew: number) => ({
    topologyKey,
    maxSkew,
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: selector,
  });
  return [one(hostname, 3), one("topology.kubernetes.io/zone", 5)];
}

function interPodAffinity(
  cluster: ReferenceCluster,
  pod: Pod,
  feasible: readonly Node[],
): number[] {
  const terms = ({ spec }: Pod) => [
    ...(spec?.affinity?.podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(spec?.affinity?.podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(
      ({ podAffinityTerm, weight }) => ({ podAffinityTerm, weight: -weight }),
    ),
  ];
  const nodes = new Map(cluster.nodes.map((one) => [one.metadata?.name, one]));
  const raw = feasible.map((node) => {
    let sum = 0;
    for (const other of cluster.pods) {
      const where = nodes.get(other.spec?.nodeName);
      if (where === undefined) continue;
      const together = (key: string) =>
        labelsOf(node)[key] !== undefined && labelsOf(where)[key] === labelsOf(node)[key];
      for (const { podAffinityTerm: term, weight } of terms(pod)) {
        if (together(term.topologyKey) && means(cluster, pod, term, other)) sum += weight;
      }
      for (const { podAffinityTerm: term, weight } of terms(other)) {
        if (together(term.topologyKey) && means(cluster, other, term, pod)) sum += weight;
      }
      const { podAffinity } = other.spec?.affinity ?? {};
      for (const term of podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) {
        if (together(term.topologyKey) && means(cluster, other, term, pod)) sum += 1;
      }
    }
    return sum;
  });
  const [min, max] = [Math.min(...raw), Math.max(...raw)];
  return raw.map((one) => (max > min ? Math.trunc(100 * ((one - min) / (max - min))) : 0));
}
