import { type RpcMessages, rpcMessageTables } from "./gen/rpcMessages.js";
import { varintSize, WireReader, writeVarint } from "./wire.js";

/** [number, name, scalar or message, 1 where repeated]. */
export type FieldRow = readonly [number, string, string, number];
export type MessageTables = Readonly<Record<string, readonly FieldRow[]>>;

type Tree = Record<string, unknown>;

interface Field {
  readonly number: number;
  readonly name: string;
  readonly kind: "string" | "bytes" | "bool" | "int" | "message";
  readonly isRepeated: boolean;
  readonly tag: number;
  readonly tagSize: number;
  /** Of a message. */
  readonly message: Message | undefined;
}

interface Message {
  readonly fields: readonly Field[];
  readonly byNumber: readonly (Field | undefined)[];
}

/**
 * Encodes and decodes the small messages around API objects (requests, chunks, batches, Status) by
 * tables. API objects are `bytes` in them and never looked into: only the native codec knows those.
 * It is here instead of protobufjs because it loads in no time, and copies an object's bytes once
 * when it encodes and never when it decodes.
 */
export function encodeMessage<N extends keyof RpcMessages & string>(
  name: N,
  value: RpcMessages[N],
): Uint8Array {
  return encoded(rpcMessages.of(name), value as Tree);
}

/** Encodes the messages of other tables. */
export class MessageEncoder {
  readonly #messages: Messages;

  constructor(tables: MessageTables) {
    this.#messages = new Messages(tables);
  }

  encode(name: string, value: object): Uint8Array {
    return encoded(this.#messages.of(name), value as Tree);
  }
}

function encoded(message: Message, value: Tree): Uint8Array {
  const writer = new Writer();
  writer.allocate(writer.measure(message, value));
  writer.write(message, value);
  return writer.buffer;
}

/**
 * Byte fields are views of `bytes`. Unknown fields are skipped. Throws a RangeError on damaged
 * input.
 */
export function decodeMessage<N extends keyof RpcMessages & string>(
  name: N,
  bytes: Uint8Array,
): RpcMessages[N] {
  const buffer = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return new MessageReader(buffer).read(rpcMessages.of(name), buffer.length) as RpcMessages[N];
}

/** The messages of some tables, each made at its first use. */
class Messages {
  readonly #tables: MessageTables;
  readonly #known = new Map<string, Message>();

  constructor(tables: MessageTables) {
    this.#tables = tables;
  }

  of(name: string): Message {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const message: MutableMessage = { fields: [], byNumber: [] };
    // Before its fields are made, which may hold it again.
    this.#known.set(name, message);
    for (const row of this.#tables[name]!) {
      const field = fieldOf(row, this);
      message.fields.push(field);
      message.byNumber[field.number] = field;
    }
    return message;
  }
}

interface MutableMessage {
  readonly fields: Field[];
  readonly byNumber: (Field | undefined)[];
}

const rpcMessages = new Messages(rpcMessageTables);

function fieldOf([number, name, type, repeated]: FieldRow, messages: Messages): Field {
  const kind =
    type === "string" || type === "bytes" || type === "bool"
      ? type
      : type === "int32" || type === "int64"
        ? "int"
        : "message";
  const tag = number * 8 + (kind === "bool" || kind === "int" ? 0 : 2);
  return {
    number,
    name,
    kind,
    isRepeated: repeated === 1,
    tag,
    tagSize: varintSize(tag),
    message: kind === "message" ? messages.of(type) : undefined,
  };
}

/**
 * Measures first and writes second, so that everything goes into one buffer. The sizes of what has
 * a length are noted in the order of writing.
 */
class Writer {
  buffer: Buffer = Buffer.alloc(0);
  #position = 0;
  readonly #sizes: number[] = [];
  #nextSize = 0;

  allocate(size: number): void {
    this.buffer = Buffer.allocUnsafe(size);
  }

  measure(message: Message, value: Tree): number {
    let size = 0;
    for (const field of message.fields) {
      const given = value[field.name];
      if (given === undefined || given === null) continue;
      if (!field.isRepeated) size += field.tagSize + this.#measureValue(field, given);
      else {
        for (const item of given as unknown[]) {
          size += field.tagSize + this.#measureValue(field, item);
        }
      }
    }
    return size;
  }

  #measureValue(field: Field, value: unknown): number {
    if (field.kind === "bool") return 1;
    if (field.kind === "int") return varintSize(value as number);
    const index = this.#sizes.push(0) - 1;
    const size =
      field.kind === "bytes"
        ? (value as Uint8Array).length
        : field.kind === "string"
          ? Buffer.byteLength(value as string, "utf8")
          : this.measure(field.message!, value as Tree);
    this.#sizes[index] = size;
    return varintSize(size) + size;
  }

  write(message: Message, value: Tree): void {
    for (const field of message.fields) {
      const given = value[field.name];
      if (given === undefined || given === null) continue;
      if (!field.isRepeated) this.#writeField(field, given);
      else for (const item of given as unknown[]) this.#writeField(field, item);
    }
  }

  #writeField(field: Field, value: unknown): void {
    this.#varint(field.tag);
    if (field.kind === "bool") {
      this.#varint(value === true ? 1 : 0);
      return;
    }
    if (field.kind === "int") {
      this.#varint(value as number);
      return;
    }
    const size = this.#sizes[this.#nextSize]!;
    this.#nextSize += 1;
    this.#varint(size);
    if (field.kind === "message") {
      this.write(field.message!, value as Tree);
      return;
    }
    if (field.kind === "bytes") this.buffer.set(value as Uint8Array, this.#position);
    else this.buffer.write(value as string, this.#position, size, "utf8");
    this.#position += size;
  }

  #varint(value: number): void {
    this.#position = writeVarint(this.buffer, this.#position, value);
  }
}

/** Short texts are mostly ASCII and cheaper to read here than by a call into Node. */
const shortText = 24;

class MessageReader {
  readonly #source: Buffer;
  readonly #wire: WireReader;

  constructor(source: Buffer) {
    this.#source = source;
    this.#wire = new WireReader(source);
  }

  read(message: Message, end: number): Tree {
    const tree: Tree = {};
    while (this.#wire.position < end) {
      const tag = this.#wire.varint(end);
      const field = message.byNumber[Math.floor(tag / 8)];
      if (field === undefined || field.tag !== tag) {
        this.#wire.skip(tag % 8, end);
        continue;
      }
      const value = this.#value(field, end);
      if (!field.isRepeated) tree[field.name] = value;
      else {
        const list = tree[field.name] as unknown[] | undefined;
        if (list === undefined) tree[field.name] = [value];
        else list.push(value);
      }
    }
    return tree;
  }

  #value(field: Field, end: number): unknown {
    if (field.kind === "int") return this.#wire.signedVarint(end);
    if (field.kind === "bool") return this.#wire.varint(end) !== 0;
    const to = this.#wire.lengthEnd(end);
    const start = this.#wire.position;
    if (field.kind === "message") return this.read(field.message!, to);
    this.#wire.position = to;
    return field.kind === "bytes" ? this.#source.subarray(start, to) : this.#text(start, to);
  }

  #text(start: number, end: number): string {
    if (end - start > shortText) return this.#source.toString("utf8", start, end);
    let text = "";
    for (let i = start; i < end; i += 1) {
      const byte = this.#source[i]!;
      if (byte > 127) return this.#source.toString("utf8", start, end);
      text += String.fromCharCode(byte);
    }
    return text;
  }
}
