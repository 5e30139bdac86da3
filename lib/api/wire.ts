/**
 * Protobuf's wire form, for messages around API objects: envelopes, requests, chunks, batches.
 * Objects themselves are the native codec's business.
 */

/** A tag, length or number of 2^53 at most. */
export function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return bytes;
}

/** How many bytes a number takes; negative ones take ten. */
export function varintSize(value: number): number {
  if (value < 0) return 10;
  let size = 1;
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) size += 1;
  return size;
}

/**
 * Writes a whole number of up to 2^53 either way, negative ones in ten bytes as protobuf has them.
 * Returns the place after it.
 */
export function writeVarint(buffer: Uint8Array, at: number, value: number): number {
  let place = at;
  if (value < 0) {
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest > 127n; rest >>= 7n) buffer[place++] = Number(rest & 127n) | 128;
    buffer[place++] = Number(rest);
    return place;
  }
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) buffer[place++] = (rest % 128) | 128;
  buffer[place++] = rest;
  return place;
}

/** Tag and length of a length-delimited field. */
export function lengthDelimitedHead(field: number, length: number): Uint8Array {
  return Uint8Array.from([...varint(field * 8 + 2), ...varint(length)]);
}

export function bytesField(field: number, bytes: Uint8Array): Uint8Array {
  return Buffer.concat([lengthDelimitedHead(field, bytes.length), bytes]);
}

export function stringField(field: number, text: string): Uint8Array {
  return bytesField(field, Buffer.from(text));
}

export function varintField(field: number, value: number): Uint8Array {
  return Uint8Array.from([...varint(field * 8), ...varint(value)]);
}

const magic = Uint8Array.of(0x6b, 0x38, 0x73, 0x00);

/** What stands before and after the raw message in `k8s\0` and runtime.Unknown. */
export function unknownEnvelope(
  apiVersion: string,
  kind: string,
  rawLength: number,
): { head: Uint8Array; tail: Uint8Array } {
  const typeMeta = Buffer.concat([stringField(1, apiVersion), stringField(2, kind)]);
  return {
    head: Buffer.concat([magic, bytesField(1, typeMeta), lengthDelimitedHead(2, rawLength)]),
    // contentEncoding and contentType: proto2 writes empty strings.
    tail: Buffer.concat([stringField(3, ""), stringField(4, "")]),
  };
}

/** In pieces, so that the message itself is not copied. */
export function unknownOf(apiVersion: string, kind: string, raw: Uint8Array): Uint8Array[] {
  const { head, tail } = unknownEnvelope(apiVersion, kind, raw.length);
  return [head, raw, tail];
}

/** Writes the few length-delimited fields of an envelope. Empty strings are left out. */
export class WireWriter {
  readonly #parts: Uint8Array[] = [];

  string(field: number, value: string): this {
    return value === "" ? this : this.bytes(field, Buffer.from(value));
  }

  bytes(field: number, value: Uint8Array | undefined): this {
    if (value === undefined) return this;
    this.#parts.push(lengthDelimitedHead(field, value.length), value);
    return this;
  }

  finish(): Uint8Array {
    return Buffer.concat(this.#parts);
  }
}

/** Reads forward through a message. Throws a RangeError where it is damaged. */
export class WireReader {
  readonly source: Uint8Array;
  position = 0;

  constructor(source: Uint8Array) {
    this.source = source;
  }

  /** Reads a length; where what it counts ends. */
  lengthEnd(end: number): number {
    const length = this.varint(end);
    const to = this.position + length;
    if (to > end) throw new RangeError("message cut short");
    return to;
  }

  varint(end: number): number {
    let value = 0;
    let factor = 1;
    for (let i = 0; i < 8; i += 1) {
      const byte = this.#next(end);
      value += (byte & 127) * factor;
      if (byte < 128) return value;
      factor *= 128;
    }
    throw new RangeError("varint too large");
  }

  signedVarint(end: number): number {
    const start = this.position;
    let value = 0;
    let factor = 1;
    for (let i = 0; i < 7; i += 1) {
      const byte = this.#next(end);
      value += (byte & 127) * factor;
      if (byte < 128) return value;
      factor *= 128;
    }
    this.position = start;
    return this.#longVarint(end);
  }

  #longVarint(end: number): number {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#next(end);
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return Number(BigInt.asIntN(64, value));
    }
    throw new RangeError("varint too large");
  }

  skip(wireType: number, end: number): void {
    if (wireType === 0) this.signedVarint(end);
    else if (wireType === 1) this.#advance(8, end);
    else if (wireType === 2) this.position = this.lengthEnd(end);
    else if (wireType === 5) this.#advance(4, end);
    else throw new RangeError(`wire type ${wireType}`);
  }

  #advance(count: number, end: number): void {
    if (this.position + count > end) throw new RangeError("message cut short");
    this.position += count;
  }

  #next(end: number): number {
    if (this.position >= end) throw new RangeError("message cut short");
    const byte = this.source[this.position]!;
    this.position += 1;
    return byte;
  }
}

/** The length-delimited fields of a message, in order; numbers are passed over. */
export function* lengthDelimitedFields(message: Uint8Array): Generator<[number, Uint8Array]> {
  const reader = new WireReader(message);
  const { length: end } = message;
  while (reader.position < end) {
    const tag = reader.varint(end);
    if (tag % 8 !== 2) {
      reader.skip(tag % 8, end);
      continue;
    }
    const to = reader.lengthEnd(end);
    yield [Math.floor(tag / 8), message.subarray(reader.position, to)];
    reader.position = to;
  }
}
