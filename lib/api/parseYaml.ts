import { yamlLibrary } from "./yamlLibrary.js";

/**
 * The value of a YAML text with one document, which may use up to 100 aliases. Throws an error
 * that names line and column.
 */
export function parseYaml(text: string): unknown {
  return yamlLibrary().parse(text);
}
