import { fieldErrors } from "../../../api/fieldErrors.js";
import type {
  JobSpec,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyRule,
  SuccessPolicyRule,
} from "../../../api/gen/types/batchV1.js";
import { goNamed } from "../apps/workloadRules.js";
import type { ErrorList } from "../errorList.js";
import type { FieldPath } from "../fieldPath.js";
import { qualifiedName } from "../nameRules.js";

const mostRules = 20;
const mostExitCodes = 255;
const mostConditions = 20;
/** Bytes of one rule's succeededIndexes. */
const longestIndexes = 64 * 1024;
const actions = ["Count", "FailIndex", "FailJob", "Ignore"];
const operators = ["In", "NotIn"];
const statuses = ["False", "True", "Unknown"];

/** Required with the values that there are, as Go lists them. */
function requireOneOf(
  value: string | undefined,
  supported: readonly string[],
  errors: ErrorList,
  path: FieldPath,
): void {
  const list = supported.map((one) => JSON.stringify(one)).join(" ");
  if (!value) errors.required(path, `valid values: [${list}]`);
  else errors.oneOf(path, value, supported);
}

/** Invalid without a value to show. */
export function invalidRule(errors: ErrorList, path: FieldPath, detail: string): void {
  errors.list.push({
    ...fieldErrors.invalid(`${path}`, 0, ""),
    detail: `Invalid value: ${detail}`,
  });
}

export function validateFailurePolicy(
  spec: JobSpec | undefined | null,
  errors: ErrorList,
  path: FieldPath,
): void {
  const rules = spec?.podFailurePolicy?.rules ?? [];
  if (rules.length > mostRules) errors.tooMany(path.child("rules"), rules.length, mostRules);
  const pod = spec?.template?.spec;
  const containers = [...(pod?.containers ?? []), ...(pod?.initContainers ?? [])];
  const names = new Set(containers.map(({ name }) => name));
  const perIndex = spec?.backoffLimitPerIndex !== undefined;
  for (const [position, rule] of rules.entries()) {
    const at = path.child("rules").index(position);
    requireOneOf(rule.action, actions, errors, at.child("action"));
    if (rule.action === "FailIndex" && !perIndex) {
      const detail = "requires the backoffLimitPerIndex to be set";
      errors.invalid(at.child("action"), rule.action, detail);
    }
    if (rule.onExitCodes) {
      validateExitCodes(rule.onExitCodes, names, errors, at.child("onExitCodes"));
    }
    validateConditions(rule, errors, at);
  }
}

function validateConditions(rule: PodFailurePolicyRule, errors: ErrorList, path: FieldPath): void {
  const conditions = rule.onPodConditions ?? [];
  const at = path.child("onPodConditions");
  if (conditions.length > mostConditions) errors.tooMany(at, conditions.length, mostConditions);
  for (const [position, { type = "", status }] of conditions.entries()) {
    errors.invalidAll(at.index(position).child("type"), type, qualifiedName(type));
    requireOneOf(status, statuses, errors, at.index(position).child("status"));
  }
  if (rule.onExitCodes && conditions.length > 0) {
    invalidRule(errors, path, "specifying both OnExitCodes and OnPodConditions is not supported");
  } else if (!rule.onExitCodes && conditions.length === 0) {
    invalidRule(errors, path, "specifying one of OnExitCodes and OnPodConditions is required");
  }
}

function validateExitCodes(
  codes: PodFailurePolicyOnExitCodesRequirement,
  containers: ReadonlySet<string>,
  errors: ErrorList,
  path: FieldPath,
): void {
  requireOneOf(codes.operator, operators, errors, path.child("operator"));
  const name = codes.containerName;
  if (name !== undefined && name !== null && !containers.has(name)) {
    const detail = "must be one of the container or initContainer names in the pod template";
    errors.invalid(path.child("containerName"), name, detail);
  }
  const at = path.child("values");
  const values = codes.values ?? [];
  if (values.length === 0) {
    errors.invalid(at, codes.values ?? null, "at least one value is required");
  } else if (values.length > mostExitCodes) errors.tooMany(at, values.length, mostExitCodes);
  for (const [position, value] of values.entries()) {
    if (codes.operator === "In" && value === 0) {
      errors.invalid(at.index(position), value, "must not be 0 for the In operator");
    }
    if (values.indexOf(value) < position) errors.duplicate(at.index(position), value);
  }
  const ordered = values.every((value, position) => (values[position - 1] ?? value) <= value);
  if (!ordered) errors.invalid(at, values, "must be ordered");
}

export function validateSuccessPolicy(
  spec: JobSpec | undefined | null,
  errors: ErrorList,
  path: FieldPath,
): void {
  const policy = spec?.successPolicy;
  if (!policy) return;
  if (spec.completionMode !== "Indexed") {
    errors.invalid(path, goNamed(policy), "requires indexed completion mode");
    return;
  }
  const at = path.child("rules");
  const rules = policy.rules ?? [];
  if (rules.length === 0) {
    const detail = "at least one rules must be specified when the successPolicy is specified";
    errors.required(at, detail);
  }
  if (rules.length > mostRules) errors.tooMany(at, rules.length, mostRules);
  for (const [position, rule] of rules.entries()) {
    validateSuccessRule(rule, spec.completions ?? 0, errors, at.index(position));
  }
}

function validateSuccessRule(
  rule: SuccessPolicyRule,
  completions: number,
  errors: ErrorList,
  path: FieldPath,
): void {
  const indexes = rule.succeededIndexes ?? undefined;
  const count = rule.succeededCount ?? undefined;
  if (count === undefined && indexes === undefined) {
    const detail = "at least one of succeededCount or succeededIndexes must be specified";
    errors.required(path, detail);
  }
  let total = 0;
  if (indexes !== undefined) {
    const at = path.child("succeededIndexes");
    if (indexes.length > longestIndexes) errors.tooLong(at, longestIndexes);
    const parsed = countIndexes(indexes, completions);
    if (typeof parsed === "number") total = parsed;
    else errors.invalid(at, indexes, `error parsing succeededIndexes: ${parsed}`);
  }
  if (count === undefined) return;
  const at = path.child("succeededCount");
  errors.nonNegative(at, count);
  if (count > completions) {
    const detail = `must be less than or equal to ${completions} (the number of specified completions)`;
    errors.invalid(at, count, detail);
  }
  if (indexes !== undefined && count > total) {
    const detail =
      `must be less than or equal to ${total} (the number of indexes in the specified ` +
      "succeededIndexes field)";
    errors.invalid(at, count, detail);
  }
}

/** How many indexes `1,3-5` names; text where it is wrong. Indexes are below `completions`. */
export function countIndexes(text: string, completions: number): number | string {
  if (text === "") return 0;
  let last: number | undefined;
  let total = 0;
  for (const interval of text.split(",")) {
    const limits = interval.split("-");
    if (limits.length > 2) {
      return `the fragment ${JSON.stringify(interval)} violates the requirement that an index interval can have at most two parts separated by '-'`;
    }
    const numbers: number[] = [];
    for (const limit of limits) {
      if (!/^[+-]?\d+$/.test(limit)) {
        return `cannot convert string to integer for index: ${JSON.stringify(limit)}`;
      }
      if (Number(limit) >= completions) return `too large index: ${JSON.stringify(limit)}`;
      numbers.push(Number(limit));
    }
    const [first = 0, end = first] = numbers;
    if (last !== undefined && last >= first) {
      return `non-increasing order, previous: ${last}, current: ${first}`;
    }
    if (limits.length === 2 && first >= end) {
      return `non-increasing order, previous: ${first}, current: ${end}`;
    }
    total += end - first + 1;
    last = end;
  }
  return total;
}

/** The lowest index that is in both texts; parts that are no interval are passed over. */
export function firstCommonIndex(
  left: string,
  right: string,
  completions: number,
): number | undefined {
  const [one, other] = [intervalsOf(left, completions), intervalsOf(right, completions)];
  let [at, otherAt] = [0, 0];
  for (;;) {
    const a = one[at];
    const b = other[otherAt];
    if (a === undefined || b === undefined) return undefined;
    const first = Math.max(a[0], b[0]);
    if (first <= Math.min(a[1], b[1])) return first;
    if (a[1] < b[1]) at++;
    else otherAt++;
  }
}

function intervalsOf(text: string, completions: number): (readonly [number, number])[] {
  const intervals: (readonly [number, number])[] = [];
  for (const part of text.split(",")) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part);
    if (match === null) continue;
    const [first, last] = [Number(match[1]), Number(match[2] ?? match[1])];
    if (first < completions && last < completions) intervals.push([first, last]);
  }
  return intervals.sort((a, b) => a[0] - b[0]);
}
