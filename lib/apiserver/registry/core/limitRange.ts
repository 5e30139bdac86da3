import type { LimitRange, LimitRangeItem } from "../../../api/gen/types/coreV1.js";
import type { ErrorList } from "../errorList.js";
import { FieldPath } from "../fieldPath.js";
import { compareQuantities } from "../quantityValue.js";
import type { TypedStrategy } from "../typedStrategy.js";

const limitsPath = FieldPath.root("spec").child("limits");

export const limitRangeStrategy: TypedStrategy<LimitRange> = {
  group: "",
  kind: "LimitRange",
  allowCreateOnUpdate: true,
  defaults(range) {
    for (const item of range.spec?.limits ?? []) {
      if (item.type === "Container") defaultItem(item);
    }
  },
  validate: validateItems,
  validateUpdate: (range, _old, errors) => validateItems(range, errors),
};

/** A maximum is the default limit, a default limit or a minimum the default request. */
function defaultItem(item: LimitRangeItem): void {
  const limits = { ...item.max, ...item.default };
  const requests = { ...item.min, ...limits, ...item.defaultRequest };
  for (const [name, value] of Object.entries(item.min ?? {})) {
    if (limits[name] === undefined && item.defaultRequest?.[name] === undefined) {
      requests[name] = value;
    }
  }
  if (Object.keys(limits).length > 0) item.default = limits;
  if (Object.keys(requests).length > 0) item.defaultRequest = requests;
}

function validateItems(range: LimitRange, errors: ErrorList): void {
  const types = new Set<string>();
  for (const [position, item] of (range.spec?.limits ?? []).entries()) {
    const path = limitsPath.index(position);
    if (types.has(item.type)) errors.duplicate(path.child("type"), item.type);
    types.add(item.type);
    if (item.type === "Pod") {
      for (const field of ["default", "defaultRequest"] as const) {
        if (Object.keys(item[field] ?? {}).length === 0) continue;
        errors.forbidden(path.child(field), "may not be specified when `type` is 'Pod'");
      }
    }
    if (item.type === "PersistentVolumeClaim") {
      const named = item.min?.storage !== undefined || item.max?.storage !== undefined;
      if (!named) {
        const detail =
          "either minimum or maximum storage value is required, but neither was provided";
        errors.required(path.child("limits"), detail);
      }
    }
    validateOrder(item, errors, path);
  }
}

const ordered = [
  ["min", "defaultRequest", "default request value"],
  ["min", "max", "max value"],
  ["min", "default", "default value"],
  ["defaultRequest", "max", "max value"],
  ["defaultRequest", "default", "default limit value"],
  ["default", "max", "max value"],
] as const;

const words = {
  min: "min value",
  defaultRequest: "default request value",
  default: "default value",
};

function validateOrder(item: LimitRangeItem, errors: ErrorList, path: FieldPath): void {
  for (const [lower, upper, upperWord] of ordered) {
    for (const [name, value] of Object.entries(item[lower] ?? {})) {
      const bound = item[upper]?.[name];
      if (bound === undefined || compareQuantities(value, bound) <= 0) continue;
      const detail = `${words[lower]} ${value} is greater than ${upperWord} ${bound}`;
      errors.invalid(path.child(lower).key(name), value, detail);
    }
  }
}
