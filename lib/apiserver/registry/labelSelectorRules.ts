import type { LabelSelector } from "../../api/gen/types/metaV1.js";
import type { ErrorList } from "./errorList.js";
import type { FieldPath } from "./fieldPath.js";
import { qualifiedName, validLabelValue } from "./nameRules.js";
import { validateLabels } from "./objectMetaRules.js";

export function validateLabelSelector(
  selector: LabelSelector | undefined | null,
  errors: ErrorList,
  path: FieldPath,
): void {
  if (!selector) return;
  validateLabels(selector.matchLabels, errors, path.child("matchLabels"));
  for (const [position, requirement] of (selector.matchExpressions ?? []).entries()) {
    const at = path.child("matchExpressions").index(position);
    const values = requirement.values ?? [];
    switch (requirement.operator) {
      case "In":
      case "NotIn":
        if (values.length === 0) {
          const detail = "must be specified when `operator` is 'In' or 'NotIn'";
          errors.required(at.child("values"), detail);
        }
        break;
      case "Exists":
      case "DoesNotExist":
        if (values.length > 0) {
          const detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
          errors.forbidden(at.child("values"), detail);
        }
        break;
      default:
        errors.invalid(at.child("operator"), requirement.operator, "not a valid selector operator");
    }
    errors.invalidAll(at.child("key"), requirement.key, qualifiedName(requirement.key));
    for (const [index, value] of values.entries()) {
      errors.invalidAll(at.child("values").index(index), value, validLabelValue(value));
    }
  }
}

export function isEmptySelector(selector: LabelSelector | undefined | null): boolean {
  const labels = Object.keys(selector?.matchLabels ?? {}).length;
  return labels === 0 && (selector?.matchExpressions?.length ?? 0) === 0;
}

/** Whether labels fulfil a valid selector; an empty one takes everything. */
export function selectorMatches(
  selector: LabelSelector,
  labels: Readonly<Record<string, string>>,
): boolean {
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    if (labels[key] !== value) return false;
  }
  for (const { key, operator, values } of selector.matchExpressions ?? []) {
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
    const contained = value !== undefined && (values ?? []).includes(value);
    const fulfilled =
      operator === "In"
        ? contained
        : operator === "NotIn"
          ? !contained
          : operator === "Exists"
            ? value !== undefined
            : value === undefined;
    if (!fulfilled) return false;
  }
  return true;
}
