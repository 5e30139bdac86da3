import type {
  Container,
  PersistentVolumeClaim,
  Pod,
  ResourceQuota,
  ScopedResourceSelectorRequirement,
  Service,
} from "../../api/gen/types/coreV1.js";
import { Quantity } from "../../api/quantity.js";

export type Usage = Map<string, Quantity>;

const one = Quantity.of(1);

function add(usage: Usage, name: string, value: Quantity | undefined): void {
  if (value !== undefined) usage.set(name, (usage.get(name) ?? Quantity.zero).add(value));
}

/** Of all containers: the larger of what starts together and what comes one by one before it. */
function podTotals(pod: Pod, field: "requests" | "limits"): Map<string, Quantity> {
  const totals = new Map<string, Quantity>();
  const amounts = (container: Container) => Object.entries(container.resources?.[field] ?? {});
  for (const container of pod.spec.containers) {
    for (const [name, text] of amounts(container)) add(totals, name, Quantity.tryParse(text));
  }
  const sidecars = new Map<string, Quantity>();
  const peaks = new Map<string, Quantity>();
  for (const container of pod.spec.initContainers ?? []) {
    for (const [name, text] of amounts(container)) {
      const value = Quantity.tryParse(text) ?? Quantity.zero;
      if (container.restartPolicy === "Always") add(sidecars, name, value);
      const now = (sidecars.get(name) ?? Quantity.zero).add(
        container.restartPolicy === "Always" ? Quantity.zero : value,
      );
      if (now.nanos > (peaks.get(name)?.nanos ?? 0n)) peaks.set(name, now);
    }
  }
  for (const [name, value] of sidecars) add(totals, name, value);
  for (const [name, peak] of peaks) {
    if (peak.nanos > (totals.get(name)?.nanos ?? 0n)) totals.set(name, peak);
  }
  for (const [name, text] of Object.entries(pod.spec.overhead ?? {})) {
    if (field === "requests" || totals.has(name)) add(totals, name, Quantity.tryParse(text));
  }
  return totals;
}

export function podUsage(pod: Pod): Usage {
  const usage: Usage = new Map([
    ["pods", one],
    ["count/pods", one],
  ]);
  for (const [name, value] of podTotals(pod, "requests")) {
    if (name !== "storage") usage.set(`requests.${name}`, value);
    usage.set(name, value);
  }
  for (const [name, value] of podTotals(pod, "limits")) usage.set(`limits.${name}`, value);
  return usage;
}

export function serviceUsage(service: Service): Usage {
  const { allocateLoadBalancerNodePorts, ports = [], type } = service.spec ?? {};
  const usage: Usage = new Map([
    ["services", one],
    ["count/services", one],
  ]);
  if (type === "LoadBalancer") usage.set("services.loadbalancers", one);
  const allocates =
    type === "NodePort" || (type === "LoadBalancer" && allocateLoadBalancerNodePorts !== false);
  const counted = allocates ? ports : ports.filter((port) => (port.nodePort ?? 0) > 0);
  if (type === "NodePort" || type === "LoadBalancer") {
    usage.set("services.nodeports", Quantity.of(counted.length));
  }
  return usage;
}

export function claimUsage(claim: PersistentVolumeClaim): Usage {
  const usage: Usage = new Map([
    ["persistentvolumeclaims", one],
    ["count/persistentvolumeclaims", one],
  ]);
  const storage = Quantity.tryParse(claim.spec?.resources?.requests?.storage ?? "");
  if (storage !== undefined) usage.set("requests.storage", storage);
  const storageClass = claim.spec?.storageClassName ?? "";
  if (storageClass === "") return usage;
  const prefix = `${storageClass}.storageclass.storage.k8s.io`;
  usage.set(`${prefix}/persistentvolumeclaims`, one);
  if (storage !== undefined) usage.set(`${prefix}/requests.storage`, storage);
  return usage;
}

/** Whether the pod is among what the quota's scopes are about. */
export function scopesMatch(quota: ResourceQuota, pod: Pod): boolean {
  const plain = (quota.spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: "Exists" }));
  const all = [...plain, ...(quota.spec?.scopeSelector?.matchExpressions ?? [])];
  return all.every((requirement) => scopeMatches(requirement, pod));
}

export function hasScopes(quota: ResourceQuota): boolean {
  const { scopes = [], scopeSelector } = quota.spec ?? {};
  return scopes.length + (scopeSelector?.matchExpressions ?? []).length > 0;
}

function scopeMatches(requirement: ScopedResourceSelectorRequirement, pod: Pod): boolean {
  const terminating = (pod.spec.activeDeadlineSeconds ?? -1) >= 0;
  const bestEffort = pod.status?.qosClass === "BestEffort";
  const priority = pod.spec.priorityClassName ?? "";
  const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {};
  switch (requirement.scopeName) {
    case "Terminating":
      return terminating;
    case "NotTerminating":
      return !terminating;
    case "BestEffort":
      return bestEffort;
    case "NotBestEffort":
      return !bestEffort;
    case "PriorityClass":
      return matchesValues(requirement, priority);
    case "CrossNamespacePodAffinity":
      return [podAffinity, podAntiAffinity].some((affinity) =>
        [
          ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
          ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(
            (weighted) => weighted.podAffinityTerm,
          ),
        ].some(
          (term) => (term.namespaces ?? []).length > 0 || term.namespaceSelector !== undefined,
        ),
      );
    default:
      return false;
  }
}

function matchesValues(requirement: ScopedResourceSelectorRequirement, value: string): boolean {
  const listed = (requirement.values ?? []).includes(value);
  if (requirement.operator === "In") return listed;
  if (requirement.operator === "NotIn") return !listed;
  return requirement.operator === "DoesNotExist" ? value === "" : value !== "";
}
