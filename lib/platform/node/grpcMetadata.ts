import { Metadata } from "@grpc/grpc-js";
import type { RpcMetadata } from "../rpc.js";

export function toGrpcMetadata(metadata: RpcMetadata | undefined): Metadata {
  const result = new Metadata();
  for (const [name, value] of Object.entries(metadata ?? {})) {
    result.set(name, typeof value === "string" ? value : Buffer.from(value));
  }
  return result;
}

export function fromGrpcMetadata(metadata: Metadata): RpcMetadata {
  return metadata.getMap();
}

/** Text values of the names that have several; undefined where none has. */
export function repeatedMetadata(
  metadata: Metadata,
): Readonly<Record<string, readonly string[]>> | undefined {
  const repeated: Record<string, readonly string[]> = {};
  let isAny = false;
  for (const name of Object.keys(metadata.getMap())) {
    const values = metadata.get(name).filter((value) => typeof value === "string");
    if (values.length < 2) continue;
    repeated[name] = values;
    isAny = true;
  }
  return isAny ? repeated : undefined;
}
