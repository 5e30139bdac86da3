import type { Headers } from "../../network.js";
import { RpcCode as code, type RpcCode, RpcError, type RpcMetadata } from "../../rpc.js";

/** What a call's headers say, whatever the call. */
export interface CallHead {
  readonly metadata: RpcMetadata;
  /** Text that came several times under one name, whole; metadata has the first of each. */
  readonly repeated: Readonly<Record<string, readonly string[]>> | undefined;
  readonly timeoutMilliseconds: number | undefined;
  /** How messages that say so are compressed. */
  readonly encoding: string;
}

/** Of the protocol itself. */
const own: ReadonlySet<string> = new Set([
  ...["content-type", "te", "grpc-timeout", "grpc-encoding", "grpc-accept-encoding"],
  ...["content-length", "host"],
]);
const units: Readonly<Record<string, number>> = {
  ...{ H: 3_600_000, M: 60_000, S: 1_000 },
  ...{ m: 1, u: 1e-3, n: 1e-6 },
};

/** Throws RpcError for a timeout that is none. */
export function readCallHead(headers: Headers): CallHead {
  const metadata: Record<string, string | Uint8Array> = Object.create(null);
  const repeated: Record<string, readonly string[]> = Object.create(null);
  let isAnyRepeated = false;
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || name.startsWith(":") || own.has(name)) continue;
    const first = typeof value === "string" ? value : (value[0] ?? "");
    if (name.endsWith("-bin")) {
      metadata[name] = Buffer.from(first.split(",", 1)[0] ?? "", "base64");
      continue;
    }
    metadata[name] = first;
    if (typeof value !== "string" && value.length > 1) {
      repeated[name] = value;
      isAnyRepeated = true;
    }
  }
  const { "grpc-timeout": timeout, "grpc-encoding": encoding } = headers;
  return {
    metadata,
    repeated: isAnyRepeated ? repeated : undefined,
    timeoutMilliseconds: timeout === undefined ? undefined : timeoutOf(String(timeout)),
    encoding: encoding === undefined ? "identity" : String(encoding),
  };
}

function timeoutOf(text: string): number {
  const [, digits, unit = ""] = /^(\d{1,8})([HMSmun])$/.exec(text) ?? [];
  if (digits === undefined) {
    throw new RpcError(code.internal, `invalid grpc-timeout value ${JSON.stringify(text)}`);
  }
  return Number(digits) * (units[unit] ?? 1);
}

/** Metadata as headers or trailers. */
export function writeMetadata(metadata: RpcMetadata): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(metadata)) {
    headers[name] = typeof value === "string" ? value : Buffer.from(value).toString("base64");
  }
  return headers;
}

/** How a call has ended. */
export function statusTrailers(status: RpcCode, message: string, metadata: RpcMetadata): Headers {
  const trailers = writeMetadata(metadata);
  trailers["grpc-status"] = String(status);
  if (message !== "") trailers["grpc-message"] = percentEncoded(message);
  return trailers;
}

/** Printable ASCII but `%` stays as it is. */
function percentEncoded(text: string): string {
  if (/^[ -$&-~]*$/.test(text)) return text;
  let encoded = "";
  for (const byte of Buffer.from(text, "utf8")) {
    const isPlain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25;
    encoded += isPlain
      ? String.fromCharCode(byte)
      : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return encoded;
}
