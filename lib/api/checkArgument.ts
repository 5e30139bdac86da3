import { type OptionCheck, shown } from "./optionChecks.js";
import { OptionError } from "./optionError.js";

/** Throws an OptionError with the argument's name where its value is not as it should be. */
export function checkArgument(name: string, value: unknown, check: OptionCheck): void {
  const wanted = check(value);
  if (wanted !== undefined) throw new OptionError(name, `${shown(value)} is not ${wanted}`);
}
