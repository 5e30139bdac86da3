import type { LimitRange, LimitRangeItem } from "../../../api/gen/types/coreV1.js";
import type { ErrorList } from "../errorList.js";
import { FieldPath } from "../fieldPath.js";
import { qualifiedName } from "../nameRules.js";
import { compareQuantities, quantityNanos } from "../quantityValue.js";
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
    const type = item.type ?? "";
    const wrong = qualifiedName(type);
    errors.invalidAll(path.child("type"), type, wrong);
    if (wrong.length === 0 && !type.includes("/") && !standardTypes.has(type)) {
      const detail = "must be a standard limit type or fully qualified";
      errors.invalid(path.child("type"), type, detail);
    }
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
    validateRatios(item, errors, path.child("maxLimitRequestRatio"));
  }
}

/** A limit may be so many times the request; no more than the bounds themselves allow. */
function validateRatios(item: LimitRangeItem, errors: ErrorList, path: FieldPath): void {
  for (const [name, ratio] of Object.entries(item.maxLimitRequestRatio ?? {})) {
    if (compareQuantities(ratio, "1") < 0) {
      errors.invalid(path.key(name), ratio, `ratio ${ratio} is less than 1`);
    }
    const nanos = (text: string | undefined): number => Number(quantityNanos(text ?? "") ?? 0n);
    if (item.min?.[name] === undefined || item.max?.[name] === undefined) continue;
    const most = nanos(item.max[name]) / nanos(item.min[name]);
    if (nanos(ratio) / 1e9 <= most) continue;
    const detail = `ratio ${ratio} is greater than max/min = ${most.toFixed(6)}`;
    errors.invalid(path.key(name), ratio, detail);
  }
}

/** Lower, upper, the upper's words, and of which of the two upstream tells, with whose value. */
const ordered = [
  ["min", "max", "max value", "min", "min"],
  ["min", "defaultRequest", "default request value", "defaultRequest", "defaultRequest"],
  ["defaultRequest", "max", "max value", "defaultRequest", "defaultRequest"],
  ["defaultRequest", "default", "default limit value", "defaultRequest", "defaultRequest"],
  ["min", "default", "default value", "default", "min"],
  ["default", "max", "max value", "default", "max"],
] as const;
const standardTypes = new Set(["Pod", "Container", "PersistentVolumeClaim"]);

const words = {
  min: "min value",
  defaultRequest: "default request value",
  default: "default value",
};

function validateOrder(item: LimitRangeItem, errors: ErrorList, path: FieldPath): void {
  for (const [lower, upper, upperWord, field, shown] of ordered) {
    for (const [name, value] of Object.entries(item[lower] ?? {})) {
      const bound = item[upper]?.[name];
      if (bound === undefined || compareQuantities(value, bound) <= 0) continue;
      const detail = `${words[lower]} ${value} is greater than ${upperWord} ${bound}`;
      errors.invalid(path.child(field).key(name), item[shown]?.[name], detail);
    }
  }
}
