import { semanticEqual } from "../../../api/equality.js";
import type { ControllerRevision } from "../../../api/gen/types/appsV1.js";
import { FieldPath } from "../fieldPath.js";
import type { TypedStrategy } from "../typedStrategy.js";

/** A remembered state of a workload: its data never changes. */
export const controllerRevisionStrategy: TypedStrategy<ControllerRevision> = {
  group: "apps",
  kind: "ControllerRevision",
  validate(revision, errors) {
    errors.nonNegative(FieldPath.root("revision"), revision.revision);
    if (revision.data === undefined || revision.data === null) {
      errors.required(FieldPath.root("data"), "data is mandatory");
    }
  },
  validateUpdate(revision, old, errors) {
    errors.nonNegative(FieldPath.root("revision"), revision.revision);
    const same = semanticEqual(revision.data, old.data);
    errors.immutable(FieldPath.root("data"), revision.data, same);
  },
};
