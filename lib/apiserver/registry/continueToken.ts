import { apiErrors } from "../../api/status.js";

/** Where a list goes on. A revision of -1 goes on at the newest one, inconsistently. */
export interface ContinueToken {
  readonly revision: number;
  /** The last key that was given. */
  readonly lastKey: string;
}

/** Clients treat the token as opaque; its form is the one upstream's servers understand. */
export function encodeContinue(token: ContinueToken, listPrefix: string): string {
  const start = `${token.lastKey.slice(listPrefix.length)}\u0000`;
  const text = JSON.stringify({ v: "meta.k8s.io/v1", rv: token.revision, start });
  return Buffer.from(text).toString("base64url");
}

/**
 * Tokens are the client's words: the key is always put below the prefix of the list that is asked
 * for now, so that a token of another namespace, or a made-up one, leads nowhere else.
 */
export function decodeContinue(text: string, listPrefix: string): ContinueToken {
  const { v, rv, start } = parseToken(text);
  if (v !== "meta.k8s.io/v1") {
    throw invalidToken(`server does not recognize this encoded version ${String(v ?? "")}`);
  }
  if (typeof rv !== "number" || !Number.isSafeInteger(rv) || rv === 0) {
    throw invalidToken("incorrect encoded start resourceVersion (version meta.k8s.io/v1)");
  }
  if (typeof start !== "string" || start === "") {
    throw invalidToken("encoded start key empty (version meta.k8s.io/v1)");
  }
  const key = start.startsWith("/") ? start.slice(1) : start;
  if (!isCleanPath(key)) {
    throw invalidToken(`${start}`);
  }
  return { revision: rv, lastKey: listPrefix + (key.endsWith("\u0000") ? key.slice(0, -1) : key) };
}

function parseToken(text: string): { v?: unknown; rv?: unknown; start?: unknown } {
  const strange = /[^A-Za-z0-9_-]/.exec(text)?.index;
  if (strange !== undefined || text.length % 4 === 1) {
    throw invalidToken(`illegal base64 data at input byte ${strange ?? text.length - 1}`);
  }
  const bytes = Buffer.from(text, "base64url");
  try {
    const parsed: unknown = JSON.parse(bytes.toString("utf8"));
    return typeof parsed === "object" && parsed !== null ? parsed : {};
  } catch {
    throw invalidToken(`${jsonSyntax(bytes.toString("latin1"))}`);
  }
}

/** The commonest of the reasons for which a text is no JSON. */
function jsonSyntax(text: string): string {
  const first = text.trimStart()[0];
  return first === undefined || "{[".includes(first)
    ? "unexpected end of JSON input"
    : `invalid character '${first}' looking for beginning of value`;
}

/** No part that is empty or leads upwards, and something at all. */
function isCleanPath(key: string): boolean {
  return key.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}

function invalidToken(why: string): Error {
  return apiErrors.badRequest(`invalid continue token: continue key is not valid: ${why}`);
}
