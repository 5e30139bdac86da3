import type { Codec } from "../../api/codec.js";
import { mediaTypes } from "../../api/mediaTypes.js";
import type { ApiError } from "../../api/status.js";
import type { Headers, HttpResponse } from "../../platform/network.js";
import { PlainError } from "../plainError.js";
import { encodeStatus } from "../registry/encodeStatus.js";
import { apiResponseHeaders } from "./apiResponseHeaders.js";
import type { Accepted } from "./negotiateMediaType.js";
import { renderObject } from "./renderResponse.js";

export interface StatusErrorResponse {
  readonly code: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** A Status in the negotiated form; JSON where nothing could be negotiated. */
export function statusErrorResponse(
  codec: Codec,
  refusal: ApiError,
  how: {
    readonly accepted: Accepted | undefined;
    readonly auditId: string;
    readonly warnings: readonly string[];
    readonly pretty: boolean;
    readonly flowHeaders?: Readonly<Record<string, string>> | undefined;
  },
): StatusErrorResponse {
  const { accepted, auditId, warnings, flowHeaders } = how;
  if (refusal instanceof PlainError) {
    return {
      code: refusal.code,
      headers: {
        ...apiResponseHeaders("text/plain; charset=utf-8", auditId, warnings, flowHeaders),
        "x-content-type-options": "nosniff",
      },
      body: Buffer.from(refusal.text),
    };
  }
  const format = accepted?.format ?? "json";
  const encoded = encodeStatus(codec, refusal.status, format === "protobuf" ? "protobuf" : "json");
  const mediaType = accepted?.mediaType ?? mediaTypes.json;
  const headers = apiResponseHeaders(mediaType, auditId, warnings, flowHeaders);
  const { retryAfterSeconds } = refusal;
  return {
    code: refusal.code,
    headers:
      retryAfterSeconds === undefined
        ? headers
        : { ...headers, "retry-after": String(retryAfterSeconds) },
    body: Buffer.concat(renderObject(encoded, format, how.pretty)),
  };
}

export function sendStatusError(
  response: HttpResponse,
  rendered: StatusErrorResponse,
  isHead: boolean,
): void {
  response.send(rendered.code, rendered.headers, isHead ? undefined : rendered.body);
}

/** The same over a socket that asked to be upgraded: HTTP/1.1, and the connection ends. */
export function upgradeStatusError(rendered: StatusErrorResponse): Uint8Array {
  const lines = [`HTTP/1.1 ${rendered.code} Refused`];
  for (const [name, value] of Object.entries(rendered.headers)) {
    for (const single of typeof value === "string" ? [value] : (value ?? [])) {
      lines.push(`${name}: ${single}`);
    }
  }
  lines.push(`content-length: ${rendered.body.length}`, "connection: close", "", "");
  return Buffer.concat([Buffer.from(lines.join("\r\n")), rendered.body]);
}
