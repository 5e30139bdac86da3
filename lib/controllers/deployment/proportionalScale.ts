import type { Deployment, ReplicaSet } from "../../api/gen/types/appsV1.js";
import { parseInt64 } from "../../api/int64.js";
import { maxReplicasAnnotation } from "./deploymentAnnotations.js";
import {
  activeSets,
  byCreation,
  desiredReplicas,
  rollingLimits,
  sumReplicas,
  unlimited,
} from "./rollout.js";

/**
 * New sizes of the sets when a Deployment is resized amid a rollout: each gets its share of the
 * difference, the largest what rounding leaves.
 */
export function proportionalScale(
  deployment: Deployment,
  sets: readonly ReplicaSet[],
): Map<ReplicaSet, number> {
  const active = activeSets(sets);
  const desired = desiredReplicas(deployment);
  const allowed = desired > 0 ? desired + rollingLimits(deployment).maxSurge : 0;
  const toAdd = allowed - sumReplicas(active);
  const order = sorted(active, toAdd);
  const sizes = new Map<ReplicaSet, number>();
  let added = 0;
  for (const set of order) {
    const replicas = desiredReplicas(set);
    const share = toAdd === 0 ? 0 : proportion(deployment, set, allowed, toAdd, added);
    added += share;
    sizes.set(set, replicas + share);
  }
  const first = order[0];
  if (first !== undefined && toAdd !== 0) {
    sizes.set(first, Math.max(0, (sizes.get(first) ?? 0) + toAdd - added));
  }
  return sizes;
}

/** The largest first; of equal ones the newest when growing and the oldest when shrinking. */
function sorted(sets: readonly ReplicaSet[], toAdd: number): ReplicaSet[] {
  const oldestFirst = byCreation(sets);
  const order = toAdd > 0 ? oldestFirst.reverse() : oldestFirst;
  return order.sort((a, b) => desiredReplicas(b) - desiredReplicas(a));
}

function proportion(
  deployment: Deployment,
  set: ReplicaSet,
  allowed: number,
  toAdd: number,
  added: number,
): number {
  const replicas = desiredReplicas(set);
  if (replicas === 0 || toAdd === added) return 0;
  const fraction = fractionOf(deployment, set, allowed) - replicas;
  const left = toAdd - added;
  return toAdd > 0 ? Math.min(fraction, left) : Math.max(fraction, left);
}

/** The size that the set has in proportion to the most pods there were when it was last resized. */
function fractionOf(deployment: Deployment, set: ReplicaSet, allowed: number): number {
  const replicas = desiredReplicas(set);
  if (desiredReplicas(deployment) === 0) return 0;
  const annotated = Number(parseInt64(set.metadata.annotations?.[maxReplicasAnnotation]) ?? 0n);
  const isCount = annotated > 0 && annotated <= unlimited;
  const before = isCount ? annotated : (deployment.status?.replicas ?? 0);
  return before === 0 ? replicas : Math.round((replicas * allowed) / before);
}
