import type { ResourceQuota } from "../../../api/gen/types/coreV1.js";
import type { ErrorList } from "../errorList.js";
import { FieldPath } from "../fieldPath.js";
import { qualifiedName } from "../nameRules.js";
import { semanticEqual } from "../semanticEqual.js";
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

function validateList(
  list: Readonly<Record<string, string>> | undefined,
  errors: ErrorList,
  path: FieldPath,
): void {
  for (const [name, value] of Object.entries(list ?? {})) {
    errors.invalidAll(path.key(name), name, qualifiedName(name));
    validateResourceQuantity(name, value, errors, path.key(name));
  }
}

function validateSpec(quota: ResourceQuota, errors: ErrorList): void {
  validateList(quota.spec?.hard, errors, spec.child("hard"));
  const given: readonly string[] = quota.spec?.scopes ?? [];
  for (const scope of given) {
    if (!scopes.includes(scope)) errors.invalid(spec.child("scopes"), given, "unsupported scope");
  }
  for (const [one, other] of [
    ["BestEffort", "NotBestEffort"],
    ["Terminating", "NotTerminating"],
  ] as const) {
    if (given.includes(one) && given.includes(other)) {
      errors.invalid(spec.child("scopes"), given, "conflicting scopes");
    }
  }
}
