import type { Namespace } from "../../../api/gen/types/coreV1.js";
import type { ErrorList } from "../errorList.js";
import { FieldPath } from "../fieldPath.js";
import { nameIsDns1123Label, qualifiedName } from "../nameRules.js";
import type { TypedStrategy } from "../typedStrategy.js";

const standardFinalizers = ["kubernetes", "orphan", "foregroundDeletion"];
const nameLabel = "kubernetes.io/metadata.name";

/** Namespaces, with the finalizer that lets the namespace controller empty them first. */
export const namespaceStrategy: TypedStrategy<Namespace> = {
  group: "",
  kind: "Namespace",
  validateName: nameIsDns1123Label,
  defaults(namespace) {
    // generateName has no name yet: prepareForCreate sets the label then.
    if (namespace.metadata.name) labelWithName(namespace);
  },
  prepareForCreate(namespace) {
    labelWithName(namespace);
    namespace.status = { phase: "Active" };
    namespace.spec ??= {};
    const finalizers = namespace.spec.finalizers ?? [];
    if (!finalizers.includes("kubernetes"))
      namespace.spec.finalizers = [...finalizers, "kubernetes"];
  },
  prepareForUpdate(namespace, old, context) {
    if (context.subresource === "finalize") {
      if (old.status) namespace.status = old.status;
    } else {
      if (old.spec) namespace.spec = old.spec;
      if (context.subresource === "status") return;
      if (old.status) namespace.status = old.status;
      labelWithName(namespace);
    }
  },
  validate: validateSpec,
  validateUpdate(namespace, _old, errors, context) {
    if (context.subresource === "finalize") validateSpec(namespace, errors);
    if (context.subresource !== "status") return;
    const path = FieldPath.root("status").child("Phase");
    const phase = namespace.status?.phase ?? "";
    if (!namespace.metadata.deletionTimestamp) {
      if (phase !== "Active") {
        errors.invalid(path, phase, "may only be 'Active' if `deletionTimestamp` is empty");
      }
    } else if (phase !== "Terminating") {
      errors.invalid(path, phase, "may only be 'Terminating' if `deletionTimestamp` is not empty");
    }
  },
};

function labelWithName(namespace: Namespace): void {
  const name = namespace.metadata.name;
  if (!name) return;
  namespace.metadata.labels = { ...namespace.metadata.labels, [nameLabel]: name };
}

function validateSpec(namespace: Namespace, errors: ErrorList): void {
  const path = FieldPath.root("spec").child("finalizers");
  for (const finalizer of namespace.spec?.finalizers ?? []) {
    const at = path;
    errors.invalidAll(at, finalizer, qualifiedName(finalizer));
    if (!finalizer.includes("/") && !standardFinalizers.includes(finalizer)) {
      const detail = "name is neither a standard finalizer name nor is it fully qualified";
      errors.invalid(at, finalizer, detail);
    }
  }
}
