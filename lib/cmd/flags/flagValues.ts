import { parseDurationMilliseconds } from "../../api/time.js";
import type { FlagDefinition } from "./flagTable.js";

/** Something is wrong with the command line: one line for the user, exit code 1. */
export class FlagError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "FlagError";
  }
}

const listTypes = new Set(["strings", "stringArray", "int32Slice", "namedCertKey", "[]v1.Taint"]);
const mapTypes = new Set([
  "mapStringString",
  "mapStringBool",
  "stringToString",
  "colonSeparatedMultimapStringString",
]);

function badValue(definition: FlagDefinition, value: string, why: string): FlagError {
  return new FlagError(
    `invalid argument ${JSON.stringify(value)} for "--${definition.name}" flag: ${why}`,
  );
}

function check(definition: FlagDefinition, value: string): void {
  switch (definition.type) {
    case "bool":
      if (!/^(?:1|t|true|0|f|false)$/i.test(value)) {
        throw badValue(definition, value, `"${value}" is neither true nor false`);
      }
      break;
    case "int":
    case "int32":
    case "Level":
      if (!/^[+-]?\d+$/.test(value)) throw badValue(definition, value, "not a whole number");
      break;
    case "float":
    case "float32":
      if (value === "" || Number.isNaN(Number(value))) {
        throw badValue(definition, value, "not a number");
      }
      break;
    case "duration":
      try {
        parseDurationMilliseconds(value);
      } catch {
        throw badValue(definition, value, "not a duration such as 300ms, 10s or 2h45m");
      }
      break;
    default:
  }
}

/**
 * The values of one command line. Reading a flag marks it as having an effect: what is set but
 * never read is
 * reported once (see unreadSet), and docs/flags.md is checked against what is never read at all.
 */
export class FlagValues {
  readonly #definitions: ReadonlyMap<string, FlagDefinition>;
  readonly #set = new Map<string, string[]>();
  readonly #read = new Set<string>();

  constructor(definitions: readonly FlagDefinition[]) {
    this.#definitions = new Map(definitions.map((definition) => [definition.name, definition]));
  }

  get definitions(): readonly FlagDefinition[] {
    return [...this.#definitions.values()];
  }

  /** Adds one occurrence on the command line. Throws FlagError. */
  add(name: string, value: string): void {
    const definition = this.#definitions.get(name);
    if (!definition) throw new FlagError(`unknown flag: --${name}`);
    check(definition, value);
    const values = this.#set.get(name);
    const isMany = listTypes.has(definition.type) || mapTypes.has(definition.type);
    if (values && isMany) values.push(value);
    else this.#set.set(name, [value]);
  }

  isSet(name: string): boolean {
    return this.#set.has(name);
  }

  #raw(name: string): string[] {
    const definition = this.#definitions.get(name);
    if (!definition) throw new Error(`no flag ${name}`);
    this.#read.add(name);
    return this.#set.get(name) ?? [definition.default];
  }

  string(name: string): string {
    return this.#raw(name).at(-1) as string;
  }

  boolean(name: string): boolean {
    return /^(?:1|t|true)$/i.test(this.string(name));
  }

  integer(name: string): number {
    return Number.parseInt(this.string(name), 10);
  }

  number(name: string): number {
    return Number(this.string(name));
  }

  /** Milliseconds. */
  duration(name: string): number {
    return parseDurationMilliseconds(this.string(name));
  }

  /**
   * Comma-separated (but stringArray: whole) and repeated values, in order. An empty value is no
   * entry.
   */
  strings(name: string): string[] {
    const whole = this.#definitions.get(name)?.type === "stringArray";
    return this.#raw(name)
      .flatMap((value) => {
        const inner = /^\[.*\]$/.test(value) ? value.slice(1, -1) : value;
        return whole ? [inner] : inner.split(",");
      })
      .map((value) => value.trim())
      .filter((value) => value !== "");
  }

  /** `a=b,c=d`. A key without a value has the value "". */
  map(name: string): ReadonlyMap<string, string> {
    const entries = this.strings(name).map((pair): [string, string] => {
      const separator = pair.indexOf("=");
      return separator < 0
        ? [pair, ""]
        : [pair.slice(0, separator).trim(), pair.slice(separator + 1).trim()];
    });
    return new Map(entries);
  }

  /** Flags on the command line whose value nothing has read: they have no effect. */
  unreadSet(): string[] {
    return [...this.#set.keys()].filter((name) => !this.#read.has(name));
  }

  /** All flags that nothing has read. */
  unread(): string[] {
    return [...this.#definitions.keys()].filter((name) => !this.#read.has(name));
  }
}
