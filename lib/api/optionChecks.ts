import { isDns1123Label } from "./names.js";

/** Undefined, or what a value should have been. */
export type OptionCheck = (value: unknown) => string | undefined;
export type OptionChecks = Readonly<Record<string, OptionCheck>>;
/** Makes the error that is thrown; `option` is the name of what is wrong. */
export type OptionFailure = (option: string, message: string) => Error;

/** A whole number within both. */
export function whole(from: number, to: number): OptionCheck {
  return (value) =>
    Number.isInteger(value) && (value as number) >= from && (value as number) <= to
      ? undefined
      : `a whole number from ${from} to ${to}`;
}

export const text: OptionCheck = (value) =>
  typeof value === "string" && value !== "" ? undefined : "a text that is not empty";
export const string: OptionCheck = (value) => (typeof value === "string" ? undefined : "a text");
export const flag: OptionCheck = (value) =>
  typeof value === "boolean" ? undefined : "true or false";
export const object: OptionCheck = (value) =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? undefined : "an object";
export const texts: OptionCheck = (value) =>
  Array.isArray(value) && value.every((one) => typeof one === "string")
    ? undefined
    : "a list of texts";
export const seconds: OptionCheck = (value) =>
  typeof value === "number" && value >= 0 ? undefined : "a number of seconds from 0 on";
export const milliseconds: OptionCheck = (value) =>
  typeof value === "number" && value >= 0 ? undefined : "a number of milliseconds from 0 on";
export const callable: OptionCheck = (value) =>
  typeof value === "function" ? undefined : "a function";
export const abortSignal: OptionCheck = (value) =>
  value instanceof AbortSignal ? undefined : "an AbortSignal";
export const namespaceName: OptionCheck = (value) =>
  typeof value === "string" && isDns1123Label(value).length === 0
    ? undefined
    : "a name of a namespace";

/** An object with these functions or objects. */
export function having(what: string, ...members: readonly string[]): OptionCheck {
  return (value) => {
    const isObject = typeof value === "object" && value !== null;
    const has = (name: string): boolean => (value as Record<string, unknown>)[name] !== undefined;
    return isObject && members.every(has) ? undefined : what;
  };
}

export function oneOf(...values: readonly string[]): OptionCheck {
  return (value) =>
    values.includes(value as string) ? undefined : values.map((one) => `"${one}"`).join(" or ");
}

export const logger: OptionCheck = having("a logger", "info", "warning", "error", "shows", "named");
const clockAndRandom = ["clock", "random"] as const;
/** What programs need of a platform. */
export const someMachine: OptionCheck = having(
  "a platform with clock and random",
  ...clockAndRandom,
);
export const platform: OptionCheck = having(
  "a platform",
  ...clockAndRandom,
  ...["network", "files", "processes", "host"],
);

/** A value as a message shows it. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(shown).join(", ")}]`;
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/**
 * Throws for the first option that is unknown, makes no sense, or is missing though it is required.
 * Options that are undefined count as absent.
 */
export function checkOptions(
  options: unknown,
  checks: OptionChecks,
  failure: OptionFailure,
  more: { readonly inside?: string; readonly required?: readonly string[] } = {},
): void {
  const { inside = "", required = [] } = more;
  if (object(options) !== undefined) {
    throw failure(
      inside === "" ? "options" : inside.slice(0, -1),
      `${shown(options)} is not an object`,
    );
  }
  const given = options as Readonly<Record<string, unknown>>;
  for (const [name, value] of Object.entries(given)) {
    const option = `${inside}${name}`;
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (check === undefined) {
      const known = Object.keys(checks).sort().join(", ");
      throw failure(option, `no such option; there are ${known}`);
    }
    const wanted = value === undefined ? undefined : check(value);
    if (wanted !== undefined) throw failure(option, `${shown(value)} is not ${wanted}`);
  }
  for (const name of required) {
    if (given[name] !== undefined) continue;
    throw failure(`${inside}${name}`, "it is missing, and there is no default");
  }
}
