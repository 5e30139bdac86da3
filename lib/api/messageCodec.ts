import { type RpcMessages, rpcMessageTables } from "./gen/rpcMessages.js";

/** [number, name, scalar or message, 1 where repeated]. */
export type FieldRow = readonly [number, string, string, number];
export type MessageTables = Readonly<Record<string, readonly FieldRow[]>>;

type Tree = Record<string, unknown>;

/**
 * Encodes and decodes the small messages around API objects (requests, chunks, batches, Status)
 * by tables.
 * API objects are `bytes` in them and never looked into: only the native codec knows those. It is
 * here
 * instead of protobufjs because it loads in no time and copies no object's bytes when it decodes.
 */
export function encodeMessage<N extends keyof RpcMessages & string>(
  name: N,
  value: RpcMessages[N],
): Uint8Array {
  const writer = new Writer();
  writeMessage(writer, name, value as Tree);
  return writer.finish();
}

/**
 * Byte fields are views of `bytes`. Unknown fields are skipped. Throws a RangeError on damaged
 * input.
 */
export function decodeMessage<N extends keyof RpcMessages & string>(
  name: N,
  bytes: Uint8Array,
): RpcMessages[N] {
  return readMessage(new Reader(bytes), name) as RpcMessages[N];
}

function writeMessage(writer: Writer, name: string, value: Tree): void {
  for (const [number, field, type, repeated] of rpcMessageTables[name]!) {
    const given = value[field];
    if (given === undefined || given === null) continue;
    const items = repeated === 1 ? (given as unknown[]) : [given];
    for (const item of items) writeField(writer, number, type, item);
  }
}

function writeField(writer: Writer, number: number, type: string, value: unknown): void {
  switch (type) {
    case "string":
      writer.tag(number, 2);
      writer.bytes(Buffer.from(value as string, "utf8"));
      break;
    case "bytes":
      writer.tag(number, 2);
      writer.bytes(value as Uint8Array);
      break;
    case "bool":
      writer.tag(number, 0);
      writer.varint(value === true ? 1 : 0);
      break;
    case "int32":
    case "int64":
      writer.tag(number, 0);
      writer.varint(value as number);
      break;
    default: {
      const inner = new Writer();
      writeMessage(inner, type, value as Tree);
      writer.tag(number, 2);
      writer.nested(inner);
    }
  }
}

/** Fields by number, made at a message's first decoding. */
const rowsByNumber = new Map<string, Map<number, FieldRow>>();

function rowsOf(name: string): Map<number, FieldRow> {
  let rows = rowsByNumber.get(name);
  if (rows === undefined) {
    rows = new Map(rpcMessageTables[name]!.map((row) => [row[0], row]));
    rowsByNumber.set(name, rows);
  }
  return rows;
}

function readMessage(reader: Reader, name: string): Tree {
  const rows = rowsOf(name);
  const tree: Tree = {};
  while (!reader.atEnd) {
    const tag = reader.varint();
    const row = rows.get(Math.floor(tag / 8));
    const expected = row === undefined ? -1 : row[2].startsWith("int") || row[2] === "bool" ? 0 : 2;
    if (row === undefined || expected !== tag % 8) {
      reader.skip(tag % 8);
      continue;
    }
    const [, field, type, repeated] = row;
    const value = readValue(reader, type);
    if (repeated === 0) tree[field] = value;
    else if (tree[field] === undefined) tree[field] = [value];
    else (tree[field] as unknown[]).push(value);
  }
  return tree;
}

function readValue(reader: Reader, type: string): unknown {
  switch (type) {
    case "string":
      return Buffer.from(reader.bytes()).toString("utf8");
    case "bytes":
      return reader.bytes();
    case "bool":
      return reader.varint() !== 0;
    case "int32":
    case "int64":
      return reader.signedVarint();
    default:
      return readMessage(new Reader(reader.bytes()), type);
  }
}

/** Pieces are kept as they come and joined once, so that an object's bytes are copied once. */
class Writer {
  readonly #pieces: Uint8Array[] = [];
  #small: number[] = [];
  #length = 0;

  tag(number: number, wireType: number): void {
    this.varint(number * 8 + wireType);
  }

  /** Whole numbers up to 2^53 either way; negative ones take ten bytes, as protobuf has them. */
  varint(value: number): void {
    if (value < 0) {
      let rest = BigInt.asUintN(64, BigInt(value));
      for (; rest > 127n; rest >>= 7n) this.#byte(Number(rest & 127n) | 128);
      this.#byte(Number(rest));
      return;
    }
    let rest = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) this.#byte((rest % 128) | 128);
    this.#byte(rest);
  }

  bytes(value: Uint8Array): void {
    this.varint(value.length);
    this.#flush();
    this.#pieces.push(value);
    this.#length += value.length;
  }

  nested(inner: Writer): void {
    inner.#flush();
    this.varint(inner.#length);
    this.#flush();
    this.#pieces.push(...inner.#pieces);
    this.#length += inner.#length;
  }

  finish(): Uint8Array {
    this.#flush();
    return this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces, this.#length);
  }

  #byte(value: number): void {
    this.#small.push(value);
  }

  #flush(): void {
    if (this.#small.length === 0) return;
    this.#pieces.push(Uint8Array.from(this.#small));
    this.#length += this.#small.length;
    this.#small = [];
  }
}

class Reader {
  #position = 0;

  constructor(readonly source: Uint8Array) {}

  get atEnd(): boolean {
    return this.#position >= this.source.length;
  }

  varint(): number {
    let value = 0;
    let factor = 1;
    for (let i = 0; i < 8; i += 1) {
      const byte = this.#next();
      value += (byte & 127) * factor;
      if (byte < 128) return value;
      factor *= 128;
    }
    throw new RangeError("varint too large");
  }

  signedVarint(): number {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#next();
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return Number(BigInt.asIntN(64, value));
    }
    throw new RangeError("varint too large");
  }

  bytes(): Uint8Array {
    const length = this.varint();
    const end = this.#position + length;
    if (end > this.source.length) throw new RangeError("message cut short");
    const view = this.source.subarray(this.#position, end);
    this.#position = end;
    return view;
  }

  skip(wireType: number): void {
    if (wireType === 0) this.signedVarint();
    else if (wireType === 1) this.#advance(8);
    else if (wireType === 2) this.bytes();
    else if (wireType === 5) this.#advance(4);
    else throw new RangeError(`wire type ${wireType}`);
  }

  #advance(count: number): void {
    if (this.#position + count > this.source.length) throw new RangeError("message cut short");
    this.#position += count;
  }

  #next(): number {
    const byte = this.source[this.#position];
    if (byte === undefined) throw new RangeError("message cut short");
    this.#position += 1;
    return byte;
  }
}
