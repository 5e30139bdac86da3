import { type KeyObject, sign } from "node:crypto";

/** What signs: an RSA or EC key, with the algorithm's name of RFC 7518 and the key's own. */
export interface JwsKey {
  readonly algorithm: string;
  readonly keyId: string;
  readonly privateKey: KeyObject;
}

const base64url = (value: object): string =>
  Buffer.from(JSON.stringify(value)).toString("base64url");

/**
 * Claims as a JWS in its compact form (RFC 7515). Signed on this thread, which takes less than
 * handing it to another, and is over at once: virtual time does not wait for other threads.
 */
export function compactJws(claims: object, { algorithm, keyId, privateKey }: JwsKey): string {
  const input = `${base64url({ alg: algorithm, kid: keyId })}.${base64url(claims)}`;
  const digest = `sha${algorithm.slice(2)}`;
  const key = { key: privateKey, dsaEncoding: "ieee-p1363" } as const;
  return `${input}.${sign(digest, Buffer.from(input), key).toString("base64url")}`;
}
