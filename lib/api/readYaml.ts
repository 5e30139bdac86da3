import { addon } from "../native/addon.js";

/** A YAML text that cannot be read. The message is upstream's: `yaml: line 2: did not find …`. */
export class YamlError extends Error {
  /** What is wrong and in which line; upstream's message may name none, or the one before. */
  readonly located: string;

  constructor(message: string, located: string) {
    super(message);
    this.name = "YamlError";
    this.located = located;
  }
}

export interface YamlDocument {
  /** Compact JSON, keys sorted; `null` where there is no document. */
  readonly json: Uint8Array;
  /** `line 2: key "a" already set in map`, at most 100. The last of equal keys counts. */
  readonly duplicates: readonly string[];
  /** Whether something follows the first document. It was not read. */
  readonly hasMore: boolean;
}

/**
 * The first document of a YAML text, as Go's library reads it: version 1.1, so that `0644` is
 * octal and `yes` is true. Throws a YamlError.
 */
export function readYaml(body: Uint8Array): YamlDocument {
  const read = addon.codecYamlToJson(body);
  if ("message" in read) throw new YamlError(read.message, read.located);
  return read;
}
