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
