import { X509Certificate } from "node:crypto";
import { certificateLife } from "../api/pki/certificateLife.js";
import { createAuthority, issue, openAuthority } from "../api/pki/certificates.js";
import type { AlternativeNames, CertifiedKey } from "../api/pki/certifiedKey.js";
import type { Platform } from "../platform/platform.js";
import { makeDataDirectory, makePrivateFile } from "../platform/privateDirectory.js";

const dayMilliseconds = 24 * 3600 * 1000;
const lifeMilliseconds = 365 * dayMilliseconds;

export interface OwnCertificateOptions {
  /** Where `<pair>.crt` and `<pair>.key` are kept; empty keeps them nowhere. */
  readonly directory: string;
  readonly pair: string;
  readonly name: string;
  readonly names: AlternativeNames;
}

/**
 * A serving certificate that nobody gave: made at the first start, and again when it is about to
 * end.
 */
export async function ownCertificate(
  platform: Platform,
  options: OwnCertificateOptions,
): Promise<CertifiedKey> {
  const { files, clock } = platform;
  const { directory, pair } = options;
  const [certificateFile, keyFile] = [`${directory}/${pair}.crt`, `${directory}/${pair}.key`];
  const now = clock.now();
  if (directory === "") return make(options, now);
  await makeDataDirectory(files, directory);
  await makePrivateFile(files, keyFile);
  try {
    const certificate = await files.readText(certificateFile);
    const { notAfter } = certificateLife(new X509Certificate(certificate));
    if (notAfter > now + dayMilliseconds)
      return { certificate, key: await files.readText(keyFile) };
  } catch {
    // Not there, or not readable as a certificate: a new one.
  }
  const made = await make(options, now);
  await files.replaceFile(keyFile, made.key, 0o600);
  await files.replaceFile(certificateFile, made.certificate, 0o600);
  return made;
}

/** With the authority that it is signed by, which is nowhere else. */
async function make({ name, names }: OwnCertificateOptions, now: number): Promise<CertifiedKey> {
  const validity = { notBefore: now - dayMilliseconds, notAfter: now + lifeMilliseconds };
  const subject = { commonName: `${name}-ca@${Math.floor(now)}` };
  const authority = await createAuthority(subject, validity);
  const signing = await openAuthority(authority);
  const pair = await issue(signing, { commonName: name }, ["server"], names, validity);
  return { certificate: pair.certificate + authority.certificate, key: pair.key };
}
