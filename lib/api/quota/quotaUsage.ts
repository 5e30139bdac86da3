import { deadlineAfter } from "../deadline.js";
import type { PersistentVolumeClaim, Pod, Service } from "../gen/types/coreV1.js";
import { podResources } from "../pods/podResources.js";
import { isExtendedResource, isHugePages } from "../pods/resourceNames.js";
import { Quantity } from "../quantity.js";

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

/**
 * What one object takes of a namespace's quotas: the same for the admission that charges it and
 * for the controller that recounts. `now` is in milliseconds since the epoch.
 */
export function quotaUsage(group: string, resource: string, object: object, now: number): Usage {
  const usage = new Map<string, Quantity>();
  usage.set(group === "" ? `count/${resource}` : `count/${resource}.${group}`, one);
  if (group !== "") return usage;
  // What has ended, or should have long ago, is an object still, and nothing more.
  if (resource === "pods" && !holdsResources(object as Pod, now)) return usage;
  if (plainNames.has(resource)) usage.set(resource, one);
  if (resource === "pods") addPod(usage, object as Pod);
  if (resource === "services") addService(usage, object as Service);
  if (resource === "persistentvolumeclaims") {
    addClaim(usage, object as PersistentVolumeClaim);
  }
  return usage;
}

function parse(text: string): Quantity {
  return Quantity.tryParse(text) ?? Quantity.zero;
}

function holdsResources({ metadata, status }: Pod, now: number): boolean {
  if (status?.phase === "Succeeded" || status?.phase === "Failed") return false;
  const { deletionTimestamp, deletionGracePeriodSeconds: grace } = metadata;
  if (grace === undefined) return true;
  // Who is not being deleted, or at no known time, holds what it holds.
  return deadlineAfter(deletionTimestamp, grace * 1000, now - 1).state !== "passed";
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
