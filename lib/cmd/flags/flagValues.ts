import { parseIp } from "../../api/ipAddress.js";
import { formatDuration, parseDuration, parseDurationMilliseconds } from "../../api/time.js";
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
/** Of these, a value without `=` is an error. */
const pairTypes = new Set(["mapStringString", "mapStringBool", "stringToString"]);

function badValue(definition: FlagDefinition, value: string, why: string): FlagError {
  const short = definition.short ? `-${definition.short}, ` : "";
  return new FlagError(
    `invalid argument ${JSON.stringify(value)} for "${short}--${definition.name}" flag: ${why}`,
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
      checkInteger(definition, value);
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
    case "ip":
      if (value !== "" && parseIp(value) === undefined) {
        throw badValue(definition, value, "not an IP address");
      }
      break;
    case "version[=true]":
      if (!/^(?:1|t|true|0|f|false|raw)$/i.test(value)) {
        throw badValue(definition, value, "it may be true, false or raw");
      }
      break;
    default:
      if (pairTypes.has(definition.type)) checkPairs(definition, value);
  }
}

function checkPairs(definition: FlagDefinition, value: string): void {
  for (const pair of value.split(",")) {
    if (pair.trim() !== "" && !pair.includes("=")) {
      throw badValue(definition, value, `malformed pair ${JSON.stringify(pair)}, expect key=value`);
    }
  }
}

/** Decimal, or with Go's prefixes 0x, 0o and 0b. */
function integerOf(text: string): number {
  const match = /^([+-]?)(0x[0-9a-f]+|0o[0-7]+|0b[01]+|\d+)$/i.exec(text);
  return match ? (match[1] === "-" ? -1 : 1) * Number(match[2]) : Number.NaN;
}

function checkInteger(definition: FlagDefinition, value: string): void {
  const number = integerOf(value);
  if (Number.isNaN(number)) throw badValue(definition, value, "not a whole number");
  const limit = definition.type === "int" ? 2 ** 63 : 2 ** 31;
  if (number < -limit || number >= limit) throw badValue(definition, value, "value out of range");
}

/**
 * The values of one command line. Reading a flag marks it as having an effect: what is set but
 * never read is reported once (see unreadSet).
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

  /** The component has such a flag. */
  has(name: string): boolean {
    return this.#definitions.has(name);
  }

  isSet(name: string): boolean {
    return this.#set.has(name);
  }

  /** Flags on the command line, in the order of their first occurrence. */
  setNames(): string[] {
    return [...this.#set.keys()];
  }

  /** As on the command line, one occurrence after the other. Reads nothing (see unreadSet). */
  written(name: string): readonly string[] {
    return this.#set.get(name) ?? [];
  }

  /** What is in effect is the default, whether it was given or not. Reads nothing. */
  isDefault(name: string): boolean {
    const definition = this.#definitions.get(name);
    const values = this.#set.get(name);
    if (!definition || !values) return true;
    return shown(definition, values) === shown(definition, [definition.default]);
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
    return integerOf(this.string(name));
  }

  number(name: string): number {
    return Number(this.string(name));
  }

  /** Milliseconds. */
  duration(name: string): number {
    return parseDurationMilliseconds(this.string(name));
  }

  /**
   * Comma-separated (but stringArray and namedCertKey: whole) and repeated values, in order. An
   * empty value is no entry.
   */
  strings(name: string): string[] {
    const whole = /^(?:stringArray|namedCertKey)$/.test(this.#definitions.get(name)?.type ?? "");
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

  /** Every flag and its value in effect, as /flagz shows them. Reads none in the sense above. */
  inEffect(): ReadonlyMap<string, string> {
    const entries = this.definitions.map((definition): [string, string] => {
      const values = this.#set.get(definition.name) ?? [definition.default];
      return [definition.name, shown(definition, values)];
    });
    return new Map(entries);
  }

  /** Other values of the same flags: only those of the named ones are as on the command line. */
  only(...names: readonly string[]): FlagValues {
    const values = new FlagValues(this.definitions);
    for (const name of names) {
      for (const value of this.#set.get(name) ?? []) values.add(name, value);
    }
    return values;
  }

  /** Flags on the command line that are deprecated and have their effect still. */
  deprecatedSet(): string[] {
    return [...this.#set.keys()].filter(
      (name) => this.#definitions.get(name)?.deprecated === true && this.#read.has(name),
    );
  }

  /** Flags on the command line, beside defaults, that nothing has read: they have no effect. */
  unreadSet(): string[] {
    return [...this.#set.keys()].filter((name) => !this.#read.has(name) && !this.isDefault(name));
  }
}

/** A value as Go's flags print it. */
function shown({ type }: FlagDefinition, values: readonly string[]): string {
  const last = values.at(-1) ?? "";
  if (listTypes.has(type))
    return `[${values.map((value) => value.replace(/^\[|\]$/g, "")).join(",")}]`;
  if (mapTypes.has(type)) return values.join(",");
  if (type === "bool") return String(/^(?:1|t|true)$/i.test(last));
  if (type === "duration") return formatDuration(parseDuration(last));
  return last;
}
