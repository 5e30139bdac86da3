import type { Codec } from "../../api/codec.js";
import type { Status } from "../../api/gen/types/metaV1.js";
import { encodeMessage } from "../../api/messageCodec.js";
import { lengthDelimitedHead, stringField } from "../../api/wire.js";
import { encodeStatus } from "./encodeStatus.js";

export type WatchFraming = "json" | "protobuf" | "message";

/** Bytes in pieces: joined once, when all are there. */
export type Pieces = readonly Uint8Array[];

const jsonEnd = Buffer.from("}\n");

/**
 * One event's frame around an encoded object, in pieces. json and protobuf objects come whole
 * (protobuf with `k8s\0`), for message framing it is the object's bytes as they are.
 */
export function watchFrame(framing: WatchFraming, type: string, object: Pieces): Pieces {
  const length = lengthOf(object);
  if (framing === "json") {
    return [Buffer.from(`{"type":"${type}","object":`), ...object, jsonEnd];
  }
  const typeField = stringField(1, type);
  if (framing === "message") {
    const head = lengthDelimitedHead(2, length);
    const event = lengthDelimitedHead(1, typeField.length + head.length + length);
    return [event, typeField, head, ...object];
  }
  const raw = lengthDelimitedHead(1, length);
  const extension = lengthDelimitedHead(2, raw.length + length);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(typeField.length + extension.length + raw.length + length);
  return [size, typeField, extension, raw, ...object];
}

function lengthOf(pieces: Pieces): number {
  let length = 0;
  for (const piece of pieces) {
    length += piece.length;
  }
  return length;
}

/** The ERROR event that ends a watch which cannot go on. */
export function errorFrame(codec: Codec, framing: WatchFraming, status: Status): Uint8Array {
  if (framing === "message") {
    return encodeMessage("WatchBatch", { events: [{ type: "ERROR", status }] });
  }
  return Buffer.concat(watchFrame(framing, "ERROR", [encodeStatus(codec, status, framing)]));
}

const kindStart = Buffer.from('{"kind":');

/** Items of a typed list go without kind and apiVersion; events need them. */
export function withTypeMeta(item: Uint8Array, apiVersion: string, kind: string): Pieces {
  if (kindStart.equals(item.subarray(0, kindStart.length))) {
    return [item];
  }
  const comma = item.length > 2 ? "," : "";
  const head = Buffer.from(`{"kind":"${kind}","apiVersion":"${apiVersion}"${comma}`);
  return [head, item.subarray(1)];
}
