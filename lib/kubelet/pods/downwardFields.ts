import type { Container, Pod, ResourceFieldSelector } from "../../api/gen/types/coreV1.js";
import { Quantity } from "../../api/quantity.js";

export interface NodeAllocatable {
  readonly cpuMilli: number;
  readonly memoryBytes: number;
  readonly ephemeralStorageBytes: number;
}

function formatMap(map: Readonly<Record<string, string>> | undefined): string {
  return Object.keys(map ?? {})
    .sort()
    .map((key) => `${key}=${JSON.stringify((map as Record<string, string>)[key])}`)
    .join("\n");
}

/**
 * The value of a fieldRef; undefined where the pod does not have it (yet). Throws on a path that is
 * not offered.
 */
export function podFieldValue(pod: Pod, path: string): string | undefined {
  const subscript = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path);
  if (subscript) {
    const map = subscript[1] === "labels" ? pod.metadata.labels : pod.metadata.annotations;
    return map?.[subscript[2] as string] ?? "";
  }
  const ips = (pod.status?.podIPs ?? []).map((entry) => entry.ip);
  const hostIps = (pod.status?.hostIPs ?? []).map((entry) => entry.ip);
  switch (path) {
    case "metadata.name":
      return pod.metadata.name ?? "";
    case "metadata.namespace":
      return pod.metadata.namespace ?? "";
    case "metadata.uid":
      return pod.metadata.uid ?? "";
    case "metadata.labels":
      return formatMap(pod.metadata.labels);
    case "metadata.annotations":
      return formatMap(pod.metadata.annotations);
    case "spec.host":
    case "spec.nodeName":
      return pod.spec.nodeName ?? "";
    case "spec.serviceAccountName":
      return pod.spec.serviceAccountName ?? "";
    case "status.hostIP":
      return pod.status?.hostIP;
    case "status.hostIPs":
      return hostIps.length > 0 ? hostIps.join(",") : undefined;
    case "status.podIP":
      return pod.status?.podIP;
    case "status.podIPs":
      return ips.length > 0 ? ips.join(",") : undefined;
    default:
      throw new Error(`unsupported fieldPath: ${path}`);
  }
}

function divide(value: number, divisor: string | undefined, isMilli: boolean): string {
  const parsed = divisor === undefined || divisor === "" || divisor === "0" ? "1" : divisor;
  const unit = Quantity.parse(parsed);
  const base = isMilli ? unit.milliValue() : unit.value();
  return String(Math.ceil(value / Number(base)));
}

/** The value of a resourceFieldRef: limits that are not set are the node's allocatable. */
export function containerResourceValue(
  container: Container,
  reference: Pick<ResourceFieldSelector, "resource" | "divisor">,
  allocatable: NodeAllocatable,
): string {
  const [kind, resource] = reference.resource.split(/\.(.*)/s) as [string, string];
  const limits = container.resources?.limits ?? {};
  const requests = container.resources?.requests ?? {};
  const written = kind === "limits" ? limits[resource] : (requests[resource] ?? limits[resource]);
  const isCpu = resource === "cpu";
  if (written !== undefined) {
    const quantity = Quantity.parse(written);
    const value = Number(isCpu ? quantity.milliValue() : quantity.value());
    return divide(value, reference.divisor, isCpu);
  }
  if (kind !== "limits") return divide(0, reference.divisor, isCpu);
  if (isCpu) return divide(allocatable.cpuMilli, reference.divisor, true);
  if (resource === "memory") return divide(allocatable.memoryBytes, reference.divisor, false);
  if (resource === "ephemeral-storage") {
    return divide(allocatable.ephemeralStorageBytes, reference.divisor, false);
  }
  return "0";
}
