import type { Pod, ResourceQuota, ScopedResourceSelectorRequirement } from "../gen/types/coreV1.js";
import { podQuality } from "../pods/podQuality.js";

/** Whether a quota with scopes is about this object. */
export function quotaMatches(quota: ResourceQuota, resource: string, object: object): boolean {
  const requirements = scopesOf(quota);
  if (requirements.length === 0) return true;
  if (resource !== "pods") return false;
  return requirements.every((requirement) => scopeHolds(requirement, object as Pod));
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
