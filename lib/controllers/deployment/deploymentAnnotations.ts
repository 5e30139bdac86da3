import type { Deployment, ReplicaSet } from "../../api/gen/types/appsV1.js";
import { maxInt64, parseInt64 } from "../../api/int64.js";

export const revisionAnnotation = "deployment.kubernetes.io/revision";
export const revisionHistoryAnnotation = "deployment.kubernetes.io/revision-history";
export const desiredReplicasAnnotation = "deployment.kubernetes.io/desired-replicas";
export const maxReplicasAnnotation = "deployment.kubernetes.io/max-replicas";
export const rollbackToAnnotation = "deprecated.deployment.rollback.to";

const notCopied: ReadonlySet<string> = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  revisionAnnotation,
  revisionHistoryAnnotation,
  desiredReplicasAnnotation,
  maxReplicasAnnotation,
  rollbackToAnnotation,
]);

/** Characters that the history of revisions may take. */
const maxHistoryLength = 2000;

/** What is no 64-bit integer counts as 0, which is no revision. */
export function revisionOf(object: Pick<ReplicaSet, "metadata">): bigint {
  return parseInt64(object.metadata.annotations?.[revisionAnnotation]) ?? 0n;
}

/** The revision after all of these; the last one there can be is never left. */
export function nextRevision(sets: readonly ReplicaSet[]): bigint {
  let highest = 0n;
  for (const set of sets) {
    const revision = revisionOf(set);
    if (revision > highest) highest = revision;
  }
  return highest === maxInt64 ? highest : highest + 1n;
}

export function replicasAnnotations(desired: number, max: number): Record<string, string> {
  return {
    [desiredReplicasAnnotation]: String(desired),
    [maxReplicasAnnotation]: String(max),
  };
}

/** A ReplicaSet's annotations at this revision: the Deployment's, and its own numbers. */
export function replicaSetAnnotations(
  deployment: Deployment,
  current: Readonly<Record<string, string>> | undefined,
  newRevision: bigint,
): Record<string, string> {
  const annotations: Record<string, string> = { ...current };
  for (const [name, value] of Object.entries(deployment.metadata.annotations ?? {})) {
    if (!notCopied.has(name)) annotations[name] = value;
  }
  const old = annotations[revisionAnnotation];
  const oldRevision = old === undefined || old === "" ? 0n : parseInt64(old);
  if (oldRevision === undefined || oldRevision >= newRevision) return annotations;
  annotations[revisionAnnotation] = String(newRevision);
  if (old !== undefined) {
    const history = annotations[revisionHistoryAnnotation];
    annotations[revisionHistoryAnnotation] = withRevision(history, old);
  }
  return annotations;
}

/** The oldest go first where the list grows too long. */
function withRevision(history: string | undefined, revision: string): string {
  if (history === undefined || history === "") return revision;
  const revisions = [...history.split(","), revision];
  while (revisions.length > 1 && revisions.join(",").length > maxHistoryLength) revisions.shift();
  return revisions.join(",");
}
