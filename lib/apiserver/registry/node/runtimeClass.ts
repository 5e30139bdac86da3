import type { RuntimeClass } from "../../../api/gen/types/nodeV1.js";
import { FieldPath } from "../fieldPath.js";
import { dns1123Label } from "../nameRules.js";
import type { TypedStrategy } from "../typedStrategy.js";

const handler = FieldPath.root("handler");

export const runtimeClassStrategy: TypedStrategy<RuntimeClass> = {
  group: "node.k8s.io",
  kind: "RuntimeClass",
  allowUnconditionalUpdate: false,
  validate(runtimeClass, errors) {
    errors.invalidAll(
      handler,
      runtimeClass.handler ?? "",
      dns1123Label(runtimeClass.handler ?? ""),
    );
  },
  validateUpdate(runtimeClass, old, errors) {
    errors.immutable(handler, runtimeClass.handler, runtimeClass.handler === old.handler);
  },
};
