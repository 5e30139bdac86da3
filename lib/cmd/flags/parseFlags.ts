import { flagRows } from "../../api/capabilities/flags/flagCapability.js";
import type { FlagDefinition } from "./flagTable.js";
import { flagText } from "./flagTexts.js";
import { FlagError, FlagValues } from "./flagValues.js";

/** Flags that may stand without a value, and what that means. */
const valueWithoutArgument: Readonly<Record<string, string>> = {
  bool: "true",
  "version[=true]": "true",
  RuntimeDefault: "true",
};

/**
 * Reads a command line as upstream's pflag does: `--name=value`, `--name value`, `--bool`, `-v=2`,
 * `-v 2`, `-v2`;
 * underscores in names mean dashes; `--` ends the flags. Throws FlagError for unknown flags, bad
 * values and
 * arguments that are no flags.
 */
export function parseFlags(
  definitions: readonly FlagDefinition[],
  args: readonly string[],
): FlagValues {
  const values = new FlagValues(definitions);
  const byName = new Map(definitions.map((definition) => [definition.name, definition]));
  const byShort = new Map(
    definitions.flatMap((definition) =>
      definition.short ? [[definition.short, definition] as const] : [],
    ),
  );
  let position = 0;
  const take = (definition: FlagDefinition, inline: string | undefined, written: string): void => {
    let value = inline ?? valueWithoutArgument[definition.type];
    if (value === undefined) {
      value = args[position++];
      if (value === undefined) throw new FlagError(`flag needs an argument: ${written}`);
    }
    values.add(definition.name, value);
  };
  const takeShort = (argument: string): void => {
    for (let at = 1; at < argument.length; at++) {
      const letter = argument[at] as string;
      const definition = byShort.get(letter);
      if (!definition) {
        throw new FlagError(`unknown shorthand flag: '${letter}' in ${argument}`);
      }
      const rest = argument.slice(at + 1);
      const written = `'${letter}' in ${argument}`;
      const isAlone = valueWithoutArgument[definition.type] !== undefined && !rest.startsWith("=");
      if (isAlone) {
        take(definition, undefined, written);
        continue;
      }
      take(definition, rest === "" ? undefined : rest.replace(/^=/, ""), written);
      return;
    }
  };
  while (position < args.length) {
    const argument = args[position++] as string;
    if (argument === "--") break;
    if (argument.startsWith("--")) {
      const separator = argument.indexOf("=");
      const written = separator < 0 ? argument.slice(2) : argument.slice(2, separator);
      const name = written.replaceAll("_", "-");
      const definition = byName.get(name);
      if (!definition) throw new FlagError(`unknown flag: --${written}`);
      const value = separator < 0 ? undefined : argument.slice(separator + 1);
      take(definition, value, `--${written}`);
    } else if (argument.startsWith("-") && argument.length > 1) {
      takeShort(argument);
    } else {
      throw new FlagError(`unknown command or argument ${JSON.stringify(argument)}`);
    }
  }
  if (position < args.length) throw new FlagError(`unexpected argument ${args[position]}`);
  return values;
}

/**
 * The text of --help: each flag with its type, what it says, whether it does that yet, its default
 * and its deprecation.
 */
export function describeFlags(component: string, definitions: readonly FlagDefinition[]): string {
  const rows = [...definitions]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((definition) => {
      const short = definition.short ? `-${definition.short}, ` : "    ";
      const optional = definition.type === "bool" || definition.type === "version[=true]";
      const type = optional ? "" : ` ${definition.type}`;
      const isZero = ["", "0", "0s", "false", "[]"].includes(definition.default);
      const value = isZero ? "" : ` (default ${quoteDefault(definition)})`;
      const deprecated = definition.deprecated ? ` (DEPRECATED: kept for older units)` : "";
      const left = `  ${short}--${definition.name}${type}`.padEnd(58);
      const text = flagText(component, definition.name);
      const says = text === undefined ? "" : ` ${text}${stateOf(component, definition.name)}`;
      return `${left}${says}${value}${deprecated}`;
    });
  return `Usage:\n  ${component} [flags]\n\nFlags:\n${rows.map((row) => row.trimEnd()).join("\n")}\n`;
}

/** Whether a flag does what its text says, with whatever value. */
function stateOf(component: string, flag: string): string {
  const rows = flagRows[component]?.filter((row) => row.flags.includes(flag)) ?? [];
  const row = rows.find(({ when }) => when === undefined);
  if (row === undefined) return "";
  return row.state === "refused" ? "; refused as yet" : "; no effect yet";
}

function quoteDefault(definition: FlagDefinition): string {
  return definition.type === "string" ? JSON.stringify(definition.default) : definition.default;
}
