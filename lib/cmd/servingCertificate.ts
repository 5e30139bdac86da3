import { type CertifiedKey, createAuthority } from "../api/pki/certificates.js";
import type { Platform } from "../platform/platform.js";
import type { FlagValues } from "./flags/flagValues.js";
import { readNamedFile } from "./readNamedFile.js";

const dayMilliseconds = 24 * 3600 * 1000;

/**
 * What a component serves TLS with: the files of --tls-cert-file and --tls-private-key-file or,
 * without both, a pair made for this process. Throws a FlagError for a file that cannot be read.
 */
export async function servingCertificate(
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
  if (certificate !== "" && key !== "") return { certificate, key };
  const now = platform.clock.now();
  return createAuthority(
    { commonName: `${component}@${platform.host.hostname()}` },
    { notBefore: now - dayMilliseconds, notAfter: now + 365 * dayMilliseconds },
  );
}
