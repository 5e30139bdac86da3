import { semanticEqual } from "../../../api/equality.js";
import type { StorageClass } from "../../../api/gen/types/storageV1.js";
import type { ErrorList } from "../errorList.js";
import { FieldPath } from "../fieldPath.js";
import { qualifiedName } from "../nameRules.js";
import type { TypedStrategy } from "../typedStrategy.js";

export const storageClassStrategy: TypedStrategy<StorageClass> = {
  group: "storage.k8s.io",
  kind: "StorageClass",
  defaults(storageClass) {
    storageClass.reclaimPolicy ??= "Delete";
    storageClass.volumeBindingMode ??= "Immediate";
  },
  validate: validateClass,
  validateUpdate(storageClass, old, errors) {
    validateClass(storageClass, errors);
    for (const field of ["parameters", "provisioner", "reclaimPolicy"] as const) {
      if (semanticEqual(storageClass[field], old[field])) continue;
      errors.forbidden(FieldPath.root(field), `updates to ${field} are forbidden.`);
    }
    const same = storageClass.volumeBindingMode === old.volumeBindingMode;
    const path = FieldPath.root("volumeBindingMode");
    errors.immutable(path, storageClass.volumeBindingMode, same);
  },
};

function validateClass(storageClass: StorageClass, errors: ErrorList): void {
  const { provisioner } = storageClass;
  if (!provisioner) errors.required(FieldPath.root("provisioner"));
  else {
    const wrong = qualifiedName(provisioner.toLowerCase());
    errors.invalidAll(FieldPath.root("provisioner"), provisioner, wrong);
  }
  errors.oneOf(FieldPath.root("reclaimPolicy"), storageClass.reclaimPolicy, ["Delete", "Retain"]);
  const modes = ["Immediate", "WaitForFirstConsumer"];
  errors.oneOf(FieldPath.root("volumeBindingMode"), storageClass.volumeBindingMode, modes);
}
