import type { DownwardAPIVolumeFile, KeyToPath } from "../../../api/gen/types/coreV1.js";
import type { ErrorList } from "../errorList.js";
import type { FieldPath } from "../fieldPath.js";
import { qualifiedName } from "../nameRules.js";
import { validateResourceRef } from "./resourceFieldRules.js";
import { validateLocalPath } from "./securityContextRules.js";

const modeRange = "must be a number between 0 and 0777 (octal), both inclusive";
const fieldPaths = [
  "metadata.annotations",
  "metadata.labels",
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
];
/** What a reference can name at all; some places take fewer. */
const allFieldPaths = new Set([
  ...fieldPaths,
  "spec.nodeName",
  "spec.restartPolicy",
  "spec.schedulerName",
  "spec.serviceAccountName",
  "status.hostIP",
  "status.hostIPs",
  "status.phase",
  "status.podIP",
  "status.podIPs",
]);
export function validateMode(
  mode: number | undefined | null,
  errors: ErrorList,
  path: FieldPath,
): void {
  if (mode === undefined || mode === null) return;
  if (mode < 0 || mode > 0o777) errors.invalid(path, mode, modeRange);
}

export function validateItems(
  items: readonly KeyToPath[] | undefined | null,
  errors: ErrorList,
  path: FieldPath,
): void {
  for (const [position, item] of (items ?? []).entries()) {
    const at = path.index(position);
    if (!item.key) errors.required(at.child("key"));
    if (!item.path) errors.required(at.child("path"));
    else validateLocalFile(item.path, errors, at.child("path"));
    validateMode(item.mode, errors, at.child("mode"));
  }
}

/** A local path that does not begin with `..` in any way: the kubelet names its own folders so. */
export function validateLocalFile(target: string, errors: ErrorList, path: FieldPath): void {
  const before = errors.list.length;
  validateLocalPath(target, errors, path);
  if (errors.list.length === before && target.startsWith("..")) {
    errors.invalid(path, target, "must not start with '..'");
  }
}

export function validateDownwardFiles(
  files: readonly DownwardAPIVolumeFile[] | undefined | null,
  errors: ErrorList,
  path: FieldPath,
): void {
  for (const file of files ?? []) {
    if (!file.path) errors.required(path.child("path"));
    else validateLocalFile(file.path, errors, path.child("path"));
    if (file.fieldRef) {
      validateFieldRef(file.fieldRef, fieldPaths, errors, path.child("fieldRef"));
      if (file.resourceFieldRef) {
        const detail = "fieldRef and resourceFieldRef can not be specified simultaneously";
        errors.invalid(path, "resource", detail);
      }
    } else if (file.resourceFieldRef) {
      const at = path.child("resourceFieldRef");
      if (!file.resourceFieldRef.containerName) errors.required(at.child("containerName"));
      else validateResourceRef(file.resourceFieldRef, errors, at);
    } else errors.required(path, "one of fieldRef and resourceFieldRef is required");
    validateMode(file.mode, errors, path.child("mode"));
  }
}

/** A reference to a field of the pod, for example `metadata.labels['app']`. */
export function validateFieldRef(
  reference: { apiVersion?: string; fieldPath: string },
  supported: readonly string[],
  errors: ErrorList,
  path: FieldPath,
): void {
  const { apiVersion, fieldPath } = reference;
  if (!apiVersion) {
    errors.required(path.child("apiVersion"));
    return;
  }
  const at = path.child("fieldPath");
  if (!fieldPath) {
    errors.required(at);
    return;
  }
  const inconvertible = (why: string): void =>
    errors.invalid(at, fieldPath, `error converting fieldPath: ${why}`);
  if (apiVersion !== "v1") {
    inconvertible(`unsupported pod version: ${apiVersion}`);
    return;
  }
  // Clients of the first versions call it so.
  const named = fieldPath === "spec.host" ? "spec.nodeName" : fieldPath;
  const [, map, key = ""] = /^(.+?)\['(.*)'\]$/s.exec(fieldPath) ?? [];
  if (map === "metadata.labels") errors.invalidAll(path, key, qualifiedName(key));
  else if (map === "metadata.annotations") {
    const folded = key.toLowerCase();
    errors.invalidAll(path, folded, qualifiedName(folded));
  } else if (map !== undefined)
    inconvertible(`field label does not support subscript: ${fieldPath}`);
  else if (!allFieldPaths.has(named)) inconvertible(`field label not supported: ${fieldPath}`);
  else if (!supported.includes(named)) errors.notSupported(at, named, supported);
}
