import type { Tags } from "yaml";
import { goQuote } from "../../api/goQuote.js";
import { apiErrors } from "../../api/status.js";
import { yamlLibrary } from "../../api/yamlLibrary.js";

/** YAML 1.1 as Go's library reads it: neither times of day nor dates are anything but strings. */
const stringsOnly = (tags: Tags): Tags =>
  tags.filter((tag) => typeof tag === "string" || !isTime(tag));

function isTime(tag: Exclude<Tags[number], string>): boolean {
  return tag.format === "TIME" || tag.tag === "tag:yaml.org,2002:timestamp";
}

/** YAML as JSON. Keys that a map has twice are told to `duplicate`; the last counts. */
export function yamlToJson(
  body: Uint8Array,
  duplicate: (message: string) => void = () => undefined,
): Uint8Array {
  const { isScalar, LineCounter, parseAllDocuments, visit } = yamlLibrary();
  const lines = new LineCounter();
  const documents = parseAllDocuments(Buffer.from(body).toString("utf8"), {
    customTags: stringsOnly,
    lineCounter: lines,
    uniqueKeys: false,
    version: "1.1",
  });
  // Of several documents the first is read.
  const document = Array.isArray(documents) ? documents[0] : undefined;
  if (document === undefined) return Buffer.from("null");
  const [problem] = document.errors;
  if (problem !== undefined) throw notYaml(problem);
  visit(document, {
    Map(_, map) {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        const { line } = lines.linePos(key.range?.[0] ?? 0);
        const text = String(key.value);
        if (seen.has(text)) duplicate(`line ${line}: key ${goQuote(text)} already set in map`);
        seen.add(text);
      }
    },
  });
  try {
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    return Buffer.from(JSON.stringify(value ?? null));
  } catch (error) {
    throw notYaml(error);
  }
}

function notYaml(error: unknown): Error {
  const why = error instanceof Error ? error.message : String(error);
  return apiErrors.badRequest(`error converting YAML to JSON: yaml: ${why}`);
}
