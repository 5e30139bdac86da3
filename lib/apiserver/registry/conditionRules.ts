import type { Condition } from "../../api/gen/types/metaV1.js";
import type { ErrorList } from "./errorList.js";
import type { FieldPath } from "./fieldPath.js";
import { qualifiedName } from "./nameRules.js";

const statuses = ["False", "True", "Unknown"];
const reasonText = /^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/;
const longestReasonBytes = 1024;
const longestMessageBytes = 32 * 1024;

/** Conditions of the form that all kinds share (metav1.Condition): each type once, and whole. */
export function validateConditions(
  conditions: readonly Condition[],
  errors: ErrorList,
  path: FieldPath,
): void {
  const seen = new Set<string>();
  for (const [position, condition] of conditions.entries()) {
    const at = path.index(position);
    if (seen.has(condition.type)) errors.duplicate(at, condition.type);
    seen.add(condition.type);
    validateCondition(condition, errors, at);
  }
}

function validateCondition(condition: Condition, errors: ErrorList, path: FieldPath): void {
  const { type = "", status = "", reason = "", message = "", observedGeneration } = condition;
  if (type === "") errors.required(path.child("type"), "is required");
  else errors.invalidAll(path.child("type"), type, qualifiedName(type));
  if (status === "") errors.required(path.child("status"));
  else errors.oneOf(path.child("status"), status, statuses);
  if (typeof observedGeneration === "number" && observedGeneration < 0) {
    const detail = "must be greater than or equal to zero";
    errors.invalid(path.child("observedGeneration"), observedGeneration, detail);
  }
  if (!condition.lastTransitionTime) errors.required(path.child("lastTransitionTime"));
  const at = path.child("reason");
  if (reason === "") errors.required(at);
  else if (!reasonText.test(reason)) errors.invalid(at, reason, reasonDetail);
  if (Buffer.byteLength(reason) > longestReasonBytes) errors.tooLong(at, longestReasonBytes);
  if (Buffer.byteLength(message) > longestMessageBytes) {
    errors.tooLong(path.child("message"), longestMessageBytes);
  }
}

/** As upstream's message for a text that does not match. */
const reasonDetail =
  "a condition reason must start with alphabetic character, optionally followed by a string of " +
  "alphanumeric characters or '_,:', and must end with an alphanumeric character or '_' " +
  "(e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', " +
  `regex used for validation is '${reasonText.source.slice(1, -1)}')`;
