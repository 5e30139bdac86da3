import { createHash } from "node:crypto";
import type { AuthenticatedRequest } from "./serverRequest.js";
import type { ServerResult } from "./serverResult.js";

/** What upstream makes ETags of. */
export function contentHash(body: Uint8Array | string): string {
  return createHash("sha512").update(body).digest("hex").toUpperCase();
}

/** A document that clients keep: 304 where they have it already. `hash` is of its content. */
export function cachedDocument(
  request: AuthenticatedRequest,
  document: {
    readonly contentType: string;
    readonly body: Uint8Array | string;
    readonly headers: Readonly<Record<string, string>>;
    readonly hash: string;
  },
): ServerResult {
  const { contentType, body, hash } = document;
  const etag = JSON.stringify(hash);
  const headers = { ...document.headers, etag };
  const known = request.headers["if-none-match"];
  const has = (typeof known === "string" ? known : (known ?? []).join(",")).split(/\s*,\s*/);
  return has.includes(etag)
    ? { kind: "document", code: 304, contentType, body: "", headers }
    : { kind: "document", code: 200, contentType, body, headers };
}
