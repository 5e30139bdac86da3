import { createPrivateKey, X509Certificate } from "node:crypto";

/** What a pair is called where it is wrong: fields, files, flags. */
export interface KeyPairNames {
  readonly certificate: string;
  readonly key: string;
}

const ownNames: KeyPairNames = { certificate: "client certificate", key: "client key" };

/**
 * Why a certificate and a private key (PEM) cannot be used together, in one line; undefined where
 * they can. Nothing of the key stands in it. No handshake with such a pair ever begins, so that
 * whoever waits for a server with it waits for ever.
 */
export function keyPairProblem(
  { certificate, key }: { readonly certificate: string; readonly key: string },
  names = ownNames,
): string | undefined {
  let leaf: X509Certificate;
  try {
    leaf = new X509Certificate(certificate);
  } catch {
    return `${names.certificate} is not a certificate in PEM`;
  }
  try {
    if (leaf.checkPrivateKey(createPrivateKey(key))) return undefined;
  } catch {
    return `${names.key} is not a private key in PEM`;
  }
  return `${names.certificate} and ${names.key} do not match`;
}
