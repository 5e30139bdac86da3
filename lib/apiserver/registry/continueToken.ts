import { apiErrors } from "../../api/status.js";

/** Where a list goes on. A revision of -1 goes on at the newest one, inconsistently. */
export interface ContinueToken {
  readonly revision: number;
  /** The last key that was given, after the resource's prefix. */
  readonly lastKey: string;
}

/** Clients treat the token as opaque; its form is the one upstream's servers understand. */
export function encodeContinue(token: ContinueToken, resourcePrefix: string): string {
  const start = `${token.lastKey.slice(resourcePrefix.length)}\u0000`;
  const text = JSON.stringify({ v: "meta.k8s.io/v1", rv: token.revision, start });
  return Buffer.from(text).toString("base64url");
}

export function decodeContinue(text: string, resourcePrefix: string): ContinueToken {
  let parsed: { v?: unknown; rv?: unknown; start?: unknown };
  try {
    parsed = JSON.parse(Buffer.from(text, "base64url").toString("utf8")) as typeof parsed;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw invalidToken(`invalid character in its JSON: ${why}`);
  }
  if (parsed.v !== "meta.k8s.io/v1") {
    throw invalidToken(`server does not recognize this encoded version "${String(parsed.v)}"`);
  }
  if (typeof parsed.rv !== "number" || !Number.isSafeInteger(parsed.rv) || parsed.rv === 0) {
    throw invalidToken("incorrect encoded start resourceVersion (version meta.k8s.io/v1)");
  }
  const start = parsed.start;
  if (typeof start !== "string" || start === "" || start.split("/").includes("..")) {
    throw invalidToken("encoded start key empty or out of range (version meta.k8s.io/v1)");
  }
  const lastKey = start.endsWith("\u0000") ? start.slice(0, -1) : start;
  return { revision: parsed.rv, lastKey: resourcePrefix + lastKey };
}

function invalidToken(why: string): Error {
  return apiErrors.badRequest(`invalid continue token: continue key is not valid: ${why}`);
}
