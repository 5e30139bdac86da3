import { asksForNothing, configFieldCapability } from "../api/capabilities/configFields.js";
import { FlagError } from "./flags/flagValues.js";

export type Json = Record<string, unknown>;

/** A field that is no pointer upstream and holds this says no more than one that is not there. */
export function isZero(value: unknown): boolean {
  return (
    value === 0 ||
    value === "" ||
    (typeof value === "string" && /^(?:0|(?:0(?:\.0+)?(?:h|m|s|ms|us|µs|ns))+)$/.test(value))
  );
}

function isTree(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Paths of the fields in a component's file, for example `iptables.syncPeriod`, that say something
 * and of which none is in `known`: unknown ones, and those that nothing reads yet.
 */
export function fieldsBeyond(
  component: string,
  tree: Json,
  known: ReadonlySet<string>,
  prefix = "",
): string[] {
  return Object.entries(tree).flatMap(([name, value]) => {
    const path = `${prefix}${name}`;
    if (known.has(path) || value === null || value === undefined || isZero(value)) return [];
    if (isTree(value)) return fieldsBeyond(component, value, known, `${path}.`);
    return asksForNothing(component, path, value) ? [] : [path];
  });
}

/**
 * Throws a FlagError that names the first field of a component's file that guards something and
 * does not do so yet.
 */
export function checkFields(component: string, file: string, tree: Json, prefix = ""): void {
  for (const [name, value] of Object.entries(tree)) {
    const path = `${prefix}${name}`;
    if (value === null || value === undefined || isZero(value)) continue;
    const capability = configFieldCapability(component, path, value);
    if (capability.state === "refused") {
      throw new FlagError(`--config ${file}: ${path}: ${capability.why}`);
    }
    if (isTree(value)) checkFields(component, file, value, `${path}.`);
  }
}
