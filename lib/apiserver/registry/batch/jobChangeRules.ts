import { semanticEqual } from "../../../api/equality.js";
import type { Job, JobSpec } from "../../../api/gen/types/batchV1.js";
import type { Affinity, Container, PodTemplateSpec } from "../../../api/gen/types/coreV1.js";
import type { ErrorList } from "../errorList.js";
import { FieldPath } from "../fieldPath.js";

const root = FieldPath.root("spec");

/** What of a Job's spec stays as it was made. */
export function validateJobChange(job: Job, old: Job, errors: ErrorList): void {
  const fixed = [
    "selector",
    "completionMode",
    "podFailurePolicy",
    "backoffLimitPerIndex",
    "managedBy",
    "successPolicy",
  ] as const;
  const { spec: after } = job;
  const { spec: before } = old;
  validateCompletions(after, before, errors);
  for (const field of fixed) {
    const same = semanticEqual(after?.[field], before?.[field]);
    errors.immutable(root.child(field), after?.[field] ?? null, same);
  }
  const allowed = isAtRest(old)
    ? withPlacement(before?.template, after?.template)
    : before?.template;
  const same = semanticEqual(after?.template, allowed);
  errors.immutable(root.child("template"), after?.template, same);
}

/** An Indexed Job's change with its parallelism; others' never do. */
function validateCompletions(
  after: JobSpec | undefined,
  before: JobSpec | undefined,
  errors: ErrorList,
): void {
  const path = root.child("completions");
  const same = semanticEqual(after?.completions, before?.completions);
  if (after?.completionMode !== "Indexed") {
    errors.immutable(path, after?.completions ?? null, same);
    return;
  }
  const isSet = after.completions !== undefined && after.completions !== null;
  if (same || !isSet || after.completions === after.parallelism) return;
  const detail = "can only be modified in tandem with spec.parallelism";
  errors.invalid(path, after.completions, detail);
}

/** Suspended, with no pod at work: never started, or seen by the controller since. */
function isAtRest({ spec, status }: Job): boolean {
  if (spec?.suspend !== true || (status?.active ?? 0) > 0) return false;
  const isMarked = (status?.conditions ?? []).some((one) => {
    return one.type === "Suspended" && one.status === "True";
  });
  return isMarked || !status?.startTime;
}

/**
 * The old template with what a queue of Jobs decides before it lets one go: where pods run, what
 * they are called by, and the resources of their containers.
 */
function withPlacement(
  before: PodTemplateSpec | undefined,
  after: PodTemplateSpec | undefined,
): PodTemplateSpec | undefined {
  if (!before?.spec || !after?.spec) return before;
  const { labels, annotations } = after.metadata ?? {};
  const { nodeSelector, tolerations, schedulingGates } = after.spec;
  return {
    ...before,
    metadata: { ...before.metadata, labels, annotations },
    spec: {
      ...before.spec,
      nodeSelector,
      tolerations,
      schedulingGates,
      affinity: withNodeAffinity(before.spec.affinity, after.spec.affinity?.nodeAffinity),
      containers: withResources(before.spec.containers, after.spec.containers) ?? [],
      initContainers: withResources(before.spec.initContainers, after.spec.initContainers),
    },
  };
}

function withNodeAffinity(before: Affinity | undefined, nodeAffinity: Affinity["nodeAffinity"]) {
  const { podAffinity, podAntiAffinity } = before ?? {};
  const all = [nodeAffinity, podAffinity, podAntiAffinity];
  return all.some(Boolean) ? { nodeAffinity, podAffinity, podAntiAffinity } : undefined;
}

function withResources(
  before: Container[] | undefined,
  after: Container[] | undefined,
): Container[] | undefined {
  if (before?.length !== after?.length) return before;
  return before?.map((one, position) => ({ ...one, resources: after?.[position]?.resources }));
}
