import { X509Certificate } from "node:crypto";
import { type CertifiedKey, createAuthority } from "../api/pki/certificates.js";
import type { TlsServerOptions } from "../platform/network.js";
import type { Platform } from "../platform/platform.js";
import { FlagError, type FlagValues } from "./flags/flagValues.js";
import { readNamedFile } from "./readNamedFile.js";
import { tlsSettings } from "./tlsSettings.js";

const dayMilliseconds = 24 * 3600 * 1000;

/** The names of a certificate that a client may ask for. */
function namesIn(certificate: string): string[] {
  const { subjectAltName = "" } = new X509Certificate(certificate);
  return subjectAltName.split(", ").flatMap((name) => /^DNS:(.+)$/.exec(name)?.[1] ?? []);
}

/** --tls-sni-cert-key: `certificate,key` or `certificate,key:name,name`. */
function byServerName(platform: Platform, values: FlagValues): TlsServerOptions["byServerName"] {
  const flag = "tls-sni-cert-key";
  return values.strings(flag).map((text) => {
    const match = /^([^,:]+),([^,:]+)(?::(.+))?$/.exec(text);
    if (!match) {
      throw new FlagError(`--${flag}: ${JSON.stringify(text)} is not certificate,key[:names]`);
    }
    const certificate = readNamedFile(platform, flag, match[1] as string);
    const key = readNamedFile(platform, flag, match[2] as string);
    return { names: match[3]?.split(",") ?? namesIn(certificate), certificate, key };
  });
}

/** How a component serves TLS, by its flags. Throws FlagError. */
export async function servingTls(
  platform: Platform,
  values: FlagValues,
  component: string,
): Promise<TlsServerOptions> {
  const others = byServerName(platform, values) ?? [];
  return {
    ...tlsSettings(values.string("tls-min-version"), values.strings("tls-cipher-suites")),
    ...(others.length > 0 ? { byServerName: others } : {}),
    ...(await servingCertificate(platform, values, component)),
  };
}

/** What is in the files: one without the other is a mistake. */
export function checkPair(certificate: string | undefined, key: string | undefined): void {
  if (!certificate === !key) return;
  const [given, missing] = certificate
    ? ["cert-file", "private-key-file"]
    : ["private-key-file", "cert-file"];
  throw new FlagError(`--tls-${missing} is required with --tls-${given}`);
}

/**
 * What a component serves TLS with: the files of --tls-cert-file and --tls-private-key-file or,
 * without both, a pair made for this process. Throws a FlagError for a file that cannot be read.
 */
async function servingCertificate(
  platform: Platform,
  values: FlagValues,
  component: string,
): Promise<CertifiedKey> {
  const read = (flag: string): string => {
    const path = values.string(flag);
    return path === "" ? "" : readNamedFile(platform, flag, path);
  };
  const certificate = read("tls-cert-file");
  const key = read("tls-private-key-file");
  checkPair(certificate, key);
  if (certificate !== "" && key !== "") return { certificate, key };
  const now = platform.clock.now();
  return createAuthority(
    { commonName: `${component}@${platform.host.hostname()}` },
    { notBefore: now - dayMilliseconds, notAfter: now + 365 * dayMilliseconds },
  );
}
