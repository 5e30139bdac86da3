import { X509Certificate } from "node:crypto";

const clientAuthentication = "1.3.6.1.5.5.7.3.2";
const anyUsage = "2.5.29.37.0";
/** Longer chains are refused: each step is a signature check that a stranger asks for. */
const longestChain = 8;

export interface CertificateIdentity {
  readonly commonName: string;
  readonly organizations: readonly string[];
  /** Milliseconds since the epoch: the earliest end of the whole chain. */
  readonly notAfter: number;
  /** SHA-256 of the leaf, lower-case hexadecimal. */
  readonly fingerprint: string;
}

export type VerifiedCertificate =
  | { readonly verified: true; readonly identity: CertificateIdentity }
  | { readonly verified: false; readonly reason: string };

/** Splits a PEM bundle; text between the certificates is ignored. */
export function certificatesOfPem(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}

/**
 * Checks client certificates against one set of authorities. The listener asks for certificates
 * of several (clients' and front proxies'), so that whose a certificate is must be found out
 * here, again.
 */
export class CertificateVerifier {
  readonly #authorities: readonly X509Certificate[];

  constructor(pem: string) {
    this.#authorities = certificatesOfPem(pem);
  }

  /** The chain is DER, leaf first; now is milliseconds since the epoch. */
  verify(chain: readonly Uint8Array[], now: number): VerifiedCertificate {
    const [der, ...others] = chain;
    if (der === undefined) return { verified: false, reason: "no certificate" };
    let leaf: X509Certificate;
    let intermediates: X509Certificate[];
    try {
      leaf = new X509Certificate(der);
      intermediates = others.slice(0, longestChain).map((bytes) => new X509Certificate(bytes));
    } catch {
      return { verified: false, reason: "malformed certificate" };
    }
    const usages = leaf.keyUsage;
    if (usages && !usages.includes(clientAuthentication) && !usages.includes(anyUsage)) {
      return { verified: false, reason: "certificate specifies an incompatible key usage" };
    }
    const notAfter = this.#follow(leaf, intermediates, now, 0);
    if (typeof notAfter === "string") return { verified: false, reason: notAfter };
    return { verified: true, identity: identityOf(leaf, notAfter) };
  }

  /** The earliest end of a chain to an authority, or why there is none. */
  #follow(
    certificate: X509Certificate,
    intermediates: readonly X509Certificate[],
    now: number,
    depth: number,
  ): number | string {
    const end = Date.parse(certificate.validTo);
    if (now < Date.parse(certificate.validFrom)) return "certificate is not yet valid";
    if (now > end) return "certificate has expired";
    if (depth > longestChain) return "chain is too long";
    if (this.#authorities.some((authority) => authority.raw.equals(certificate.raw))) return end;
    let reason = "certificate signed by unknown authority";
    for (const issuer of [...this.#authorities, ...intermediates]) {
      if (issuer.raw.equals(certificate.raw) || !isIssuer(issuer, certificate)) continue;
      const answer = this.#follow(
        issuer,
        intermediates.filter((other) => other !== issuer),
        now,
        depth + 1,
      );
      if (typeof answer === "number") return Math.min(end, answer);
      reason = answer;
    }
    return reason;
  }
}

function isIssuer(issuer: X509Certificate, certificate: X509Certificate): boolean {
  try {
    return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
  } catch {
    return false;
  }
}

function identityOf(leaf: X509Certificate, notAfter: number): CertificateIdentity {
  // The textual subject is escaped; this form is not, and repeated parts are lists.
  const { subject } = leaf.toLegacyObject() as unknown as {
    subject?: Record<string, string | string[] | undefined>;
  };
  const all = (part: string | string[] | undefined): string[] =>
    part === undefined ? [] : Array.isArray(part) ? part : [part];
  return {
    commonName: all(subject?.CN).at(-1) ?? "",
    organizations: all(subject?.O),
    notAfter,
    fingerprint: leaf.fingerprint256.replaceAll(":", "").toLowerCase(),
  };
}
