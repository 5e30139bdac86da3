import { readYaml, yamlJson } from "./readYaml.js";

/**
 * The value of a YAML text with one document, as Go's library reads it: version 1.1, where `0644`
 * is octal and `yes` is true. Integers beyond 2^53 are rounded. It may use up to 100 aliases.
 * Throws an error that says what is wrong, and mostly where.
 */
export function parseYaml(text: string): unknown {
  const { documents, value } = readYaml(Buffer.from(text), (message) => {
    throw new Error(message);
  });
  if (documents > 1) throw new Error("there are several documents, and only one can be read");
  return JSON.parse(yamlJson(value)) as unknown;
}
