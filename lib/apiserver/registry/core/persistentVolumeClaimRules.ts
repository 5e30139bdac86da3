import type { PersistentVolumeClaimSpec } from "../../../api/gen/types/coreV1.js";
import type { ErrorList } from "../errorList.js";
import type { FieldPath } from "../fieldPath.js";
import { validateLabelSelector } from "../labelSelectorRules.js";
import { nameIsDns1123Subdomain } from "../nameRules.js";
import { quantityNanos } from "../quantityValue.js";

export const accessModes = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

export function validateAccessModes(
  modes: readonly string[] | undefined | null,
  errors: ErrorList,
  path: FieldPath,
  missing = "at least 1 access mode is required",
): void {
  if ((modes ?? []).length === 0) errors.required(path, missing);
  for (const mode of modes ?? []) errors.oneOf(path, mode, accessModes);
  if (modes?.includes("ReadWriteOncePod") && modes.length > 1) {
    const detail = "may not use ReadWriteOncePod with other access modes";
    errors.forbidden(path, detail);
  }
}

/** What a claim asks for, in a claim and in a template of one. */
export function validateClaimSpec(
  spec: PersistentVolumeClaimSpec | undefined | null,
  errors: ErrorList,
  path: FieldPath,
): void {
  validateAccessModes(spec?.accessModes, errors, path.child("accessModes"));
  validateLabelSelector(spec?.selector, errors, path.child("selector"));
  const storage = spec?.resources?.requests?.storage;
  if (storage === undefined) {
    errors.required(path.child("resources").key("storage"));
  } else if ((quantityNanos(storage) ?? 0n) <= 0n) {
    const at = path.child("resources").key("storage");
    errors.invalid(at, storage, "must be greater than zero");
  }
  if (spec?.storageClassName) {
    const wrong = nameIsDns1123Subdomain(spec.storageClassName, false);
    errors.invalidAll(path.child("storageClassName"), spec.storageClassName, wrong);
  }
  for (const source of ["dataSource", "dataSourceRef"] as const) {
    if (!spec?.[source]) continue;
    if (!spec[source].name) errors.required(path.child(source).child("name"));
    if (!spec[source].kind) errors.required(path.child(source).child("kind"));
  }
  if (spec?.volumeMode !== undefined) {
    errors.oneOf(path.child("volumeMode"), spec.volumeMode, ["Block", "Filesystem"]);
  }
}
