/**
 * A store as text: one JSON object a line. First a header, then leases, then keys in order, last
 * the number of keys, so that a text that is cut off is told from a whole one. Values are base64,
 * as the server stores them.
 */
import type { StoredValue } from "../../storage/storage.js";
import { type LoadedStore, makeStore, type StoreMaker } from "../../storage/storeDirectory.js";

const format = 1;
const keysAtOnce = 1000;

interface HeaderLine {
  readonly steersmanStore: number;
  readonly revision: number;
}

interface KeyLine {
  readonly key: string;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly version: number;
  readonly lease?: number;
  readonly value: string;
}

/** The text, in pieces of whole lines. */
export function* exportText(store: LoadedStore): Generator<string> {
  const header: HeaderLine = { steersmanStore: format, revision: store.revision };
  let lines = `${JSON.stringify(header)}\n`;
  for (const { leaseId, ttlSeconds } of store.leases()) {
    lines += `${JSON.stringify({ lease: leaseId, ttlSeconds })}\n`;
  }
  yield lines;
  let keys = 0;
  for (const values of store.values(keysAtOnce)) {
    yield values.map((value) => `${JSON.stringify(keyLine(value))}\n`).join("");
    keys += values.length;
  }
  yield `${JSON.stringify({ keys })}\n`;
}

function keyLine(stored: StoredValue): KeyLine {
  const { key, createRevision, modRevision, version, leaseId, value } = stored;
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return {
    key,
    createRevision,
    modRevision,
    version,
    ...(leaseId === 0 ? {} : { lease: leaseId }),
    value: bytes.toString("base64"),
  };
}

/** Makes a store in a directory from lines of such a text. Throws an Error that names the line. */
export class TextImport {
  readonly #maker: StoreMaker;
  #revision: number | undefined;
  #keys = 0;
  #line = 0;
  #ended = false;

  constructor(directory: string) {
    this.#maker = makeStore(directory);
  }

  /** Takes the next line, without its end. */
  add(line: string): void {
    this.#line++;
    try {
      this.#take(parseLine(line));
    } catch (error) {
      throw new Error(`line ${this.#line}: ${(error as Error).message}`);
    }
  }

  /** Writes the directory; its revisions go on so far above the text's. */
  finish(bump: number): {
    readonly revision: number;
    readonly keys: number;
    readonly leases: number;
  } {
    if (this.#revision === undefined) throw new Error("line 1: the header is missing");
    if (!this.#ended) throw new Error(`line ${this.#line + 1}: the text ends too early`);
    return this.#maker.finish(this.#revision + bump);
  }

  #take(line: Readonly<Record<string, unknown>>): void {
    if (this.#ended) throw new Error("nothing follows the number of keys");
    if (this.#revision === undefined) {
      if (line.steersmanStore !== format) {
        throw new Error(`the header {"steersmanStore":${format},"revision":…} is expected`);
      }
      this.#revision = wholeNumber(line, "revision", 1);
    } else if (line.key !== undefined) {
      const stored = storedValue(line);
      if (stored.modRevision > this.#revision) {
        throw new Error(`modRevision: it is above ${this.#revision}, the header's revision`);
      }
      this.#maker.put(stored);
      this.#keys++;
    } else if (line.lease !== undefined) {
      this.#maker.lease({
        leaseId: wholeNumber(line, "lease", 1),
        ttlSeconds: wholeNumber(line, "ttlSeconds", 1),
      });
    } else {
      const keys = wholeNumber(line, "keys", 0);
      if (keys !== this.#keys) throw new Error(`there are ${this.#keys} keys, not ${keys}`);
      this.#ended = true;
    }
  }
}

function parseLine(line: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(line);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Error("a JSON object is expected");
  }
  return value as Readonly<Record<string, unknown>>;
}

function storedValue(line: Readonly<Record<string, unknown>>): StoredValue {
  const { key, value } = line;
  if (typeof key !== "string") throw new Error("key: a string is expected");
  if (typeof value !== "string") throw new Error("value: a string is expected");
  const bytes = Buffer.from(value, "base64");
  if (bytes.toString("base64") !== value) throw new Error("value: it is not base64");
  return {
    key,
    value: bytes,
    createRevision: wholeNumber(line, "createRevision", 1),
    modRevision: wholeNumber(line, "modRevision", 1),
    version: wholeNumber(line, "version", 1),
    leaseId: line.lease === undefined ? 0 : wholeNumber(line, "lease", 1),
  };
}

function wholeNumber(line: Readonly<Record<string, unknown>>, name: string, least: number): number {
  const value = line[name];
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < least) {
    throw new Error(`${name}: a whole number from ${least} on is expected`);
  }
  return value;
}
