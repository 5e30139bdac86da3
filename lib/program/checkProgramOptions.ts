import { checkOptions, having, type OptionChecks, shown } from "../api/optionChecks.js";
import { OptionError } from "../api/optionError.js";

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
