import type { TlsServerOptions } from "../platform/network.js";
import { FlagError } from "./flags/flagValues.js";

/** Handshakes of TLS 1.3 choose among these whatever is said, as upstream's do. */
const ofTls13 = new Set([
  "TLS_AES_128_GCM_SHA256",
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
]);

/** OpenSSL's names of the bulk ciphers that are served. */
const bulkCiphers: Readonly<Record<string, string>> = {
  AES_128_GCM_SHA256: "AES128-GCM-SHA256",
  AES_256_GCM_SHA384: "AES256-GCM-SHA384",
  CHACHA20_POLY1305: "CHACHA20-POLY1305",
  CHACHA20_POLY1305_SHA256: "CHACHA20-POLY1305",
};

/** For example ECDHE-RSA-AES128-GCM-SHA256, of TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256. */
function opensslName(suite: string): string {
  const match = /^TLS_ECDHE_(ECDSA|RSA)_WITH_(\w+)$/.exec(suite);
  const bulk = bulkCiphers[match?.[2] ?? ""];
  if (match && bulk !== undefined) return `ECDHE-${match[1]}-${bulk}`;
  throw new FlagError(`--tls-cipher-suites: ${JSON.stringify(suite)} is not known or supported`);
}

function minimumVersionOf(text: string): TlsServerOptions["minimumVersion"] {
  switch (text) {
    case "":
      return undefined;
    case "VersionTLS12":
      return "TLSv1.2";
    case "VersionTLS13":
      return "TLSv1.3";
    case "VersionTLS10":
    case "VersionTLS11":
      throw new FlagError(`--tls-min-version: ${text}: nothing before TLS 1.2 is served`);
    default:
      throw new FlagError(`--tls-min-version: ${JSON.stringify(text)} is not a known version`);
  }
}

/** What --tls-min-version and --tls-cipher-suites ask for. Throws FlagError. */
export function tlsSettings(
  version: string,
  suites: readonly string[],
): Pick<TlsServerOptions, "minimumVersion" | "ciphers"> {
  const asked = minimumVersionOf(version);
  const older = suites.filter((suite) => !ofTls13.has(suite));
  const ciphers = older.map(opensslName);
  // Where only suites of TLS 1.3 are named, nothing older can be spoken.
  const minimum = suites.length > 0 && older.length === 0 ? "TLSv1.3" : asked;
  return {
    ...(minimum ? { minimumVersion: minimum } : {}),
    ...(ciphers.length > 0 ? { ciphers: ciphers.join(":") } : {}),
  };
}

/** Go's numbers of groups (IANA's), and OpenSSL's names. */
const curves: Readonly<Record<string, string>> = {
  "23": "P-256",
  "24": "P-384",
  "29": "X25519",
};

/** What --tls-curve-preferences asks for; undefined without a preference. Throws FlagError. */
export function tlsCurves(numbers: readonly string[]): string | undefined {
  const names = numbers.map((number) => {
    const name = curves[number];
    if (name !== undefined) return name;
    const known = Object.entries(curves).map(([id, curve]) => `${id} (${curve})`);
    throw new FlagError(`--tls-curve-preferences: ${number} is none of ${known.join(", ")}`);
  });
  return names.length === 0 ? undefined : names.join(":");
}
