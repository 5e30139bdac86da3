import { gateCapability } from "../../api/capabilities/featureGates.js";
import { FlagError, type FlagValues } from "./flagValues.js";

function isOn(gate: string, text: string): boolean {
  if (/^(?:1|t|true)$/i.test(text)) return true;
  if (/^(?:0|f|false)$/i.test(text)) return false;
  throw new FlagError(
    `--feature-gates: ${gate}: ${JSON.stringify(text)} is neither true nor false`,
  );
}

/**
 * Reads --feature-gates, each `Gate=true` or `component:Gate=true`. Resolves to those that have no
 * effect, for the log. Throws a FlagError for a gate that is unknown and switched off.
 */
export function checkFeatureGates(values: FlagValues): string[] {
  return [...values.map("feature-gates")].flatMap(([written, text]) => {
    const gate = written.slice(written.indexOf(":") + 1);
    const capability = gateCapability(gate, isOn(gate, text));
    if (capability.state === "works") return [];
    if (capability.state === "inert") return [`${gate}: ${capability.why}`];
    throw new FlagError(`--feature-gates: ${gate}: ${capability.why}`);
  });
}
