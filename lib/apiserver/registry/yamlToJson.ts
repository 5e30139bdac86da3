import type { ParseOptions, ScalarTag, Tags } from "yaml";
import { goQuote } from "../../api/goQuote.js";
import { apiErrors } from "../../api/status.js";
import { yamlLibrary } from "../../api/yamlLibrary.js";

type Tag = Exclude<Tags[number], string>;

/** Longer integers are no int64 and no uint64; they are read as floating point. */
const maxIntegerText = 64;

/**
 * YAML 1.1 as Go's library reads it: neither times of day nor dates are anything but strings, an
 * integer is exact, and binary is text.
 */
const goTags = (tags: Tags): Tags => [
  ...tags.filter((tag) => typeof tag === "string" || !isReplaced(tag)).map(exact),
  binary,
];

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const binary: ScalarTag = {
  tag: "tag:yaml.org,2002:binary",
  resolve: (text: string, onError: (message: string) => void) => {
    const compact = text.replace(/[\r\n]/g, "");
    if (!base64.test(compact)) onError("!!binary value contains invalid base64 data");
    return Buffer.from(compact, "base64").toString("utf8");
  },
};

function isReplaced({ tag, format }: Tag): boolean {
  return format === "TIME" || tag === "tag:yaml.org,2002:timestamp" || tag === binary.tag;
}

/** An integer's tag, with those beyond 2^53 as BigInt; other tags as they are. */
function exact(tag: Tags[number]): Tags[number] {
  if (typeof tag === "string" || tag.tag !== "tag:yaml.org,2002:int") return tag;
  if (!("resolve" in tag) || "collection" in tag) return tag;
  const resolve = tag.resolve as ScalarTag["resolve"];
  return {
    ...(tag as ScalarTag),
    resolve: (text: string, onError: (message: string) => void, options: ParseOptions) => {
      if (text.length > maxIntegerText) return Number(text.replace(/_/g, ""));
      const value = resolve(text, onError, { ...options, intAsBigInt: true });
      if (typeof value !== "bigint") return value;
      return Number.isSafeInteger(Number(value)) ? Number(value) : value;
    },
  };
}

/** What Go's reader refuses before anything is parsed: everything that is not printable text. */
const control = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** YAML as JSON. Keys that a map has twice are told to `duplicate`; the last counts. */
export function yamlToJson(
  body: Uint8Array,
  duplicate: (message: string) => void = () => undefined,
): Uint8Array {
  const { isScalar, LineCounter, parseAllDocuments, visit } = yamlLibrary();
  const lines = new LineCounter();
  const text = Buffer.from(body).toString("utf8");
  if (control.test(text)) throw notYaml("control characters are not allowed");
  const documents = parsed(() =>
    parseAllDocuments(text, {
      customTags: goTags,
      lineCounter: lines,
      uniqueKeys: false,
      version: "1.1",
    }),
  );
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
  return Buffer.from(parsed(() => jsonText(document.toJS({ maxAliasCount: 100 }))));
}

/** JSON with exact integers. Throws where the value nests too deep or holds itself. */
function jsonText(value: unknown): string {
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new Error(`unsupported value: ${value}`);
  }
  if (Array.isArray(value)) return `[${value.map(jsonText).join()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const members = Object.entries(value).map(
    ([key, member]) => `${JSON.stringify(key)}:${jsonText(member)}`,
  );
  return `{${members.join()}}`;
}

function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw notYaml(error);
  }
}

/** The runtime's words for a recursion that went too deep, which the parser hands on. */
const stackMessage = "Maximum call stack size exceeded";

function notYaml(error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error);
  const why = message.startsWith(stackMessage) ? "the document nests too deep" : message;
  return apiErrors.badRequest(`error converting YAML to JSON: yaml: ${why}`);
}
