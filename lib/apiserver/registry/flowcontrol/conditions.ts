import type { ErrorList } from "../errorList.js";
import { FieldPath } from "../fieldPath.js";

const conditionsPath = FieldPath.root("status").child("conditions");

/** Each type once, and none without a type. */
export function validateConditions(
  conditions: readonly { readonly type?: string }[] | undefined,
  errors: ErrorList,
): void {
  const seen = new Set<string>();
  for (const [i, { type = "" }] of (conditions ?? []).entries()) {
    const path = conditionsPath.index(i).child("type");
    if (seen.has(type)) errors.duplicate(path, type);
    seen.add(type);
    if (type === "") errors.required(path);
  }
}
