import type { Deployment, ReplicaSet } from "../../api/gen/types/appsV1.js";

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

export function revisionOf(object: Pick<ReplicaSet, "metadata">): number {
  const revision = Number(object.metadata.annotations?.[revisionAnnotation] ?? 0);
  return Number.isSafeInteger(revision) ? revision : 0;
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
  newRevision: number,
): Record<string, string> {
  const annotations: Record<string, string> = { ...current };
  for (const [name, value] of Object.entries(deployment.metadata.annotations ?? {})) {
    if (!notCopied.has(name)) annotations[name] = value;
  }
  const old = annotations[revisionAnnotation];
  const oldRevision = Number(old ?? 0);
  if (!Number.isSafeInteger(oldRevision) || oldRevision >= newRevision) return annotations;
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
