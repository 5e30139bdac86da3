import type {
  Job,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyRule,
} from "../../api/gen/types/batchV1.js";
import type { ContainerStatus, Pod } from "../../api/gen/types/coreV1.js";
import { IndexSet } from "./indexSet.js";
import { countAnnotation, failureCountAnnotation, hasFailed } from "./jobState.js";

/** What a Job's podFailurePolicy makes of one failed pod. */
export type FailureVerdict =
  | { readonly action: "FailJob"; readonly message: string }
  | { readonly action: "FailIndex" | "Ignore" | "Count" };

/** By the first rule that matches; without one the failure counts. */
export function judgeFailure(job: Job, pod: Pod): FailureVerdict {
  for (const [position, rule] of (job.spec.podFailurePolicy?.rules ?? []).entries()) {
    const verdict = judgeByRule(rule, position, pod);
    if (verdict !== undefined) return verdict;
  }
  return { action: "Count" };
}

/** Towards backoffLimit and backoffLimitPerIndex. */
export function countsAsFailure(job: Job, pod: Pod): boolean {
  return judgeFailure(job, pod).action !== "Ignore";
}

function judgeByRule(
  rule: PodFailurePolicyRule,
  position: number,
  pod: Pod,
): FailureVerdict | undefined {
  const what = rule.onExitCodes
    ? matchExitCode(rule.onExitCodes, pod)
    : matchCondition(rule.onPodConditions ?? [], pod);
  if (what === undefined) return undefined;
  switch (rule.action) {
    case "FailJob":
      return { action: "FailJob", message: `${what} matching FailJob rule at index ${position}` };
    case "FailIndex":
      return { action: "FailIndex" };
    case "Ignore":
      return { action: "Ignore" };
    case "Count":
      return { action: "Count" };
    default:
      return undefined;
  }
}

/** Main containers before init containers; a container that ended well never matches. */
function matchExitCode(
  requirement: PodFailurePolicyOnExitCodesRequirement,
  pod: Pod,
): string | undefined {
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
  for (const status of [...containerStatuses, ...initContainerStatuses]) {
    const exitCode = matchingExitCode(status, requirement);
    if (exitCode === undefined) continue;
    const { namespace, name } = pod.metadata;
    return `Container ${status.name} for pod ${namespace}/${name} failed with exit code ${exitCode}`;
  }
  return undefined;
}

function matchingExitCode(
  status: ContainerStatus,
  { containerName, operator, values }: PodFailurePolicyOnExitCodesRequirement,
): number | undefined {
  const terminated = status.state?.terminated;
  if (terminated === undefined) return undefined;
  if (containerName !== undefined && containerName !== status.name) return undefined;
  const exitCode = terminated.exitCode ?? 0;
  if (exitCode === 0) return undefined;
  const isListed = values.includes(exitCode);
  if (operator === "In") return isListed ? exitCode : undefined;
  return operator === "NotIn" && !isListed ? exitCode : undefined;
}

function matchCondition(
  patterns: NonNullable<PodFailurePolicyRule["onPodConditions"]>,
  pod: Pod,
): string | undefined {
  const found = (pod.status?.conditions ?? []).find(({ type, status }) => {
    return patterns.some((one) => one.type === type && (one.status ?? "True") === status);
  });
  if (found === undefined) return undefined;
  return `Pod ${pod.metadata.namespace}/${pod.metadata.name} has condition ${found.type}`;
}

/** The pod's failure is the last that its index has, by backoffLimitPerIndex or by a rule. */
export function failsItsIndex(job: Job, pod: Pod): boolean {
  const limit = job.spec.backoffLimitPerIndex;
  if (limit === undefined || !hasFailed(pod, job)) return false;
  const { action } = judgeFailure(job, pod);
  if (action === "FailIndex") return true;
  return action !== "Ignore" && countAnnotation(pod, failureCountAnnotation) >= limit;
}

/** Says which rule of successPolicy the succeeded indexes meet. */
export function metSuccessRule(job: Job, succeeded: IndexSet): string | undefined {
  if (succeeded.size === 0) return undefined;
  const completions = job.spec.completions ?? 0;
  for (const [position, rule] of (job.spec.successPolicy?.rules ?? []).entries()) {
    const { succeededCount: count, succeededIndexes: indexes } = rule;
    let isMet: boolean;
    if (indexes === undefined) isMet = count !== undefined && succeeded.size >= count;
    else {
      const required = IndexSet.parse(indexes, completions);
      if (required.size === 0) continue;
      const met = required.overlap(succeeded);
      isMet = met === required.size || (count !== undefined && met >= count);
    }
    if (isMet) return `Matched rules at index ${position}`;
  }
  return undefined;
}
