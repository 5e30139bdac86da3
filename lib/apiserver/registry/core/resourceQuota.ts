import { semanticEqual } from "../../../api/equality.js";
import type { ResourceQuota } from "../../../api/gen/types/coreV1.js";
import type { ErrorList } from "../errorList.js";
import { FieldPath } from "../fieldPath.js";
import { qualifiedName } from "../nameRules.js";
import { splitStatus, type TypedStrategy } from "../typedStrategy.js";
import { validateResourceQuantity } from "./resourceRules.js";

const spec = FieldPath.root("spec");
const scopes = [
  "BestEffort",
  "CrossNamespacePodAffinity",
  "NotBestEffort",
  "NotTerminating",
  "PriorityClass",
  "Terminating",
  "VolumeAttributesClass",
];

export const resourceQuotaStrategy: TypedStrategy<ResourceQuota> = {
  group: "",
  kind: "ResourceQuota",
  prepareForCreate(quota) {
    quota.status = {};
  },
  prepareForUpdate: splitStatus,
  validate: validateSpec,
  validateUpdate(quota, old, errors, context) {
    if (context.subresource === "status") {
      for (const field of ["hard", "used"] as const) {
        const path = FieldPath.root("status").child(field);
        validateList(quota.status?.[field], errors, path);
      }
      return;
    }
    validateSpec(quota, errors);
    const same = semanticEqual(
      [...(quota.spec?.scopes ?? [])].sort(),
      [...(old.spec?.scopes ?? [])].sort(),
    );
    if (!same) errors.invalid(spec.child("scopes"), quota.spec?.scopes ?? [], "field is immutable");
  },
};

const podCompute = [
  ...["cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory"],
];
const otherStandard = [
  ...["ephemeral-storage", "requests.storage", "requests.ephemeral-storage"],
  ...["limits.ephemeral-storage", "resourcequotas", "services", "replicationcontrollers"],
  ...["secrets", "persistentvolumeclaims", "configmaps", "services.nodeports"],
  "services.loadbalancers",
];

/** Names without a slash that a quota may count. */
function isStandard(name: string): boolean {
  const plain = name === "pods" || podCompute.includes(name) || otherStandard.includes(name);
  return plain || name.startsWith("hugepages-") || name.startsWith("requests.hugepages-");
}

/**
 * Of the resources that quotas have always known, scopes apply to those of pods alone, and that of
 * attributes classes to those of claims.
 */
function isOutOfScope(scope: string, name: string): boolean {
  if (!scopes.includes(scope)) return false;
  if (scope === "VolumeAttributesClass") {
    const known = name === "pods" || podCompute.includes(name) || otherStandard.includes(name);
    return known && name !== "persistentvolumeclaims" && name !== "requests.storage";
  }
  return otherStandard.includes(name) || (podCompute.includes(name) && scope === "BestEffort");
}

function validateScopeSelector(
  quota: ResourceQuota,
  names: readonly string[],
  errors: ErrorList,
): void {
  const selector = quota.spec?.scopeSelector;
  const path = spec.child("scopeSelector").child("matchExpressions");
  for (const { scopeName, operator, values = [] } of selector?.matchExpressions ?? []) {
    const scope = scopeName ?? "";
    if (!scopes.includes(scope)) {
      errors.invalid(path.child("scopeName"), scope, "unsupported scope");
    }
    for (const name of names) {
      if (!isOutOfScope(scope, name)) continue;
      errors.invalid(path, shownSelector(quota), "unsupported scope applied to resource");
    }
    const takesValues = scope === "PriorityClass" || scope === "VolumeAttributesClass";
    if (scopes.includes(scope) && !takesValues && operator !== "Exists") {
      errors.invalid(path.child("operator"), operator, onlyExists);
    }
    if (operator === "In" || operator === "NotIn") {
      const detail =
        "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
      if (values.length === 0) errors.required(path.child("values"), detail);
    } else if (operator === "Exists" || operator === "DoesNotExist") {
      const detail =
        "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
      if (values.length > 0) errors.invalid(path.child("values"), values, detail);
    } else errors.invalid(path.child("operator"), operator ?? "", "not a valid selector operator");
  }
}

const onlyExists =
  "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, " +
  "ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, " +
  "ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";

function shownSelector(quota: ResourceQuota): unknown {
  const all = quota.spec?.scopeSelector?.matchExpressions ?? [];
  return {
    MatchExpressions: all.map(({ scopeName, operator, values }) => ({
      ScopeName: scopeName ?? "",
      Operator: operator ?? "",
      Values: values ?? null,
    })),
  };
}

const neitherStandard = "must be a standard resource type or fully qualified";

function validateList(
  list: Readonly<Record<string, string>> | undefined,
  errors: ErrorList,
  path: FieldPath,
): void {
  for (const [name, value] of Object.entries(list ?? {})) {
    const problems = qualifiedName(name);
    errors.invalidAll(path.key(name), name, problems);
    if (problems.length === 0 && !name.includes("/") && !isStandard(name)) {
      if (name !== "storage") errors.invalid(path.key(name), name, neitherStandard);
      errors.invalid(path.key(name), name, "must be a standard resource for quota");
    }
    validateResourceQuantity(name, value, errors, path.key(name));
  }
}

function validateSpec(quota: ResourceQuota, errors: ErrorList): void {
  validateList(quota.spec?.hard, errors, spec.child("hard"));
  const given: readonly string[] = quota.spec?.scopes ?? [];
  const names = Object.keys(quota.spec?.hard ?? {}).sort();
  for (const scope of given) {
    if (!scopes.includes(scope)) errors.invalid(spec.child("scopes"), given, "unsupported scope");
    for (const name of names) {
      if (!isOutOfScope(scope, name)) continue;
      errors.invalid(spec.child("scopes"), given, "unsupported scope applied to resource");
    }
  }
  validateScopeSelector(quota, names, errors);
  for (const [one, other] of [
    ["BestEffort", "NotBestEffort"],
    ["Terminating", "NotTerminating"],
  ] as const) {
    if (given.includes(one) && given.includes(other)) {
      errors.invalid(spec.child("scopes"), given, "conflicting scopes");
    }
  }
}
