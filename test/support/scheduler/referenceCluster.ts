import type {
  Container,
  Node,
  NodeSelectorTerm,
  Pod,
  PodAffinityTerm,
  Taint,
  Toleration,
  TopologySpreadConstraint,
} from "../../../lib/api/gen/types/coreV1.js";
import type { LabelSelector } from "../../../lib/api/gen/types/metaV1.js";
import { Selector } from "../../../lib/api/labels.js";

/** A generated cluster: everything that decides placements, as plain objects. */
export interface ReferenceCluster {
  readonly nodes: readonly Node[];
  /** Pods with spec.nodeName. */
  readonly pods: readonly Pod[];
  readonly namespaceLabels: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

export function labelsOf(object: Node | Pod): Record<string, string> {
  return object.metadata?.labels ?? {};
}

export function matchesSelector(
  selector: LabelSelector | undefined,
  labels: Record<string, string>,
): boolean {
  return Selector.ofLabelSelector(selector).matches(labels);
}

/** Thousandths of a CPU, or bytes. The generator writes `200m`, `3`, `64Mi` and `2Gi` only. */
export function amount(resource: string, text: string | undefined): number {
  if (text === undefined) return 0;
  const scale: Record<string, number> = { m: 0.001, Mi: 2 ** 20, Gi: 2 ** 30, "": 1 };
  const [, digits = "0", suffix = ""] = /^(\d+)(\w*)$/.exec(text) ?? [];
  const value = Number(digits) * (scale[suffix] ?? Number.NaN);
  return resource === "cpu" ? Math.round(value * 1000) : value;
}

/** What a pod asks for. `nonZero` gives containers without a request the defaults of scores. */
export function requested(pod: Pod, resource: string, nonZero = false): number {
  const defaults: Record<string, string> = nonZero ? { cpu: "100m", memory: "200Mi" } : {};
  const of = (container: Container) =>
    amount(resource, container.resources?.requests?.[resource] ?? defaults[resource]);
  let running = 0;
  for (const container of pod.spec?.containers ?? []) running += of(container);
  let sidecars = 0;
  let peak = 0;
  for (const container of pod.spec?.initContainers ?? []) {
    if (container.restartPolicy === "Always") {
      running += of(container);
      sidecars += of(container);
      peak = Math.max(peak, sidecars);
    } else peak = Math.max(peak, sidecars + of(container));
  }
  const podLevel = pod.spec?.resources?.requests?.[resource];
  const total = podLevel === undefined ? Math.max(running, peak) : amount(resource, podLevel);
  return total + amount(resource, pod.spec?.overhead?.[resource]);
}

export function podsOn(cluster: ReferenceCluster, node: Node): Pod[] {
  return cluster.pods.filter((pod) => pod.spec?.nodeName === node.metadata?.name);
}

export function tolerates(tolerations: readonly Toleration[], taint: Taint): boolean {
  return tolerations.some(
    (one) =>
      (!one.effect || one.effect === taint.effect) &&
      (!one.key || one.key === taint.key) &&
      (one.operator === "Exists" || (one.value ?? "") === (taint.value ?? "")),
  );
}

export function toleratesAll(pod: Pod, node: Node): boolean {
  return (node.spec?.taints ?? [])
    .filter(({ effect }) => effect === "NoSchedule" || effect === "NoExecute")
    .every((taint) => tolerates(pod.spec?.tolerations ?? [], taint));
}

export function matchesTerm(term: NodeSelectorTerm, node: Node): boolean {
  const { matchExpressions = [], matchFields = [] } = term;
  if (matchExpressions.length + matchFields.length === 0) return false;
  const matches = (value: string | undefined, operator: string, values: readonly string[]) => {
    switch (operator) {
      case "In":
        return value !== undefined && values.includes(value);
      case "NotIn":
        return value === undefined || !values.includes(value);
      case "Exists":
        return value !== undefined;
      case "DoesNotExist":
        return value === undefined;
      case "Gt":
        return value !== undefined && Number(value) > Number(values[0]);
      case "Lt":
        return value !== undefined && Number(value) < Number(values[0]);
      default:
        return false;
    }
  };
  return (
    matchExpressions.every((one) =>
      matches(labelsOf(node)[one.key], one.operator, one.values ?? []),
    ) && matchFields.every((one) => matches(node.metadata?.name, one.operator, one.values ?? []))
  );
}

/** nodeSelector and required node affinity. */
export function matchesNode(pod: Pod, node: Node): boolean {
  const selector = Object.entries(pod.spec?.nodeSelector ?? {});
  if (!selector.every(([key, value]) => labelsOf(node)[key] === value)) return false;
  const required = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (required === undefined) return true;
  return required.nodeSelectorTerms.some((term) => matchesTerm(term, node));
}

/** Whether a term of `owner` means a pod. */
export function means(
  cluster: ReferenceCluster,
  owner: Pod,
  term: PodAffinityTerm,
  pod: Pod,
): boolean {
  const namespace = pod.metadata?.namespace ?? "";
  const { namespaces = [], namespaceSelector, labelSelector } = term;
  const own = namespaces.length === 0 && namespaceSelector === undefined;
  const inNamespace =
    namespaces.includes(namespace) ||
    (own && owner.metadata?.namespace === namespace) ||
    matchesSelector(namespaceSelector, cluster.namespaceLabels.get(namespace) ?? {});
  return inNamespace && matchesSelector(labelSelector, labelsOf(pod));
}

/** Whether a node takes part in a constraint's counts. */
export function isIncluded(pod: Pod, node: Node, constraint: TopologySpreadConstraint): boolean {
  return (
    (constraint.nodeAffinityPolicy === "Ignore" || matchesNode(pod, node)) &&
    (constraint.nodeTaintsPolicy !== "Honor" || toleratesAll(pod, node))
  );
}

/** Pods of a node that a constraint counts. */
export function countOn(
  cluster: ReferenceCluster,
  node: Node,
  pod: Pod,
  constraint: TopologySpreadConstraint,
): number {
  const { labelSelector } = constraint;
  if (labelSelector !== undefined && Selector.ofLabelSelector(labelSelector).isEverything) return 0;
  return podsOn(cluster, node).filter(
    (other) =>
      other.metadata?.deletionTimestamp === undefined &&
      other.metadata?.namespace === pod.metadata?.namespace &&
      matchesSelector(labelSelector, labelsOf(other)),
  ).length;
}
