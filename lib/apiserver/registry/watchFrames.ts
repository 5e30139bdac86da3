import type { Codec } from "../../api/codec.js";
import type { Status } from "../../api/gen/types/metaV1.js";
import { encodeMessage } from "../../api/messageCodec.js";
import { encodeStatus } from "./encodeStatus.js";
import { bytesField, stringField } from "./protobufBytes.js";

export type WatchFraming = "json" | "protobuf" | "message";

const jsonEnd = Buffer.from("}\n");

/**
 * One event's frame around an encoded object. json and protobuf objects come whole (protobuf with
 * `k8s\0`),
 * for message framing it is the bare message.
 */
export function watchFrame(framing: WatchFraming, type: string, object: Uint8Array): Uint8Array {
  switch (framing) {
    case "json":
      return Buffer.concat([Buffer.from(`{"type":"${type}","object":`), object, jsonEnd]);
    case "protobuf": {
      const event = Buffer.concat([stringField(1, type), bytesField(2, bytesField(1, object))]);
      const head = Buffer.alloc(4);
      head.writeUInt32BE(event.length);
      return Buffer.concat([head, event]);
    }
    case "message":
      return bytesField(1, Buffer.concat([stringField(1, type), bytesField(2, object)]));
  }
}

/** The ERROR event that ends a watch which cannot go on. */
export function errorFrame(codec: Codec, framing: WatchFraming, status: Status): Uint8Array {
  if (framing === "message") {
    return encodeMessage("WatchBatch", { events: [{ type: "ERROR", status }] });
  }
  return watchFrame(framing, "ERROR", encodeStatus(codec, status, framing));
}

const kindStart = Buffer.from('{"kind":');

/** Items of a typed list go without kind and apiVersion; events need them. */
export function withTypeMeta(item: Uint8Array, apiVersion: string, kind: string): Uint8Array {
  if (kindStart.equals(item.subarray(0, kindStart.length))) {
    return item;
  }
  const head = Buffer.from(
    `{"kind":"${kind}","apiVersion":"${apiVersion}"${item.length > 2 ? "," : ""}`,
  );
  return Buffer.concat([head, item.subarray(1)]);
}
