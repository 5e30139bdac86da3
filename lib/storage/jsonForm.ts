import type { Codec } from "../api/codec.js";

/** What enveloped protobuf begins with. */
const mark = Buffer.from("k8s\0");
const newline = Buffer.from("\n");

/**
 * A stored value as JSON, as upstream stores it, for `EmbeddedStorageOptions.form`; what is not
 * enveloped protobuf of a known kind is as it was. Both forms are read, whichever is written.
 */
export function asJson(codec: Codec, value: Uint8Array): Uint8Array {
  if (!mark.equals(value.subarray(0, mark.length))) return value;
  const { apiVersion = "", kind = "" } = codec.peekTypeMeta(value, "protobuf") ?? {};
  const messageType = codec.findKind(apiVersion, kind)?.messageType;
  if (messageType === undefined) return value;
  const to = { messageType, format: "json" } as const;
  return Buffer.concat([codec.transcode(value, { messageType, format: "stored" }, to), newline]);
}
