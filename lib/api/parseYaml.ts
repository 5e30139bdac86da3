import { readYaml, YamlError } from "./readYaml.js";

/**
 * The value of a YAML text with one document, as Go's library reads it: version 1.1, where `0644`
 * is octal and `yes` is true. Integers beyond 2^53 are rounded. Throws an error that says what is
 * wrong, and mostly in which line.
 */
export function parseYaml(text: string): unknown {
  const { json, duplicates, hasMore } = located(text);
  const [duplicate] = duplicates;
  if (duplicate !== undefined) throw new Error(duplicate);
  if (hasMore) throw new Error("there are several documents, and only one can be read");
  return JSON.parse(Buffer.from(json).toString("utf8")) as unknown;
}

function located(text: string): ReturnType<typeof readYaml> {
  try {
    return readYaml(Buffer.from(text));
  } catch (error) {
    throw error instanceof YamlError ? new Error(error.located) : error;
  }
}
