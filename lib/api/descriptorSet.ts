import { gunzipSync } from "node:zlib";

/** The FileDescriptorSet of the API's gRPC services, for server reflection. About half a MiB. */
export async function descriptorSet(): Promise<Uint8Array> {
  const { data } = await import("./gen/descriptorSet.js");
  return gunzipSync(Buffer.from(data, "base64"));
}
