import { flagCapability } from "../../api/capabilities/flags/flagCapability.js";
import { FlagError, type FlagValues } from "./flagValues.js";

/**
 * Flags on the command line that have no effect yet, sorted, for one line of the log; the default
 * said once more is none. Throws a FlagError that names the first flag that guards something and
 * does not do so yet.
 */
export function checkFlags(component: string, values: FlagValues): string[] {
  const inert = values.setNames().filter((flag) => {
    if (values.isDefault(flag)) return false;
    const capability = flagCapability(component, flag, values.written(flag).join(","));
    if (capability.state === "refused") throw new FlagError(`--${flag}: ${capability.why}`);
    return capability.state === "inert";
  });
  return inert.sort();
}
