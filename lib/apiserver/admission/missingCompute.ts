import type { Container, Pod, ResourceQuota } from "../../api/gen/types/coreV1.js";

/** What a quota can ask every container to say, by its bare name and by prefix. */
const bareNames = new Set(["cpu", "memory", "ephemeral-storage"]);

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
