import { equalJson } from "../../api/equality.js";
import type { Pod, Service } from "../../api/gen/types/coreV1.js";
import { type Indexer, objectKey } from "../../client/informer/indexer.js";
import type { EventHandler } from "../../client/informer/informer.js";

/** Tells which services a pod's change concerns. */
export function servicesOfPods(
  services: Indexer<Service>,
  enqueue: (key: string) => void,
): EventHandler<Pod> {
  const selecting = (pod: Pod): string[] => {
    const keys: string[] = [];
    for (const service of services.list(pod.metadata.namespace)) {
      if (selects(service, pod)) keys.push(objectKey(service));
    }
    return keys;
  };
  return {
    onAdd: (pod) => selecting(pod).forEach(enqueue),
    onDelete: (pod) => selecting(pod).forEach(enqueue),
    onUpdate(old, pod) {
      const relabelled = !equalJson(old.metadata.labels, pod.metadata.labels);
      if (!relabelled && !concernsEndpoints(old, pod)) return;
      const keys = new Set(selecting(pod));
      if (relabelled) for (const key of selecting(old)) keys.add(key);
      keys.forEach(enqueue);
    },
  };
}

export function selects(service: Service, pod: Pod): boolean {
  const selector = service.spec?.selector;
  if (selector === undefined || Object.keys(selector).length === 0) return false;
  const labels = pod.metadata.labels ?? {};
  return Object.entries(selector).every(([name, value]) => labels[name] === value);
}

/** What of a pod an endpoint shows. Most updates of a pod touch none of it. */
function concernsEndpoints(old: Pod, pod: Pod): boolean {
  const shown = ({ metadata, spec, status }: Pod): unknown => [
    metadata.deletionTimestamp,
    spec.nodeName,
    spec.hostname,
    spec.subdomain,
    status?.phase,
    status?.podIP,
    status?.podIPs,
    status?.conditions?.find((condition) => condition.type === "Ready")?.status,
  ];
  return !equalJson(shown(old), shown(pod));
}
