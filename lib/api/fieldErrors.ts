import { goQuote } from "./goQuote.js";

export type FieldErrorType =
  | "FieldValueRequired"
  | "FieldValueInvalid"
  | "FieldValueNotSupported"
  | "FieldValueDuplicate"
  | "FieldValueForbidden"
  | "FieldValueTooLong"
  | "FieldValueTooShort"
  | "FieldValueTooMany"
  | "FieldValueTooFew"
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
  FieldValueTooShort: "Too short",
  FieldValueTooMany: "Too many",
  FieldValueTooFew: "Too few",
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
  /** The value is not shown: too long to read, or nobody's to see. */
  invalidUnshown(field: string, detail: string): FieldError {
    return make("FieldValueInvalid", field, undefined, detail);
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
  duplicate(field: string, value: unknown, detail = ""): FieldError {
    return make("FieldValueDuplicate", field, shown(value), detail);
  },
  notFound(field: string, value: unknown, detail = ""): FieldError {
    return make("FieldValueNotFound", field, shown(value), detail);
  },
  forbidden(field: string, detail: string): FieldError {
    return make("FieldValueForbidden", field, undefined, detail);
  },
  tooLong(field: string, maxBytes: number): FieldError {
    const detail =
      maxBytes < 0 ? "value is too long" : `may not be more than ${counted(maxBytes, "byte")}`;
    return make("FieldValueTooLong", field, undefined, detail);
  },
  tooLongCharacters(field: string, maxCharacters: number): FieldError {
    const detail = `may not be more than ${counted(maxCharacters, "character")}`;
    return make("FieldValueTooLong", field, undefined, detail);
  },
  tooShort(field: string, minCharacters: number): FieldError {
    const detail = `must be at least ${counted(minCharacters, "character")}`;
    return make("FieldValueTooShort", field, undefined, detail);
  },
  tooMany(field: string, actual: number, max: number): FieldError {
    const detail = max < 0 ? "has too many items" : `must have at most ${counted(max, "item")}`;
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

function counted(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

/** Strings as Go quotes them, anything else as JSON. */
function shown(value: unknown): string {
  return typeof value === "string" ? goQuote(value) : (JSON.stringify(value) ?? "null");
}
