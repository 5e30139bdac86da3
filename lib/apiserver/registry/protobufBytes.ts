/**
 * The little of protobuf's wire form that envelopes need; objects themselves are the codec's
 * business.
 */

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
