import { type FieldError, fieldErrors } from "./fieldErrors.js";
import { isLabelValue, isQualifiedName } from "./names.js";

export type Labels = Readonly<Record<string, string>>;

export const selectorOperators = ["in", "notin", "=", "==", "!=", "gt", "lt"] as const;
export type SelectorOperator = (typeof selectorOperators)[number] | "exists" | "!";

/** What a selector text or a LabelSelector has wrong; the message is upstream's. */
export class SelectorError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "SelectorError";
  }
}

/** One condition on one label. Values are sorted and without duplicates. */
export class Requirement {
  readonly key: string;
  readonly operator: SelectorOperator;
  readonly values: readonly string[];
  readonly #set: ReadonlySet<string>;

  /** Throws a SelectorError where key, operator and values do not go together, unless trusted. */
  constructor(
    key: string,
    operator: SelectorOperator,
    values: Iterable<string>,
    isTrusted = false,
  ) {
    this.key = key;
    this.operator = operator;
    this.#set = new Set(values);
    this.values = [...this.#set].sort();
    if (isTrusted) return;
    const errors = [...keyErrors(key), ...countErrors(this), ...valueErrors(this)];
    if (errors.length > 0) throw new SelectorError(joined(errors));
  }

  matches(labels: Labels): boolean {
    const value = Object.hasOwn(labels, this.key) ? labels[this.key] : undefined;
    switch (this.operator) {
      case "in":
      case "=":
      case "==":
        return value !== undefined && this.#set.has(value);
      case "notin":
      case "!=":
        return value === undefined || !this.#set.has(value);
      case "exists":
        return value !== undefined;
      case "!":
        return value === undefined;
      case "gt":
      case "lt":
        return value !== undefined && this.#compares(value);
    }
  }

  #compares(value: string): boolean {
    const number = wholeNumber(value);
    const bound = wholeNumber(this.values[0]!);
    if (number === undefined || bound === undefined) return false;
    return this.operator === "gt" ? number > bound : number < bound;
  }

  toString(): string {
    switch (this.operator) {
      case "exists":
        return this.key;
      case "!":
        return `!${this.key}`;
      case "in":
      case "notin":
        return `${this.key} ${this.operator} (${this.values.join(",")})`;
      case "gt":
        return `${this.key}>${this.values[0]}`;
      case "lt":
        return `${this.key}<${this.values[0]}`;
      default:
        return `${this.key}${this.operator}${this.values.join(",")}`;
    }
  }
}

function keyErrors(key: string): FieldError[] {
  const wrong = isQualifiedName(key);
  return wrong.length === 0 ? [] : [fieldErrors.invalid("<nil>", key, wrong.join("; "))];
}

function countErrors({ operator, values }: Requirement): FieldError[] {
  const wrong = (why: string) => [fieldErrors.invalid("values", [...values], why)];
  switch (operator) {
    case "in":
    case "notin":
      if (values.length > 0) return [];
      return wrong("for 'in', 'notin' operators, values set can't be empty");
    case "=":
    case "==":
    case "!=":
      if (values.length === 1) return [];
      return wrong("exact-match compatibility requires one single value");
    case "exists":
    case "!":
      if (values.length === 0) return [];
      return wrong("values set must be empty for exists and does not exist");
    case "gt":
    case "lt":
      if (values.length !== 1) {
        return wrong("for 'Gt', 'Lt' operators, exactly one value is required");
      }
      if (wholeNumber(values[0]!) !== undefined) return [];
      return [
        fieldErrors.invalid(
          "values[0]",
          values[0],
          "for 'Gt', 'Lt' operators, the value must be an integer",
        ),
      ];
  }
}

function valueErrors({ key, values }: Requirement): FieldError[] {
  return values.flatMap((value, index) => {
    const wrong = isLabelValue(value);
    if (wrong.length === 0) return [];
    return [fieldErrors.invalid(`values[${index}][${key}]`, value, wrong.join("; "))];
  });
}

function joined(errors: readonly FieldError[]): string {
  const texts = [...new Set(errors.map((e) => `${e.field}: ${e.detail}`))];
  return texts.length === 1 ? texts[0]! : `[${texts.join(", ")}]`;
}

/** Of Go's ParseInt for 64 bits. */
function wholeNumber(text: string): bigint | undefined {
  if (!/^[+-]?[0-9]+$/.test(text)) return undefined;
  const value = BigInt(text.replace(/^\+/, ""));
  return value === BigInt.asIntN(64, value) ? value : undefined;
}
