import { checkOptions, having, type OptionChecks, shown } from "../api/optionChecks.js";

/**
 * An argument or option of a function of this package is unknown, missing or makes no sense.
 *
 * ```ts
 * import { OptionError, workQueue } from "steersman";
 *
 * try {
 *   workQueue("");
 * } catch (error) {
 *   if (!(error instanceof OptionError)) throw error;
 *   console.log(error.option);
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

const isClient = having(
  "a client, as `cluster.client` or what `connect()` gives",
  "resource",
  "raw",
);

/** Throws an OptionError that names the first option that is wrong. */
export function checkProgramOptions(
  options: unknown,
  checks: OptionChecks,
  required: readonly string[] = [],
): void {
  const failure = (option: string, message: string): Error => new OptionError(option, message);
  checkOptions(options, checks, failure, { required });
}

/** Throws an OptionError for what is no client. */
export function checkClient(client: unknown): void {
  const wanted = isClient(client);
  if (wanted !== undefined) throw new OptionError("client", `${shown(client)} is not ${wanted}`);
}
