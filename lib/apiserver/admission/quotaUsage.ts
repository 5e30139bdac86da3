import type {
  Container,
  PersistentVolumeClaim,
  Pod,
  ResourceQuota,
  ScopedResourceSelectorRequirement,
  Service,
} from "../../api/gen/types/coreV1.js";
import { Quantity } from "../../api/quantity.js";
import { podQuality } from "../registry/core/podQuality.js";
import { podResources } from "../registry/core/podResources.js";
import { isExtendedResource, isHugePages } from "../registry/core/resourceRules.js";
import type { ObjectTree } from "./admissionPlugin.js";

export type Usage = ReadonlyMap<string, Quantity>;

const one = Quantity.of(1);
/** Kinds that quotas have long known by their plain names. */
const plainNames = new Set([
  "configmaps",
  "persistentvolumeclaims",
  "pods",
  "replicationcontrollers",
  "resourcequotas",
  "secrets",
  "services",
]);
/** Also by their bare name, meaning what is requested. */
const bareNames = new Set(["cpu", "memory", "ephemeral-storage"]);

/** What one object takes of a namespace's quotas. */
export function quotaUsage(group: string, resource: string, object: ObjectTree): Usage {
  const usage = new Map<string, Quantity>();
  usage.set(group === "" ? `count/${resource}` : `count/${resource}.${group}`, one);
  if (group !== "") return usage;
  if (plainNames.has(resource)) usage.set(resource, one);
  if (resource === "pods") addPod(usage, object as unknown as Pod);
  if (resource === "services") addService(usage, object as unknown as Service);
  if (resource === "persistentvolumeclaims") {
    addClaim(usage, object as unknown as PersistentVolumeClaim);
  }
  return usage;
}

function parse(text: string): Quantity {
  return Quantity.tryParse(text) ?? Quantity.zero;
}

function addPod(usage: Map<string, Quantity>, pod: Pod): void {
  for (const [name, value] of Object.entries(podResources(pod, "requests"))) {
    if (bareNames.has(name)) usage.set(name, parse(value));
    if (bareNames.has(name) || isHugePages(name) || isExtendedResource(name)) {
      usage.set(`requests.${name}`, parse(value));
    }
    if (isHugePages(name)) usage.set(name, parse(value));
  }
  for (const [name, value] of Object.entries(podResources(pod, "limits"))) {
    if (bareNames.has(name)) usage.set(`limits.${name}`, parse(value));
  }
}

function addService(usage: Map<string, Quantity>, service: Service): void {
  const ports = service.spec?.ports ?? [];
  const { type } = service.spec ?? {};
  const balanced = type === "LoadBalancer";
  usage.set("services.nodeports", Quantity.zero);
  usage.set("services.loadbalancers", balanced ? one : Quantity.zero);
  if (type === "NodePort") usage.set("services.nodeports", Quantity.of(ports.length));
  if (!balanced) return;
  const wanted = service.spec?.allocateLoadBalancerNodePorts !== false;
  const counted = wanted ? ports : ports.filter(({ nodePort }) => nodePort);
  usage.set("services.nodeports", Quantity.of(counted.length));
}

function addClaim(usage: Map<string, Quantity>, claim: PersistentVolumeClaim): void {
  const storage = claim.spec?.resources?.requests?.storage;
  if (storage !== undefined) usage.set("requests.storage", parse(storage));
  const storageClass = claim.spec?.storageClassName;
  if (!storageClass) return;
  const base = `${storageClass}.storageclass.storage.k8s.io`;
  usage.set(`${base}/persistentvolumeclaims`, one);
  if (storage !== undefined) usage.set(`${base}/requests.storage`, parse(storage));
}

/** Whether a quota with scopes is about this object. */
export function quotaMatches(quota: ResourceQuota, resource: string, object: ObjectTree): boolean {
  const requirements = scopesOf(quota);
  if (requirements.length === 0) return true;
  if (resource !== "pods") return false;
  return requirements.every((requirement) => scopeHolds(requirement, object as unknown as Pod));
}

function scopesOf(quota: ResourceQuota): ScopedResourceSelectorRequirement[] {
  const plain = (quota.spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: "Exists" }));
  return [...plain, ...(quota.spec?.scopeSelector?.matchExpressions ?? [])];
}

function scopeHolds(requirement: ScopedResourceSelectorRequirement, pod: Pod): boolean {
  const deadline = pod.spec.activeDeadlineSeconds;
  const terminating = deadline !== undefined && deadline !== null && deadline >= 0;
  switch (requirement.scopeName) {
    case "Terminating":
      return terminating;
    case "NotTerminating":
      return !terminating;
    case "BestEffort":
      return podQuality(pod.spec) === "BestEffort";
    case "NotBestEffort":
      return podQuality(pod.spec) !== "BestEffort";
    case "PriorityClass":
      return priorityHolds(requirement, pod.spec.priorityClassName ?? "");
    case "CrossNamespacePodAffinity":
      return usesOtherNamespaces(pod);
    default:
      return false;
  }
}

function priorityHolds(requirement: ScopedResourceSelectorRequirement, name: string): boolean {
  const listed = (requirement.values ?? []).includes(name);
  switch (requirement.operator) {
    case "In":
      return listed;
    case "NotIn":
      return !listed;
    case "DoesNotExist":
      return name === "";
    default:
      return name !== "";
  }
}

function usesOtherNamespaces(pod: Pod): boolean {
  const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {};
  return [podAffinity, podAntiAffinity].some((affinity) =>
    [
      ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
      ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(
        ({ podAffinityTerm }) => podAffinityTerm,
      ),
    ].some((term) => (term.namespaces ?? []).length > 0 || term.namespaceSelector !== undefined),
  );
}

/** What a quota on compute resources wants every container to say: `limits.cpu for: a,b; …`. */
export function missingCompute(quota: ResourceQuota, pod: Pod): string {
  const missing: string[] = [];
  for (const name of Object.keys(quota.status?.hard ?? {}).sort()) {
    const field = name.startsWith("limits.") ? "limits" : "requests";
    const resource = name.replace(/^(limits|requests)\./, "");
    if (!bareNames.has(resource)) continue;
    const silent = containersWithout(pod, field, resource);
    if (silent.length > 0) missing.push(`${name} for: ${silent.join(",")}`);
  }
  return missing.join("; ");
}

function containersWithout(pod: Pod, field: "limits" | "requests", resource: string): string[] {
  if (pod.spec.resources?.[field]?.[resource] !== undefined) return [];
  const all: Container[] = [...(pod.spec.initContainers ?? []), ...(pod.spec.containers ?? [])];
  return all
    .filter(({ resources }) => resources?.[field]?.[resource] === undefined)
    .map(({ name }) => name);
}
