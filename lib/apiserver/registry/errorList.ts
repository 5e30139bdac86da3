import { fieldErrors } from "../../api/fieldErrors.js";
import type { FieldPath } from "./fieldPath.js";
import type { FieldError } from "./strategy.js";

const immutableDetail = "field is immutable";

/** Collects what is wrong with an object. Bounded by the size of the object that is looked at. */
export class ErrorList {
  readonly list: FieldError[];

  constructor(found: readonly FieldError[] = []) {
    this.list = [...found];
  }

  required(path: FieldPath, detail = ""): void {
    this.list.push(fieldErrors.required(path.toString(), detail));
  }

  invalid(path: FieldPath, value: unknown, detail: string): void {
    this.list.push(fieldErrors.invalid(path.toString(), value, detail));
  }

  /** The value is not shown: too long to read, or nobody's to see. */
  invalidUnshown(path: FieldPath, detail: string): void {
    this.list.push(fieldErrors.invalidUnshown(path.toString(), detail));
  }

  /** One error for each message. */
  invalidAll(path: FieldPath, value: unknown, messages: readonly string[]): void {
    for (const message of messages) this.invalid(path, value, message);
  }

  notSupported(path: FieldPath, value: unknown, supported: readonly string[]): void {
    this.list.push(fieldErrors.notSupported(path.toString(), value, supported));
  }

  /** notSupported unless the value is one of them; absent counts as the empty string. */
  oneOf(path: FieldPath, value: string | undefined, supported: readonly string[]): void {
    if (!supported.includes(value ?? "")) this.notSupported(path, value ?? "", supported);
  }

  duplicate(path: FieldPath, value: unknown, detail = ""): void {
    this.list.push(fieldErrors.duplicate(path.toString(), value, detail));
  }

  forbidden(path: FieldPath, detail: string): void {
    this.list.push(fieldErrors.forbidden(path.toString(), detail));
  }

  notFound(path: FieldPath, value: unknown, detail = ""): void {
    this.list.push(fieldErrors.notFound(path.toString(), value, detail));
  }

  tooLong(path: FieldPath, maximumBytes: number): void {
    this.list.push(fieldErrors.tooLong(path.toString(), maximumBytes));
  }

  tooMany(path: FieldPath, actual: number, maximum: number): void {
    this.list.push(fieldErrors.tooMany(path.toString(), actual, maximum));
  }

  internal(path: FieldPath, detail: string): void {
    this.list.push(fieldErrors.internal(path.toString(), detail));
  }

  /** Zero or more. */
  nonNegative(path: FieldPath, value: number | undefined | null): void {
    if (value !== undefined && value !== null && value < 0) {
      this.invalid(path, value, "must be greater than or equal to 0");
    }
  }

  immutable(path: FieldPath, value: unknown, same: boolean): void {
    if (!same) this.invalid(path, value, immutableDetail);
  }
}
