import { goQuote } from "./goQuote.js";

export type FieldErrorType =
  | "FieldValueRequired"
  | "FieldValueInvalid"
  | "FieldValueNotSupported"
  | "FieldValueDuplicate"
  | "FieldValueForbidden"
  | "FieldValueTooLong"
  | "FieldValueTooMany"
  | "FieldValueNotFound"
  | "FieldValueTypeInvalid"
  | "InternalError";

/** One thing wrong with one field: becomes a cause of an Invalid Status. */
export interface FieldError {
  readonly type: FieldErrorType;
  /** For example `spec.containers[0].image`. */
  readonly field: string;
  /**
   * The whole text after the field, as clients see it: `Required value`, `Invalid value: "x":
   * must be …`.
   */
  readonly detail: string;
}

const titles: Readonly<Record<FieldErrorType, string>> = {
  FieldValueRequired: "Required value",
  FieldValueInvalid: "Invalid value",
  FieldValueNotSupported: "Unsupported value",
  FieldValueDuplicate: "Duplicate value",
  FieldValueForbidden: "Forbidden",
  FieldValueTooLong: "Too long",
  FieldValueTooMany: "Too many",
  FieldValueNotFound: "Not found",
  FieldValueTypeInvalid: "Invalid value",
  InternalError: "Internal error",
};

/**
 * Validation's errors, worded as Kubernetes words them. A `field` is a path like
 * `spec.ports[0].name`.
 */
export const fieldErrors = {
  required(field: string, detail: string): FieldError {
    return make("FieldValueRequired", field, undefined, detail);
  },
  invalid(field: string, value: unknown, detail: string): FieldError {
    return make("FieldValueInvalid", field, shown(value), detail);
  },
  typeInvalid(field: string, value: unknown, detail: string): FieldError {
    return make("FieldValueTypeInvalid", field, shown(value), detail);
  },
  /** The supported values are listed in the order given. */
  notSupported(field: string, value: unknown, supported: readonly string[]): FieldError {
    const list = supported.map(goQuote).join(", ");
    const detail = list === "" ? "" : `supported values: ${list}`;
    return make("FieldValueNotSupported", field, shown(value), detail);
  },
  duplicate(field: string, value: unknown): FieldError {
    return make("FieldValueDuplicate", field, shown(value), "");
  },
  notFound(field: string, value: unknown): FieldError {
    return make("FieldValueNotFound", field, shown(value), "");
  },
  forbidden(field: string, detail: string): FieldError {
    return make("FieldValueForbidden", field, undefined, detail);
  },
  tooLong(field: string, maxBytes: number): FieldError {
    const detail = maxBytes < 0 ? "value is too long" : `may not be more than ${maxBytes} bytes`;
    return make("FieldValueTooLong", field, undefined, detail);
  },
  tooMany(field: string, actual: number, max: number): FieldError {
    const items = max === 1 ? "item" : "items";
    const detail = max < 0 ? "has too many items" : `must have at most ${max} ${items}`;
    return make("FieldValueTooMany", field, shown(actual), detail);
  },
  internal(field: string, detail: string): FieldError {
    return make("InternalError", field, undefined, detail);
  },
} as const;

function make(
  type: FieldErrorType,
  field: string,
  value: string | undefined,
  detail: string,
): FieldError {
  const parts = [titles[type], value ?? "", detail].filter((part) => part !== "");
  return { type, field, detail: parts.join(": ") };
}

/** Strings and null in quotes, numbers and booleans bare, anything else as JSON. */
function shown(value: unknown): string {
  if (value === null || value === undefined) return goQuote("null");
  if (typeof value === "string") return goQuote(value);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
