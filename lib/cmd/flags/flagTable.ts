/** One flag of a component, as its --help shows it. */
export interface FlagDefinition {
  readonly name: string;
  /** Upstream's type name, for example `duration` or `strings`. */
  readonly type: string;
  /** As written in a table; the type's zero value where there is none. */
  readonly default: string;
  readonly deprecated: boolean;
  readonly short: string | undefined;
}

const zeroValues: Readonly<Record<string, string>> = {
  bool: "false",
  int: "0",
  int32: "0",
  float: "0",
  float32: "0",
  duration: "0s",
  Level: "0",
  "version[=true]": "false",
};

/**
 * Reads a table with a flag a line: `name type [=default] [!] [-short]`, where `!` says deprecated.
 * A default may hold spaces only inside brackets.
 */
export function parseFlagTable(table: string): FlagDefinition[] {
  return table
    .trim()
    .split("\n")
    .map((line) => {
      const match = /^(\S+) (\S+)(?: =(.*?))?( !)?(?: -(\w))?$/.exec(line);
      if (!match) throw new Error(`flag table: ${line}`);
      const [, name = "", type = "", value, deprecated, short] = match;
      return {
        name,
        type,
        default: value ?? zeroValues[type] ?? "",
        deprecated: deprecated !== undefined,
        short,
      };
    });
}
