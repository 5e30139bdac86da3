import type { Codec } from "../../api/codec.js";
import type { Status } from "../../api/gen/types/metaV1.js";
import { withOwnCodec } from "../../api/ownedCodec.js";

const statusMessage = "k8s.io.apimachinery.pkg.apis.meta.v1.Status";

export function encodeStatus(
  codec: Codec,
  status: Status,
  format: "json" | "protobuf" | "message",
): Uint8Array {
  const json = Buffer.from(JSON.stringify(status));
  if (format === "json") {
    return json;
  }
  return withOwnCodec(codec, (own) => {
    const decoded = own.decode(statusMessage, json, { format: "json" });
    if (decoded.object === undefined) {
      throw new Error(`a Status that does not decode: ${decoded.errors[0]?.message}`);
    }
    return decoded.object.encode(format);
  });
}
