import { X509Certificate } from "node:crypto";
import { ParsedCertificate } from "./parsedCertificate.js";

const clientAuthentication = "1.3.6.1.5.5.7.3.2";
const anyUsage = "2.5.29.37.0";
/** More intermediates are not looked at. */
const mostIntermediates = 10;
/**
 * Issuers that may be tried for one client certificate, as Go's crypto/x509: who comes with
 * certificates that all issue each other asks for no more work than this.
 */
const mostChecks = 100;
/** A stranger's key of more bits than these makes one check too long. */
const mostModulusBits = 8_192;

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
  #authorities: readonly ParsedCertificate[];
  #generation = 0;

  /** Throws for a malformed certificate. */
  constructor(pem: string) {
    this.#authorities = readAuthorities(pem);
  }

  /** Counts reloads: what was verified before one is to be verified again. */
  get generation(): number {
    return this.#generation;
  }

  /** From now on these are the authorities. Throws for a malformed certificate, or none at all. */
  reload(pem: string): void {
    const authorities = readAuthorities(pem);
    if (authorities.length === 0) throw new Error("there is no certificate of an authority");
    this.#authorities = authorities;
    this.#generation += 1;
  }

  /** The chain is DER, leaf first; now is milliseconds since the epoch. */
  verify(chain: readonly Uint8Array[], now: number): VerifiedCertificate {
    const [der, ...others] = chain;
    if (der === undefined) return { verified: false, reason: "no certificate" };
    let leaf: ParsedCertificate;
    let intermediates: ParsedCertificate[];
    try {
      leaf = new ParsedCertificate(der);
      intermediates = others
        .slice(0, mostIntermediates)
        .map((bytes) => new ParsedCertificate(bytes));
    } catch {
      return { verified: false, reason: "malformed certificate" };
    }
    const search = new ChainSearch(this.#authorities, intermediates, now);
    const notAfter = search.follow([leaf]);
    if (typeof notAfter === "string") return { verified: false, reason: notAfter };
    return { verified: true, identity: identityOf(leaf.x509, notAfter) };
  }
}

function readAuthorities(pem: string): ParsedCertificate[] {
  return certificatesOfPem(pem).map((one) => new ParsedCertificate(one));
}

const unknownAuthority = "certificate signed by unknown authority";
const incompatibleUsage = "certificate specifies an incompatible key usage";
const tooManyChecks = "signature check attempts limit reached while verifying certificate chain";

function isForClients({ extendedKeyUsages: usages }: ParsedCertificate): boolean {
  return usages === undefined || usages.includes(clientAuthentication) || usages.includes(anyUsage);
}

/** One search for a chain from a leaf to an authority. */
class ChainSearch {
  readonly #authorities: readonly ParsedCertificate[];
  readonly #intermediates: readonly ParsedCertificate[];
  readonly #now: number;
  /** Whether the key of one signed the other, once it was checked. Bounded by mostChecks. */
  readonly #signed = new Map<ParsedCertificate, Map<ParsedCertificate, boolean>>();
  #checks = 0;

  constructor(
    authorities: readonly ParsedCertificate[],
    intermediates: readonly ParsedCertificate[],
    now: number,
  ) {
    this.#authorities = authorities;
    this.#intermediates = intermediates;
    this.#now = now;
  }

  /** The earliest end of a chain to an authority that begins so, or why there is none. */
  follow(chain: readonly ParsedCertificate[]): number | string {
    const last = chain.at(-1);
    if (last === undefined) return unknownAuthority;
    const isAuthority = this.#authorities.some((authority) => authority.isSame(last));
    const flaw = this.#flawOf(last, chain.slice(0, -1), isAuthority);
    if (flaw !== undefined) return flaw;
    if (isAuthority) {
      if (!chain.every(isForClients)) return incompatibleUsage;
      return Math.min(...chain.map(({ notAfter }) => notAfter));
    }
    let reason = unknownAuthority;
    for (const issuer of [...this.#authorities, ...this.#intermediates]) {
      if (!issuer.subject.equals(last.issuer)) continue;
      if (chain.some((member) => member.isSame(issuer))) continue;
      this.#checks += 1;
      if (this.#checks > mostChecks) return tooManyChecks;
      if (!this.#isSignedBy(last, issuer)) continue;
      const end = this.follow([...chain, issuer]);
      if (typeof end === "number" || end === tooManyChecks) return end;
      reason = end;
    }
    return reason;
  }

  /** What is wrong with a certificate that stands above the others; as Go orders it. */
  #flawOf(
    certificate: ParsedCertificate,
    below: readonly ParsedCertificate[],
    isAuthority: boolean,
  ): string | undefined {
    if (certificate.hasUnknownCriticalExtension) return "unhandled critical extension";
    if (this.#now < certificate.notBefore) return "certificate is not yet valid";
    if (this.#now > certificate.notAfter) return "certificate has expired";
    if (below.length === 0) return undefined;
    if (certificate.hasNameConstraints && below.some(({ hasNames }) => hasNames)) {
      return "name constraints are not supported for certificates with alternative names";
    }
    const { basicConstraints } = certificate;
    const isCa = basicConstraints?.isAuthority ?? (isAuthority && certificate.x509.ca);
    if (!isCa || !certificate.maySign) {
      return "certificate is not authorized to sign other certificates";
    }
    const { pathLength } = basicConstraints ?? {};
    if (pathLength !== undefined && below.length - 1 > pathLength) {
      return "too many intermediates for path length constraint";
    }
    return undefined;
  }

  #isSignedBy(certificate: ParsedCertificate, issuer: ParsedCertificate): boolean {
    const known = this.#signed.get(certificate) ?? new Map<ParsedCertificate, boolean>();
    this.#signed.set(certificate, known);
    const signed = known.get(issuer) ?? isSignature(certificate, issuer);
    known.set(issuer, signed);
    return signed;
  }
}

function isSignature(certificate: ParsedCertificate, issuer: ParsedCertificate): boolean {
  try {
    const { publicKey } = issuer.x509;
    const bits = publicKey.asymmetricKeyDetails?.modulusLength ?? 0;
    return bits <= mostModulusBits && certificate.x509.verify(publicKey);
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
