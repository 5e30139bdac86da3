import { createRequire } from "node:module";
import type * as Yaml from "yaml";

let loaded: typeof Yaml | undefined;

/**
 * The value of a YAML text with one document, which may use up to 100 aliases. Throws an error
 * that names line and column. The library is loaded when somebody first sends YAML: most programs
 * never do, and it is large.
 */
export function parseYaml(text: string): unknown {
  loaded ??= createRequire(import.meta.url)("yaml") as typeof Yaml;
  return loaded.parse(text);
}
