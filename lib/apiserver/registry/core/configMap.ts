import { semanticEqual } from "../../../api/equality.js";
import type { ConfigMap } from "../../../api/gen/types/coreV1.js";
import type { ErrorList } from "../errorList.js";
import { FieldPath } from "../fieldPath.js";
import { configMapKey } from "../nameRules.js";
import type { TypedStrategy } from "../typedStrategy.js";

/** Bytes of all values of a ConfigMap or Secret together. */
export const largestDataBytes = 1024 * 1024;
const root = FieldPath.root("data");
const binaryRoot = FieldPath.root("binaryData");

export const configMapStrategy: TypedStrategy<ConfigMap> = {
  group: "",
  kind: "ConfigMap",
  validate: validateData,
  validateUpdate(configMap, old, errors) {
    if (old.immutable === true) {
      if (configMap.immutable !== true) {
        const detail = "field is immutable when `immutable` is set";
        errors.forbidden(FieldPath.root("immutable"), detail);
      }
      for (const field of ["data", "binaryData"] as const) {
        if (semanticEqual(configMap[field], old[field])) continue;
        errors.forbidden(FieldPath.root(field), "field is immutable when `immutable` is set");
      }
    }
    validateData(configMap, errors);
  },
};

function validateData(configMap: ConfigMap, errors: ErrorList): void {
  let size = 0;
  const binary = configMap.binaryData ?? {};
  for (const [key, value] of Object.entries(configMap.data ?? {})) {
    errors.invalidAll(root.key(key), key, configMapKey(key));
    if (Object.hasOwn(binary, key)) {
      errors.invalid(root.key(key), key, "duplicate of key present in binaryData");
    }
    size += Buffer.byteLength(value);
  }
  for (const [key, value] of Object.entries(binary)) {
    errors.invalidAll(binaryRoot.key(key), key, configMapKey(key));
    size += base64Bytes(value);
  }
  if (size > largestDataBytes) {
    // Upstream names the whole object by an empty path, which prints as `[]`.
    errors.tooLong(FieldPath.root("[]"), largestDataBytes);
  }
}

/** How many bytes base64 text stands for, without decoding it. Empty bytes are written as null. */
export function base64Bytes(text: string | null): number {
  if (text === null) return 0;
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  return Math.floor((text.length * 3) / 4) - padding;
}
