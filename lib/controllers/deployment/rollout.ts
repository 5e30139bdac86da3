import { equalJson } from "../../api/equality.js";
import type { Deployment, ReplicaSet } from "../../api/gen/types/appsV1.js";
import type { PodTemplateSpec } from "../../api/gen/types/coreV1.js";
import { scaledValue } from "../../api/intOrString.js";
import { revisionOf } from "./deploymentAnnotations.js";

export const hashLabel = "pod-template-hash";

/** What upstream's defaulting and old clients mean by "no limit" and "no deadline". */
export const unlimited = 2 ** 31 - 1;

export function desiredReplicas(object: Deployment | ReplicaSet): number {
  return object.spec.replicas ?? 1;
}

export function isRollingUpdate(deployment: Deployment): boolean {
  return (deployment.spec.strategy?.type ?? "RollingUpdate") === "RollingUpdate";
}

export function hasProgressDeadline(deployment: Deployment): boolean {
  const seconds = deployment.spec.progressDeadlineSeconds;
  return seconds !== undefined && seconds !== unlimited;
}

/** Pods above and below the wanted number that a rolling update may have; never both 0. */
export function rollingLimits(deployment: Deployment): {
  maxSurge: number;
  maxUnavailable: number;
} {
  if (!isRollingUpdate(deployment)) return { maxSurge: 0, maxUnavailable: 0 };
  const desired = desiredReplicas(deployment);
  const { maxSurge = "25%", maxUnavailable = "25%" } =
    deployment.spec.strategy?.rollingUpdate ?? {};
  const surge = scaledValue(maxSurge, desired, true);
  const unavailable = scaledValue(maxUnavailable, desired, false);
  return { maxSurge: surge, maxUnavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

/** Of what may be unavailable: never more than is wanted. */
export function maxUnavailable(deployment: Deployment): number {
  const desired = desiredReplicas(deployment);
  if (!isRollingUpdate(deployment) || desired === 0) return 0;
  return Math.min(rollingLimits(deployment).maxUnavailable, desired);
}

export function sumReplicas(sets: readonly (ReplicaSet | undefined)[]): number {
  return sets.reduce((sum, set) => sum + (set === undefined ? 0 : desiredReplicas(set)), 0);
}

type Count = "replicas" | "readyReplicas" | "availableReplicas" | "terminatingReplicas";

export function sumStatus(sets: readonly (ReplicaSet | undefined)[], field: Count): number {
  return sets.reduce((sum, set) => sum + (set?.status?.[field] ?? 0), 0);
}

export function activeSets(sets: readonly ReplicaSet[]): ReplicaSet[] {
  return sets.filter((set) => desiredReplicas(set) > 0);
}

export function byCreation(sets: readonly ReplicaSet[]): ReplicaSet[] {
  return [...sets].sort((a, b) => {
    const created = compareText(a.metadata.creationTimestamp, b.metadata.creationTimestamp);
    return created === 0 ? compareText(a.metadata.name, b.metadata.name) : created;
  });
}

export function byRevision(sets: readonly ReplicaSet[]): ReplicaSet[] {
  return byCreation(sets).sort((a, b) => {
    const [first, second] = [revisionOf(a), revisionOf(b)];
    return first < second ? -1 : first > second ? 1 : 0;
  });
}

function compareText(a = "", b = ""): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The templates but for the label that the controller adds. */
export function equalTemplates(a: PodTemplateSpec = {}, b: PodTemplateSpec = {}): boolean {
  return equalJson(withoutHash(a), withoutHash(b));
}

function withoutHash(template: PodTemplateSpec): object {
  const { labels, creationTimestamp: _, ...metadata } = template.metadata ?? {};
  const { [hashLabel]: __, ...others } = labels ?? {};
  return { spec: template.spec, metadata: { ...metadata, labels: others } };
}

/** The oldest set that has the Deployment's template: there may be several after a change back. */
export function findNewSet(
  deployment: Deployment,
  sets: readonly ReplicaSet[],
): ReplicaSet | undefined {
  return byCreation(sets).find((set) =>
    equalTemplates(set.spec.template, deployment.spec.template),
  );
}

/** How many replicas the newest set may have now. */
export function newSetReplicas(
  deployment: Deployment,
  sets: readonly ReplicaSet[],
  newSet: ReplicaSet,
): number {
  const desired = desiredReplicas(deployment);
  if (!isRollingUpdate(deployment)) return desired;
  const current = sumReplicas(sets);
  const maxTotal = desired + rollingLimits(deployment).maxSurge;
  const own = desiredReplicas(newSet);
  if (current >= maxTotal) return own;
  return own + Math.min(maxTotal - current, desired - own);
}

/** The newest set has everything and nothing else has anything. */
export function isSaturated(deployment: Deployment, newSet: ReplicaSet | undefined): boolean {
  if (newSet === undefined) return false;
  const annotated = Number(
    newSet.metadata.annotations?.["deployment.kubernetes.io/desired-replicas"],
  );
  const desired = desiredReplicas(deployment);
  return (
    desiredReplicas(newSet) === desired &&
    annotated === desired &&
    (newSet.status?.availableReplicas ?? 0) === desired
  );
}

/** The only set with replicas, or where none has any the newest; undefined where several have. */
export function activeOrLatest(
  newSet: ReplicaSet | undefined,
  oldSets: readonly ReplicaSet[],
): ReplicaSet | undefined {
  const newestFirst = byCreation(oldSets).reverse();
  const all = newSet === undefined ? newestFirst : [...newestFirst, newSet];
  const active = activeSets(all);
  if (active.length === 0) return newSet ?? newestFirst[0];
  return active.length === 1 ? active[0] : undefined;
}
