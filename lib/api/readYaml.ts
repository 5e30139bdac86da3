import type { Alias, Document, Node, ParseOptions, Scalar, ScalarTag, Tags, YAMLMap } from "yaml";
import { goQuote } from "./goQuote.js";
import { yamlLibrary } from "./yamlLibrary.js";

type Tag = Exclude<Tags[number], string>;

/** Longer integers are no int64 and no uint64; they are read as floating point. */
const maxIntegerText = 64;
const maxUint64 = 2n ** 64n - 1n;
const maxInt64 = 2n ** 63n - 1n;

const prefix = "tag:yaml.org,2002:";
const unread = ["timestamp", "binary", "omap", "pairs", "set"].map((name) => prefix + name);

/**
 * YAML 1.1 as Go's library reads it: neither times of day nor dates are anything but strings, an
 * integer is exact, a number that no float64 can hold is text, and so is binary.
 */
const goTags = (tags: Tags): Tags => [
  ...tags.filter((tag) => typeof tag === "string" || !isReplaced(tag)).map(exact),
  prefixed,
  binary,
];

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const binary: ScalarTag = {
  tag: `${prefix}binary`,
  resolve: (text: string, onError: (message: string) => void) => {
    const compact = text.replace(/[\r\n]/g, "");
    if (!base64.test(compact)) onError("!!binary value contains invalid base64 data");
    return Buffer.from(compact, "base64").toString("utf8");
  },
};

/** Integers whose prefix the library does not know: 0o17, and capital letters. */
const prefixed: ScalarTag = {
  tag: `${prefix}int`,
  default: true,
  test: /^[-+]?0(?:[oO][0-7_]+|X[0-9a-fA-F_]+|B[01_]+)$/,
  resolve: (text: string) => {
    const [sign, digits] = /^[-+]/.test(text) ? [text[0], text.slice(1)] : ["", text];
    const plain = digits.toLowerCase().replace(/_/g, "");
    if (plain.length < 3) return text;
    return inRange(sign === "-" ? -BigInt(plain) : BigInt(plain)) ?? text;
  },
};

function isReplaced({ tag, format }: Tag): boolean {
  return format === "TIME" || unread.includes(tag);
}

/** The integer as a number, beyond 2^53 as BigInt; undefined where neither int64 nor uint64 is. */
function inRange(value: bigint): number | bigint | undefined {
  if (value > maxUint64 || value < -maxInt64 - 1n) return undefined;
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

/** What Go's library takes for a floating point number, without underscores. */
const goFloat = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;

function floatOrText(text: string): number | string {
  const plain = text.replace(/_/g, "");
  return goFloat.test(plain) && Number.isFinite(Number(plain)) ? Number(plain) : text;
}

/** A number's tag as Go's library takes it; other tags as they are. */
function exact(tag: Tags[number]): Tags[number] {
  if (typeof tag === "string" || !("resolve" in tag) || "collection" in tag) return tag;
  const scalar = tag as ScalarTag;
  if (tag.tag === `${prefix}float`) {
    if (scalar.test?.test(".inf")) return tag;
    return { ...scalar, resolve: floatOrText };
  }
  if (tag.tag !== `${prefix}int`) return tag;
  return {
    ...scalar,
    resolve: (text: string, onError: (message: string) => void, options: ParseOptions) => {
      if (text.length > maxIntegerText) return floatOrText(text);
      const value = scalar.resolve(text, onError, { ...options, intAsBigInt: true });
      return typeof value === "bigint" ? (inRange(value) ?? floatOrText(text)) : value;
    },
  };
}

/** What Go's reader refuses before anything is parsed: everything that is not printable text. */
const control = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** UTF-8, or UTF-16 where a mark at the beginning says so. Nothing is replaced. */
function textOf(body: Uint8Array): string {
  const [first, second] = body;
  const encoding =
    first === 0xfe && second === 0xff
      ? "utf-16be"
      : first === 0xff && second === 0xfe
        ? "utf-16le"
        : "utf-8";
  let text: string;
  try {
    text = new TextDecoder(encoding, { fatal: true }).decode(body);
  } catch {
    throw new Error(`invalid ${encoding.toUpperCase()}`);
  }
  if (control.test(text)) throw new Error("control characters are not allowed");
  return text;
}

export interface YamlText {
  /** How many documents it has. Only the first is read. */
  readonly documents: number;
  /** As JSON's values, but integers beyond 2^53 are BigInt; null where there is no document. */
  readonly value: unknown;
}

/**
 * The first document of a YAML text, as Go's library reads it: version 1.1, so that `0644` is
 * octal and `yes` is true. It may use up to 100 aliases. Keys that a map has twice are told to
 * `duplicate`; the last counts. Throws an error that says what is wrong, and mostly where.
 */
export function readYaml(body: Uint8Array, duplicate: (message: string) => void): YamlText {
  const { LineCounter, parseAllDocuments } = yamlLibrary();
  const lines = new LineCounter();
  const documents = parseAllDocuments(textOf(body), {
    customTags: goTags,
    lineCounter: lines,
    uniqueKeys: false,
    version: "1.1",
  });
  const document = Array.isArray(documents) ? documents[0] : undefined;
  if (document === undefined) return { documents: 0, value: null };
  const [problem] = document.errors;
  if (problem !== undefined) throw problem;
  const { yaml } = document.directives ?? {};
  if (yaml?.explicit && yaml.version !== "1.1") throw new Error("found incompatible YAML document");
  checkNodes(document, (offset) => lines.linePos(offset).line, duplicate);
  return { documents: documents.length, value: document.toJS({ maxAliasCount: 100 }) as unknown };
}

function checkNodes(
  document: Document,
  lineOf: (offset: number) => number,
  duplicate: (message: string) => void,
): void {
  const { isScalar, visit } = yamlLibrary();
  visit(document, {
    Map(_, map: YAMLMap) {
      const seen = new Set<string>();
      for (const pair of map.items) {
        const key = keyOf(pair.key as Node | null, document);
        const node = isScalar(pair.key) ? pair.key : undefined;
        if (key === undefined) throw new Error(`invalid map key, neither text nor number`);
        if (node && seen.has(key)) {
          const line = lineOf(node.range?.[0] ?? 0);
          duplicate(`line ${line}: key ${goQuote(key)} already set in map`);
        }
        seen.add(key);
      }
    },
    Scalar(_, scalar: Scalar) {
      checkScalar(scalar, lineOf);
    },
  });
}

/** A key's text; undefined where a map of JSON can have none such. */
function keyOf(key: Node | null, document: Document): string | undefined {
  const { isAlias, isScalar } = yamlLibrary();
  const node = isAlias(key) ? (key as Alias).resolve(document) : key;
  if (!isScalar(node) || node.value === null) return undefined;
  if (typeof node.value === "bigint" && node.value > maxInt64) return undefined;
  return String(node.value);
}

const numeric = ["int", "float", "bool", "null"].map((name) => prefix + name);

function checkScalar(scalar: Scalar, lineOf: (offset: number) => number): void {
  const { tag, value } = scalar;
  if (typeof value !== "string") return;
  const line = (): number => lineOf(scalar.range?.[0] ?? 0);
  if (/\p{Surrogate}/u.test(value)) {
    throw new Error(`line ${line()}: found invalid Unicode character escape code`);
  }
  if (tag === undefined || !numeric.includes(tag)) return;
  const number = floatOrText(value);
  if (tag !== `${prefix}float` || typeof number === "string") {
    const name = tag.slice(prefix.length);
    throw new Error(`line ${line()}: cannot decode !!str \`${value}\` as a !!${name}`);
  }
  scalar.value = number;
}

/** JSON with exact integers. Throws where the value nests too deep or holds itself. */
export function yamlJson(value: unknown): string {
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new Error(`unsupported value: ${value}`);
  }
  if (Array.isArray(value)) return `[${value.map(yamlJson).join()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const members = Object.entries(value).map(
    ([key, member]) => `${JSON.stringify(key)}:${yamlJson(member)}`,
  );
  return `{${members.join()}}`;
}
