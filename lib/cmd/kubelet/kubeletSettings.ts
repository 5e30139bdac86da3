import type { Taint } from "../../api/gen/types/coreV1.js";
import { parseYaml } from "../../api/parseYaml.js";
import { parseDurationMilliseconds } from "../../api/time.js";
import { checkFields, fieldsBeyond, isZero, type Json } from "../configurationFields.js";
import { FlagError, type FlagValues } from "../flags/flagValues.js";
import { type FieldName, type KubeletField, kubeletFields } from "./kubeletFields.js";

function readPath(tree: Json, path: string): unknown {
  let current: unknown = tree;
  for (const part of path.split(".")) {
    if (typeof current !== "object" || current === null) return undefined;
    current = (current as Json)[part];
  }
  return current ?? undefined;
}

function writePath(tree: Json, path: string, value: unknown): void {
  const parts = path.split(".");
  const last = parts.pop() as string;
  let parent = tree;
  for (const part of parts) {
    parent[part] ??= {};
    parent = parent[part] as Json;
  }
  parent[last] = value;
}

/** Reads the file of --config. Throws a FlagError that names the file. */
export function parseKubeletConfiguration(text: string, file: string): Json {
  let tree: unknown;
  try {
    tree = parseYaml(text);
  } catch (error) {
    const why = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new FlagError(`--config ${file}: ${why}`);
  }
  const json = (tree ?? {}) as Json;
  if (json.kind !== "KubeletConfiguration") {
    throw new FlagError(`--config ${file}: kind is not KubeletConfiguration`);
  }
  if (json.apiVersion !== "kubelet.config.k8s.io/v1beta1") {
    throw new FlagError(`--config ${file}: apiVersion ${String(json.apiVersion)} is not known`);
  }
  checkFields("kubelet", file, json);
  return json;
}

/**
 * The kubelet's settings by kubeletFields' names: a flag on the command line wins over the file,
 * the file over the default. Throws a FlagError where the file's value does not fit.
 */
export class KubeletSettings {
  readonly #flags: FlagValues;
  readonly #flagNames: ReadonlySet<string>;
  readonly #config: Json | undefined;

  constructor(flags: FlagValues, config: Json | undefined) {
    this.#flags = flags;
    this.#flagNames = new Set(flags.definitions.map(({ name }) => name));
    this.#config = config;
  }

  /** The file names the field, and no flag overrules it. */
  isFromFile(name: FieldName): boolean {
    return this.#inFile(name) !== undefined;
  }

  #inFile(name: FieldName): unknown {
    if (this.#config === undefined) return undefined;
    if (this.#flagNames.has(name) && this.#flags.isSet(name)) return undefined;
    const { path, zero }: KubeletField = kubeletFields[name];
    const value = readPath(this.#config, path);
    return zero !== true && isZero(value) ? undefined : value;
  }

  /** Fields of the file, by their paths, that are unknown or not read yet. */
  withoutEffect(): string[] {
    const paths = Object.values(kubeletFields).map(({ path }) => path);
    const known = new Set<string>([...paths, "kind", "apiVersion"]);
    return fieldsBeyond("kubelet", this.#config ?? {}, known);
  }

  /** Of the file or, where that counts, a default; undefined where the flag's value holds. */
  #value(name: FieldName): unknown {
    const { fallback }: KubeletField = kubeletFields[name];
    const isFlag = this.#flagNames.has(name);
    const isByFlag = isFlag && (this.#config === undefined || this.#flags.isSet(name));
    return this.#inFile(name) ?? (isByFlag ? undefined : fallback);
  }

  #misfit(name: FieldName, what: string): FlagError {
    const value = JSON.stringify(this.#inFile(name));
    return new FlagError(`--config: ${kubeletFields[name].path}: ${value} is no ${what}`);
  }

  string(name: FieldName<"string">): string {
    const value = this.#value(name) ?? this.#flags.string(name);
    if (typeof value === "string" || typeof value === "number") return String(value);
    throw this.#misfit(name, "text");
  }

  boolean(name: FieldName<"boolean">): boolean {
    const value = this.#value(name) ?? this.#flags.boolean(name);
    if (typeof value === "boolean") return value;
    throw this.#misfit(name, "boolean");
  }

  integer(name: FieldName<"integer">): number {
    const value = this.#value(name) ?? this.#flags.integer(name);
    if (Number.isInteger(value)) return value as number;
    throw this.#misfit(name, "integer");
  }

  /** Milliseconds. */
  duration(name: FieldName<"duration">): number {
    const value = this.#value(name);
    if (value === undefined) return this.#flags.duration(name);
    try {
      return parseDurationMilliseconds(String(value));
    } catch {
      throw this.#misfit(name, "duration");
    }
  }

  strings(name: FieldName<"strings">): string[] {
    const value = this.#value(name) ?? this.#flags.strings(name);
    if (Array.isArray(value) && value.every((one) => typeof one === "string")) return value;
    throw this.#misfit(name, "list of texts");
  }

  map(name: FieldName<"map">): ReadonlyMap<string, string> {
    const value = this.#value(name);
    if (value === undefined) return this.#flags.map(name);
    if (typeof value !== "object" || Array.isArray(value)) throw this.#misfit(name, "map");
    return new Map(Object.entries(value as Json).map(([key, text]) => [key, String(text)]));
  }

  /** `key=value:effect`, or the file's list. */
  taints(name: FieldName<"taints">): Taint[] {
    const value = this.#value(name);
    if (Array.isArray(value)) return value as Taint[];
    if (value !== undefined) throw this.#misfit(name, "list of taints");
    return this.#flags.strings(name).map((text) => {
      const match = /^([^=:]+)(?:=([^:]*))?:(NoSchedule|PreferNoSchedule|NoExecute)$/.exec(text);
      if (!match) throw new FlagError(`invalid argument "${text}" for "--${name}" flag`);
      const [, key = "", taintValue, effect = ""] = match;
      return { key, effect, ...(taintValue ? { value: taintValue } : {}) };
    });
  }

  /** KubeletConfiguration as it is in effect, for /configz. */
  effective(): object {
    const tree: Json = structuredClone(this.#config ?? {});
    tree.kind = "KubeletConfiguration";
    tree.apiVersion = "kubelet.config.k8s.io/v1beta1";
    for (const name of Object.keys(kubeletFields) as FieldName[]) {
      if (this.isFromFile(name)) continue;
      writePath(tree, kubeletFields[name].path, this.#shown(name));
    }
    return tree;
  }

  #shown(name: FieldName): unknown {
    const { kind }: KubeletField = kubeletFields[name];
    switch (kind) {
      case "boolean":
        return this.boolean(name as FieldName<"boolean">);
      case "integer":
        return this.integer(name as FieldName<"integer">);
      case "strings":
        return this.strings(name as FieldName<"strings">);
      case "taints":
        return this.taints(name as FieldName<"taints">);
      case "map":
        return Object.fromEntries(this.map(name as FieldName<"map">));
      default:
        return this.#value(name) ?? this.#flags.string(name);
    }
  }
}
