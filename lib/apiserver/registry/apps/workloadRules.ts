import type { PodTemplateSpec } from "../../../api/gen/types/coreV1.js";
import type { IntOrString } from "../../../api/gen/types/intstr.js";
import type { LabelSelector } from "../../../api/gen/types/metaV1.js";
import type { PodRuleOptions } from "../core/containerRules.js";
import { validatePodTemplate } from "../core/podRules.js";
import type { ErrorList } from "../errorList.js";
import { FieldPath } from "../fieldPath.js";
import { isEmptySelector, selectorMatches, validateLabelSelector } from "../labelSelectorRules.js";

export const workloadSpec = FieldPath.root("spec");

/** A selector must be there, must select something, and must select the template's pods. */
export function validateWorkloadSelector(
  selector: LabelSelector | undefined | null,
  template: PodTemplateSpec | undefined | null,
  errors: ErrorList,
  kind: string,
): void {
  const path = workloadSpec.child("selector");
  const before = errors.list.length;
  if (!selector) {
    // Daemon sets only tell that nothing is selected.
    if (kind !== "daemonset") errors.required(path);
  } else {
    validateLabelSelector(selector, errors, path);
    if (isEmptySelector(selector)) {
      errors.invalid(path, selector, `empty selector is invalid for ${kind}`);
    }
    if (errors.list.length > before) {
      if (isEmptySelector(selector)) return;
      if (kind === "daemonset") return;
      errors.invalid(path, selector, kind === "statefulset" ? "" : "invalid label selector");
      return;
    }
  }
  const labels = template?.metadata?.labels;
  if (!selector || !selectorMatches(selector, labels ?? {})) {
    const at = workloadSpec.child("template").child("metadata").child("labels");
    errors.invalid(at, labels ?? null, "`selector` does not match template `labels`");
  }
}

/** A structure as Go's own names of its fields show it. */
export function goNamed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(goNamed);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([name, field]) => [
    name.slice(0, 1).toUpperCase() + name.slice(1),
    goNamed(field),
  ]);
  return Object.fromEntries(entries) as unknown;
}

/** The template of a controller that keeps pods running for ever. */
export function validateRunningTemplate(
  template: PodTemplateSpec | undefined | null,
  options: PodRuleOptions,
  errors: ErrorList,
  addedVolumes: readonly string[] = [],
): void {
  const path = workloadSpec.child("template");
  validatePodTemplate(template, options, errors, path, addedVolumes);
  const policy = template?.spec?.restartPolicy ?? "";
  if (policy !== "Always") {
    errors.notSupported(path.child("spec").child("restartPolicy"), policy, ["Always"]);
  }
  if (template?.spec?.activeDeadlineSeconds) {
    const detail = "activeDeadlineSeconds in ReplicaSet is not Supported";
    errors.forbidden(path.child("spec").child("activeDeadlineSeconds"), detail);
  }
}

/** A whole number, or a percentage; what is wrong with it, by upstream's two rules. */
export function validateCountOrPercent(
  value: IntOrString | undefined | null,
  errors: ErrorList,
  path: FieldPath,
): void {
  if (typeof value === "string") {
    if (!/^[0-9]+%$/.test(value)) {
      const detail =
        "a valid percent string must be a numeric string followed by an ending '%' " +
        "(e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";
      errors.invalid(path, value, detail);
    }
  } else errors.nonNegative(path, value);
}

export function validateAtMostAll(
  value: IntOrString | undefined | null,
  errors: ErrorList,
  path: FieldPath,
): void {
  if (typeof value !== "string" || !value.endsWith("%")) return;
  if (Number.parseInt(value, 10) > 100)
    errors.invalid(path, value, "must not be greater than 100%");
}

/** `0` and `0%`. */
export function isZeroCount(value: IntOrString | undefined | null): boolean {
  return value === 0 || (typeof value === "string" && Number.parseInt(value, 10) === 0);
}

export function validateStatusCounts<T extends object>(
  status: T | undefined | null,
  fields: readonly (keyof T & string)[],
  errors: ErrorList,
): void {
  const path = FieldPath.root("status");
  for (const field of fields) {
    errors.nonNegative(path.child(field), status?.[field] as number | undefined);
  }
}

/** Kinds of counts that can never be more than all replicas. */
export function validateNotMoreThan<T extends object>(
  status: T | undefined | null,
  fields: readonly (keyof T & string)[],
  most: keyof T & string,
  errors: ErrorList,
  word = `status.${most}`,
): void {
  const maximum = (status?.[most] as number | undefined) ?? 0;
  for (const field of fields) {
    const value = (status?.[field] as number | undefined) ?? 0;
    if (value > maximum) {
      errors.invalid(
        FieldPath.root("status").child(field),
        value,
        `cannot be greater than ${word}`,
      );
    }
  }
}
