import type { Container, ContainerStatus, Pod } from "../api/gen/types/coreV1.js";
import type { LabelSelector } from "../api/gen/types/metaV1.js";

/**
 * What decides a pod's placement, as the JSON text that the native engine reads (crates/scheduling,
 * input.rs). Pods with equal texts share all work there, so nothing else belongs in it.
 */
export function podText(pod: Pod, defaultSelector?: LabelSelector): string {
  const spec = pod.spec ?? { containers: [] };
  const { metadata = {}, status = {} } = pod;
  return JSON.stringify({
    namespace: metadata.namespace,
    labels: metadata.labels,
    priority: spec.priority,
    preemptionPolicy: spec.preemptionPolicy === "Never" ? "Never" : undefined,
    nodeSelector: spec.nodeSelector,
    affinity: spec.affinity,
    tolerations: spec.tolerations?.map(({ key, operator, value, effect }) => ({
      key,
      operator,
      value,
      effect,
    })),
    containers: spec.containers.map((one) => container(one, status.containerStatuses)),
    initContainers: spec.initContainers?.map((one) => container(one, status.initContainerStatuses)),
    overhead: spec.overhead,
    resources: spec.resources?.requests && { requests: spec.resources.requests },
    topologySpreadConstraints: spec.topologySpreadConstraints,
    defaultSelector,
  });
}

function container(container: Container, statuses: readonly ContainerStatus[] | undefined): object {
  const { image, name, ports, resources, restartPolicy } = container;
  const hostPorts = ports?.filter((port) => port.hostPort !== undefined && port.hostPort > 0);
  return {
    image,
    ports: hostPorts?.length
      ? hostPorts.map(({ hostPort, hostIP, protocol }) => ({ hostPort, hostIP, protocol }))
      : undefined,
    resources: resources?.requests && { requests: resources.requests },
    restartPolicy,
    allocated: allocated(statuses?.find((status) => status.name === name)),
  };
}

/** What a running container was given, where a resize made it differ from what it asks for. */
function allocated(status: ContainerStatus | undefined): Record<string, string> | undefined {
  return status?.allocatedResources ?? undefined;
}

/** Whether a change of a pod can change its text: labels, spec, or what it was allocated. */
export function podTextChanges(before: Pod, after: Pod): boolean {
  const generation = after.metadata?.generation;
  // Servers before 1.33 do not count pods' generations.
  if (generation === undefined) return podText(before) !== podText(after);
  return (
    before.metadata?.generation !== generation ||
    !equalMaps(before.metadata?.labels, after.metadata?.labels) ||
    allocatedText(before) !== allocatedText(after)
  );
}

function allocatedText(pod: Pod): string {
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
  const all = [...initContainerStatuses, ...containerStatuses];
  if (all.every((status) => status.allocatedResources === undefined)) return "";
  return JSON.stringify(all.map(({ name, allocatedResources }) => [name, allocatedResources]));
}

function equalMaps(
  a: Readonly<Record<string, string>> = {},
  b: Readonly<Record<string, string>> = {},
): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
