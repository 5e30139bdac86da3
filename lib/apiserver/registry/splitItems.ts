import { WireReader } from "../../api/wire.js";

const quote = 0x22;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/**
 * The objects of a list's JSON chunk (`{…},{…}`), without parsing them: numbers and odd keys stay
 * as they are.
 */
export function splitJsonItems(chunk: Uint8Array): Uint8Array[] {
  const items: Uint8Array[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < chunk.length; i += 1) {
    const byte = chunk[i];
    if (byte === quote) {
      i = endOfString(chunk, i);
    } else if (byte === openBrace) {
      if (depth === 0) {
        start = i;
      }
      depth += 1;
    } else if (byte === closeBrace) {
      depth -= 1;
      if (depth === 0) {
        items.push(chunk.subarray(start, i + 1));
      }
    }
  }
  return items;
}

function endOfString(bytes: Uint8Array, from: number): number {
  let i = from + 1;
  while (i < bytes.length && bytes[i] !== quote) {
    i += bytes[i] === backslash ? 2 : 1;
  }
  return i;
}

/** The messages of a chunk of repeated field 2 (tag, length, bytes). */
export function splitMessageItems(chunk: Uint8Array): Uint8Array[] {
  const items: Uint8Array[] = [];
  const reader = new WireReader(chunk);
  const { length: end } = chunk;
  while (reader.position < end) {
    reader.varint(end);
    const to = reader.lengthEnd(end);
    items.push(chunk.subarray(reader.position, to));
    reader.position = to;
  }
  return items;
}
