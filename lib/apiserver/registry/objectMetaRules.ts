import type { ObjectMeta, OwnerReference } from "../../api/gen/types/metaV1.js";
import type { ErrorList } from "./errorList.js";
import { FieldPath } from "./fieldPath.js";
import { dns1123Label, type NameRule, qualifiedName, validLabelValue } from "./nameRules.js";

/** Bytes of all annotations of one object together, keys and values. */
const annotationBytes = 256 * 1024;
const metadataPath = FieldPath.root("metadata");

/** What holds for every object's metadata when it is created (upstream's ValidateObjectMeta). */
export function validateObjectMeta(
  metadata: ObjectMeta,
  namespaced: boolean,
  nameRule: NameRule,
  errors: ErrorList,
  path = metadataPath,
): void {
  if (metadata.generateName) {
    const wrong = nameRule(metadata.generateName, true);
    errors.invalidAll(path.child("generateName"), metadata.generateName, wrong);
  }
  if (!metadata.name) {
    errors.required(path.child("name"), "name or generateName is required");
  } else {
    errors.invalidAll(path.child("name"), metadata.name, nameRule(metadata.name, false));
  }
  validateNamespace(metadata, namespaced, errors, path.child("namespace"));
  validateCommon(metadata, errors, path);
  validateFinalizers(metadata.finalizers, errors, path.child("finalizers"));
}

function validateNamespace(
  metadata: ObjectMeta,
  namespaced: boolean,
  errors: ErrorList,
  path: FieldPath,
): void {
  if (!namespaced) {
    if (metadata.namespace) errors.forbidden(path, "not allowed on this type");
  } else if (!metadata.namespace) {
    errors.required(path);
  } else {
    errors.invalidAll(path, metadata.namespace, dns1123Label(metadata.namespace));
  }
}

function validateCommon(metadata: ObjectMeta, errors: ErrorList, path: FieldPath): void {
  errors.nonNegative(path.child("generation"), metadata.generation);
  validateLabels(metadata.labels, errors, path.child("labels"));
  validateAnnotations(metadata.annotations, errors, path.child("annotations"));
  validateOwnerReferences(metadata.ownerReferences, errors, path.child("ownerReferences"));
}

/** What may not change, and what must still hold, when an object is updated. */
export function validateObjectMetaUpdate(
  metadata: ObjectMeta,
  old: ObjectMeta,
  errors: ErrorList,
  path = metadataPath,
): void {
  validateFinalizersUpdate(metadata, old, errors, path.child("finalizers"));
  if (!metadata.resourceVersion) {
    errors.invalid(path.child("resourceVersion"), "", "must be specified for an update");
  }
  if ((metadata.generation ?? 0) < (old.generation ?? 0)) {
    const generation = metadata.generation ?? 0;
    errors.invalid(path.child("generation"), generation, "must not be decremented");
  }
  const fixed = [
    "name",
    "namespace",
    "uid",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
  ] as const;
  for (const field of fixed) {
    const same = (metadata[field] ?? "") === (old[field] ?? "");
    errors.immutable(path.child(field), metadata[field] ?? null, same);
  }
  validateCommon(metadata, errors, path);
}

export function validateLabels(
  labels: Readonly<Record<string, string>> | undefined,
  errors: ErrorList,
  path: FieldPath,
): void {
  for (const [key, value] of Object.entries(labels ?? {})) {
    errors.invalidAll(path, key, qualifiedName(key));
    errors.invalidAll(path, value, validLabelValue(value));
  }
}

export function validateAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  errors: ErrorList,
  path: FieldPath,
): void {
  for (const key of Object.keys(annotations ?? {})) {
    errors.invalidAll(path, key, qualifiedName(key.toLowerCase()));
  }
  validateAnnotationsSize(annotations, errors, path);
}

export function validateAnnotationsSize(
  annotations: Readonly<Record<string, string>> | undefined | null,
  errors: ErrorList,
  path: FieldPath,
): void {
  let size = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    size += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (size > annotationBytes) errors.tooLong(path, annotationBytes);
}

function validateOwnerReferences(
  references: readonly OwnerReference[] | undefined,
  errors: ErrorList,
  path: FieldPath,
): void {
  let controller: string | undefined;
  for (const [position, reference] of (references ?? []).entries()) {
    validateOwnerReference(reference, errors, path.index(position));
    if (reference.controller !== true) continue;
    const subject = `${reference.kind}/${reference.name}`;
    if (controller !== undefined) {
      const detail =
        'Only one reference can have Controller set to true. Found "true" in references ' +
        `for ${controller} and ${subject}`;
      errors.invalid(path, references, detail);
    }
    controller ??= subject;
  }
}

function validateOwnerReference(
  reference: OwnerReference,
  errors: ErrorList,
  path: FieldPath,
): void {
  const apiVersion = reference.apiVersion ?? "";
  const parts = apiVersion.split("/");
  if (apiVersion === "") {
    errors.required(path.child("apiVersion"), "must not be empty");
  } else if (parts.length > 2 || parts.at(-1) === "") {
    errors.invalid(path.child("apiVersion"), apiVersion, "must be <group>/<version> or <version>");
  }
  for (const field of ["kind", "name", "uid"] as const) {
    if (!reference[field]) errors.required(path.child(field), "must not be empty");
  }
  if (apiVersion === "v1" && reference.kind === "Event") {
    const detail = "/v1, Kind=Event is disallowed from being an owner";
    errors.invalid(path, reference, detail);
  }
}

function validateFinalizers(
  finalizers: readonly string[] | undefined,
  errors: ErrorList,
  path: FieldPath,
): void {
  for (const finalizer of finalizers ?? []) {
    errors.invalidAll(path, finalizer, qualifiedName(finalizer));
  }
  if (finalizers?.includes("orphan") && finalizers.includes("foregroundDeletion")) {
    const detail = "finalizer orphan and foregroundDeletion cannot be both set";
    errors.invalid(path, finalizers, detail);
  }
}

export const standardFinalizers = new Set(["kubernetes", "orphan", "foregroundDeletion"]);

/** Names without a prefix are the system's own: what most kinds ask beside a qualified name. */
export function validateFinalizerNames(
  finalizers: readonly string[] | undefined,
  errors: ErrorList,
  path = metadataPath.child("finalizers"),
): void {
  for (const [position, finalizer] of (finalizers ?? []).entries()) {
    if (finalizer.includes("/") || standardFinalizers.has(finalizer)) continue;
    const detail = "name is neither a standard finalizer name nor is it fully qualified";
    errors.invalid(path.index(position), finalizer, detail);
  }
}

function validateFinalizersUpdate(
  metadata: ObjectMeta,
  old: ObjectMeta,
  errors: ErrorList,
  path: FieldPath,
): void {
  if (!old.deletionTimestamp) return;
  const added = (metadata.finalizers ?? []).filter((f) => !old.finalizers?.includes(f));
  if (added.length === 0) return;
  const shown = added.map((finalizer) => JSON.stringify(finalizer)).join(", ");
  const detail =
    "no new finalizers can be added if the object is being deleted, found new finalizers " +
    `[]string{${shown}}`;
  errors.forbidden(path, detail);
}
