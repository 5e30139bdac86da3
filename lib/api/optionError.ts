/**
 * An argument or option of a function of this package is unknown, missing or makes no sense.
 *
 * @example
 * ```ts
 * import { OptionError, workQueue } from "steersman";
 *
 * try {
 *   workQueue("");
 * } catch (error) {
 *   if (!(error instanceof OptionError)) throw error;
 *   console.log(error.option); // → name
 * }
 * ```
 */
export class OptionError extends TypeError {
  /** The name of what is wrong. */
  readonly option: string;

  constructor(option: string, message: string) {
    super(`${option}: ${message}`);
    this.name = "OptionError";
    this.option = option;
  }
}
