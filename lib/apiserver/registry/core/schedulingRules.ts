import type {
  Affinity,
  NodeSelector,
  NodeSelectorTerm,
  PodAffinityTerm,
  Toleration,
  TopologySpreadConstraint,
} from "../../../api/gen/types/coreV1.js";
import type { ErrorList } from "../errorList.js";
import type { FieldPath } from "../fieldPath.js";
import { validateLabelSelector } from "../labelSelectorRules.js";
import {
  dns1123Label,
  nameIsDns1123Subdomain,
  qualifiedName,
  validLabelValue,
} from "../nameRules.js";

const weightRange = "must be in the range 1-100";

export function validateTolerations(
  tolerations: readonly Toleration[] | undefined | null,
  errors: ErrorList,
  path: FieldPath,
): void {
  for (const [position, toleration] of (tolerations ?? []).entries()) {
    validateToleration(toleration, errors, path.index(position));
  }
}

function validateToleration(toleration: Toleration, errors: ErrorList, path: FieldPath): void {
  const operator = toleration.operator ?? "";
  if (toleration.key) {
    errors.invalidAll(path.child("key"), toleration.key, qualifiedName(toleration.key));
  } else if (operator !== "Exists") {
    const detail =
      'operator must be Exists when `key` is empty, which means "match all values and all keys"';
    errors.invalid(path.child("operator"), operator, detail);
  }
  const seconds = toleration.tolerationSeconds;
  if (seconds !== undefined && seconds !== null && toleration.effect !== "NoExecute") {
    const detail = "effect must be 'NoExecute' when `tolerationSeconds` is set";
    errors.invalid(path.child("effect"), toleration.effect ?? "", detail);
  }
  if (operator === "" || operator === "Equal") {
    const value = toleration.value ?? "";
    errors.invalidAll(path.child("operator"), value, validLabelValue(value).slice(0, 1));
  } else if (operator === "Exists") {
    if (toleration.value) {
      errors.invalid(
        path.child("operator"),
        toleration.value,
        "value must be empty when `operator` is 'Exists'",
      );
    }
  } else errors.notSupported(path.child("operator"), operator, ["Equal", "Exists"]);
  validateTaintEffect(toleration.effect ?? "", true, errors, path.child("effect"));
}

export function validateTaintEffect(
  effect: string,
  allowEmpty: boolean,
  errors: ErrorList,
  path: FieldPath,
): void {
  const supported = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
  if (effect === "" && !allowEmpty) errors.required(path);
  else if (effect !== "" && !supported.includes(effect)) {
    errors.notSupported(path, effect, supported);
  }
}

export function validateAffinity(
  affinity: Affinity | undefined | null,
  errors: ErrorList,
  path: FieldPath,
): void {
  const nodes = affinity?.nodeAffinity;
  if (nodes) {
    const at = path.child("nodeAffinity");
    const required = nodes.requiredDuringSchedulingIgnoredDuringExecution;
    const preferred = nodes.preferredDuringSchedulingIgnoredDuringExecution;
    if (required) {
      const where = at.child("requiredDuringSchedulingIgnoredDuringExecution");
      validateNodeSelector(required, errors, where);
    }
    for (const [position, term] of (preferred ?? []).entries()) {
      const where = at.child("preferredDuringSchedulingIgnoredDuringExecution").index(position);
      if (term.weight <= 0 || term.weight > 100) {
        errors.invalid(where.child("weight"), term.weight, weightRange);
      }
      validateNodeSelectorTerm(term.preference, errors, where.child("preference"));
    }
  }
  for (const kind of ["podAffinity", "podAntiAffinity"] as const) {
    const pods = affinity?.[kind];
    if (!pods) continue;
    const at = path.child(kind);
    const required = pods.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    for (const [position, term] of required.entries()) {
      const where = at.child("requiredDuringSchedulingIgnoredDuringExecution").index(position);
      validatePodAffinityTerm(term, errors, where);
    }
    const preferred = pods.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    for (const [position, term] of preferred.entries()) {
      const where = at.child("preferredDuringSchedulingIgnoredDuringExecution").index(position);
      if (term.weight <= 0 || term.weight > 100) {
        errors.invalid(where.child("weight"), term.weight, weightRange);
      }
      validatePodAffinityTerm(term.podAffinityTerm, errors, where.child("podAffinityTerm"));
    }
  }
}

export function validateNodeSelector(
  selector: NodeSelector,
  errors: ErrorList,
  path: FieldPath,
): void {
  const terms = selector.nodeSelectorTerms ?? [];
  if (terms.length === 0) {
    const detail = "must have at least one node selector term";
    errors.required(path.child("nodeSelectorTerms"), detail);
  }
  for (const [position, term] of terms.entries()) {
    validateNodeSelectorTerm(term, errors, path.child("nodeSelectorTerms").index(position));
  }
}

function validateNodeSelectorTerm(
  term: NodeSelectorTerm,
  errors: ErrorList,
  path: FieldPath,
): void {
  for (const [position, requirement] of (term.matchExpressions ?? []).entries()) {
    const at = path.child("matchExpressions").index(position);
    const values = requirement.values ?? [];
    validateOperator(requirement.operator, values, errors, at);
    errors.invalidAll(at.child("key"), requirement.key, qualifiedName(requirement.key));
    for (const [index, value] of values.entries()) {
      errors.invalidAll(at.child("values").index(index), value, validLabelValue(value));
    }
  }
  for (const [position, requirement] of (term.matchFields ?? []).entries()) {
    const at = path.child("matchFields").index(position);
    const values = requirement.values ?? [];
    if (requirement.operator !== "In" && requirement.operator !== "NotIn") {
      errors.invalid(at.child("operator"), requirement.operator, "not a valid selector operator");
    } else if (values.length !== 1) {
      const detail =
        "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
      errors.required(at.child("values"), detail);
    }
    if (requirement.key === "metadata.name") {
      for (const [index, value] of values.entries()) {
        const wrong = nameIsDns1123Subdomain(value, false);
        errors.invalidAll(at.child("values").index(index), value, wrong);
      }
    }
    if (requirement.key !== "metadata.name") {
      errors.invalid(at.child("key"), requirement.key, "not a valid field selector key");
    }
  }
}

function validateOperator(
  operator: string,
  values: readonly string[],
  errors: ErrorList,
  path: FieldPath,
): void {
  const at = path.child("values");
  switch (operator) {
    case "In":
    case "NotIn":
      if (values.length === 0) {
        errors.required(at, "must be specified when `operator` is 'In' or 'NotIn'");
      }
      return;
    case "Exists":
    case "DoesNotExist":
      if (values.length > 0) {
        errors.forbidden(at, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
      }
      return;
    case "Gt":
    case "Lt":
      if (values.length !== 1) {
        errors.required(at, "must be specified single value when `operator` is 'Lt' or 'Gt'");
      }
      return;
    default:
      errors.invalid(path.child("operator"), operator, "not a valid selector operator");
  }
}

function validatePodAffinityTerm(term: PodAffinityTerm, errors: ErrorList, path: FieldPath): void {
  validateLabelSelector(term.labelSelector, errors, path.child("labelSelector"));
  validateLabelSelector(term.namespaceSelector, errors, path.child("namespaceSelector"));
  for (const namespace of term.namespaces ?? []) {
    errors.invalidAll(path.child("namespace"), namespace, dns1123Label(namespace));
  }
  const key = term.topologyKey ?? "";
  if (key === "") errors.required(path.child("topologyKey"), "can not be empty");
  errors.invalidAll(path.child("topologyKey"), key, qualifiedName(key));
  validatePodLabelKeys(term, errors, path);
}

/** Keys whose values come from the pod: in one list, and beside a selector. */
function validatePodLabelKeys(term: PodAffinityTerm, errors: ErrorList, path: FieldPath): void {
  for (const field of ["matchLabelKeys", "mismatchLabelKeys"] as const) {
    const keys = term[field] ?? [];
    if (keys.length > 0 && !term.labelSelector) {
      const detail = "must not be specified when labelSelector is not set";
      errors.forbidden(path.child(field), detail);
    }
    for (const [position, key] of keys.entries()) {
      errors.invalidAll(path.child(field).index(position), key, qualifiedName(key));
    }
  }
  const others = new Set(term.mismatchLabelKeys ?? []);
  for (const [position, key] of (term.matchLabelKeys ?? []).entries()) {
    if (!others.has(key)) continue;
    const detail = "exists in both matchLabelKeys and mismatchLabelKeys";
    errors.invalid(path.child("matchLabelKeys").index(position), key, detail);
  }
}

export function validateTopologySpread(
  constraints: readonly TopologySpreadConstraint[] | undefined | null,
  errors: ErrorList,
  path: FieldPath,
): void {
  const pairs = new Map<string, number>();
  for (const [position, constraint] of (constraints ?? []).entries()) {
    const at = path.index(position);
    if (constraint.maxSkew <= 0) {
      errors.invalid(at.child("maxSkew"), constraint.maxSkew, "must be greater than zero");
    }
    if (!constraint.topologyKey) errors.required(at.child("topologyKey"), "can not be empty");
    const when = constraint.whenUnsatisfiable ?? "";
    errors.oneOf(at.child("whenUnsatisfiable"), when, ["DoNotSchedule", "ScheduleAnyway"]);
    const pair = `{${constraint.topologyKey}, ${when}}`;
    // Upstream tells this of the first of the two.
    const first = pairs.get(pair);
    if (first !== undefined) {
      errors.duplicate(path.index(first).child("{topologyKey, whenUnsatisfiable}"), pair);
    } else pairs.set(pair, position);
    validateMinimumDomains(constraint, errors, at.child("minDomains"));
    for (const policy of ["nodeAffinityPolicy", "nodeTaintsPolicy"] as const) {
      const value = constraint[policy];
      if (value !== undefined) errors.oneOf(at.child(policy), value, ["Honor", "Ignore"]);
    }
    validateMatchLabelKeys(constraint, errors, at.child("matchLabelKeys"));
    validateLabelSelector(constraint.labelSelector, errors, at.child("labelSelector"));
  }
}

function validateMatchLabelKeys(
  { matchLabelKeys, labelSelector }: TopologySpreadConstraint,
  errors: ErrorList,
  path: FieldPath,
): void {
  const keys = matchLabelKeys ?? [];
  if (keys.length > 0 && !labelSelector) {
    errors.forbidden(path, "must not be specified when labelSelector is not set");
    return;
  }
  const used = new Set([
    ...Object.keys(labelSelector?.matchLabels ?? {}),
    ...(labelSelector?.matchExpressions ?? []).map(({ key }) => key),
  ]);
  for (const [position, key] of keys.entries()) {
    errors.invalidAll(path.index(position), key, qualifiedName(key));
    if (used.has(key)) {
      errors.invalid(path.index(position), key, "exists in both matchLabelKeys and labelSelector");
    }
  }
}

function validateMinimumDomains(
  constraint: TopologySpreadConstraint,
  errors: ErrorList,
  path: FieldPath,
): void {
  const minimum = constraint.minDomains;
  if (minimum === undefined || minimum === null) return;
  if (minimum <= 0) errors.invalid(path, minimum, "must be greater than zero");
  if (constraint.whenUnsatisfiable !== "DoNotSchedule") {
    const given = constraint.whenUnsatisfiable;
    const detail = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${given}`;
    errors.invalid(path, minimum, detail);
  }
}
