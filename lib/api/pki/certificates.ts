import type { webcrypto } from "node:crypto";
import type * as X509 from "@peculiar/x509";
import type { AlternativeNames, CertifiedKey } from "./certifiedKey.js";
import { pemText } from "./pemBlocks.js";

export type CryptoKey = webcrypto.CryptoKey;
export type CryptoKeyPair = webcrypto.CryptoKeyPair;

export interface Subject {
  readonly commonName: string;
  /** Groups, where the certificate is a client's. */
  readonly organizations?: readonly string[];
}

export type CertificateUsage = "client" | "server" | "authority";

export interface Validity {
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
}

export interface CertificateRequest {
  readonly subject: Subject;
  readonly alternativeNames: AlternativeNames;
  readonly publicKey: CryptoKey;
  /** The request's own signature holds. */
  readonly isAuthentic: boolean;
}

export const noNames: AlternativeNames = { dns: [], ips: [] };

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const serialBytes = 16;

let loaded: Promise<typeof X509> | undefined;

/**
 * The library is large and most processes never make a certificate: it is loaded at the first one.
 */
function library(): Promise<typeof X509> {
  // Its dependency injection wants this polyfill first.
  loaded ??= import("reflect-metadata").then(() => import("@peculiar/x509"));
  return loaded;
}

export async function generateKey(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

export async function privateKeyPem(pair: CryptoKeyPair): Promise<string> {
  return pemText("PRIVATE KEY", await crypto.subtle.exportKey("pkcs8", pair.privateKey));
}

export async function publicKeyPem(pair: CryptoKeyPair): Promise<string> {
  return pemText("PUBLIC KEY", await crypto.subtle.exportKey("spki", pair.publicKey));
}

/** Reads an ECDSA P-256 key in PEM, as privateKeyPem writes it. Throws where the text is none. */
export async function openKeyPair(text: string): Promise<CryptoKeyPair> {
  const { createPrivateKey, createPublicKey } = await import("node:crypto");
  const key = createPrivateKey(text);
  const secret = key.export({ type: "pkcs8", format: "der" });
  const open = createPublicKey(key).export({ type: "spki", format: "der" });
  return {
    privateKey: await crypto.subtle.importKey("pkcs8", secret, algorithm, true, ["sign"]),
    publicKey: await crypto.subtle.importKey("spki", open, algorithm, true, ["verify"]),
  };
}

/** What ASN.1 calls a PrintableString. */
const printable = /^[A-Za-z0-9 '()+,\-./:=?]*$/;

/**
 * A value as it is. As a bare text the library would take it for the notation of names, in which
 * `x"system:masters"`, `system:\masters` and `#…` mean something else than they say.
 */
function literal(value: string): { printableString: string } | { utf8String: string } {
  return printable.test(value) ? { printableString: value } : { utf8String: value };
}

/** A distinguished name: every value on its own, each to the letter. */
function nameOf(x509: typeof X509, subject: Subject): X509.Name {
  const organizations = (subject.organizations ?? []).map((value) => ({ O: [literal(value)] }));
  return new x509.Name([...organizations, { CN: [literal(subject.commonName)] }]);
}

function alternatives(
  names: AlternativeNames,
): { type: "dns" | "ip" | "email" | "url"; value: string }[] {
  return [
    ...names.dns.map((value) => ({ type: "dns" as const, value })),
    ...names.ips.map((value) => ({ type: "ip" as const, value })),
    ...(names.emails ?? []).map((value) => ({ type: "email" as const, value })),
    ...(names.uris ?? []).map((value) => ({ type: "url" as const, value })),
  ];
}

async function extensions(
  publicKey: CryptoKey,
  usages: readonly CertificateUsage[],
  names: AlternativeNames,
): Promise<X509.Extension[]> {
  const x509 = await library();
  const { KeyUsageFlags, ExtendedKeyUsage } = x509;
  const isAuthority = usages.includes("authority");
  const list: X509.Extension[] = [
    new x509.BasicConstraintsExtension(isAuthority, undefined, true),
    new x509.KeyUsagesExtension(
      isAuthority
        ? KeyUsageFlags.keyCertSign | KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment
        : KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment,
      true,
    ),
    await x509.SubjectKeyIdentifierExtension.create(publicKey),
  ];
  const extended = [
    ...(usages.includes("server") ? [ExtendedKeyUsage.serverAuth] : []),
    ...(usages.includes("client") ? [ExtendedKeyUsage.clientAuth] : []),
  ];
  if (extended.length > 0) list.push(new x509.ExtendedKeyUsageExtension(extended));
  const all = alternatives(names);
  if (all.length > 0) list.push(new x509.SubjectAlternativeNameExtension(all));
  return list;
}

function serialNumber(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(serialBytes));
  // Positive, and never zero.
  bytes[0] = ((bytes[0] as number) & 0x7f) | 1;
  return Buffer.from(bytes).toString("hex");
}

/** A self-signed authority with a new key. */
export async function createAuthority(subject: Subject, validity: Validity): Promise<CertifiedKey> {
  const x509 = await library();
  const keys = await generateKey();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: nameOf(x509, subject),
    notBefore: new Date(validity.notBefore),
    notAfter: new Date(validity.notAfter),
    signingAlgorithm: algorithm,
    keys,
    extensions: await extensions(keys.publicKey, ["authority"], noNames),
  });
  return { certificate: `${certificate.toString("pem")}\n`, key: await privateKeyPem(keys) };
}

/**
 * Opens an authority's PEM for signing: ECDSA or RSA, PKCS #8, PKCS #1 or SEC 1. Throws where it
 * does not fit.
 */
export async function openAuthority(authority: CertifiedKey): Promise<Authority> {
  const x509 = await library();
  const { createPrivateKey } = await import("node:crypto");
  const certificate = new x509.X509Certificate(authority.certificate);
  const key = createPrivateKey(authority.key);
  const der = key.export({ type: "pkcs8", format: "der" });
  const isRsa = key.asymmetricKeyType === "rsa";
  const curve = key.asymmetricKeyDetails?.namedCurve;
  const namedCurve = curve === "secp384r1" ? "P-384" : curve === "secp521r1" ? "P-521" : "P-256";
  const signing = isRsa
    ? { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }
    : { name: "ECDSA", namedCurve, hash: "SHA-256" };
  const signingKey = await crypto.subtle.importKey("pkcs8", der, signing, false, ["sign"]);
  return { certificate, certificatePem: authority.certificate, signingKey, signing };
}

export interface Authority {
  readonly certificate: X509.X509Certificate;
  readonly certificatePem: string;
  readonly signingKey: CryptoKey;
  readonly signing: { readonly name: string; readonly hash: string };
}

/** Signs a certificate for a public key. Its end is never after its authority's. */
export async function signCertificate(
  authority: Authority,
  subject: Subject,
  publicKey: CryptoKey,
  usages: readonly CertificateUsage[],
  names: AlternativeNames,
  validity: Validity,
): Promise<string> {
  const x509 = await library();
  const notAfter = Math.min(validity.notAfter, authority.certificate.notAfter.getTime());
  const own = await extensions(publicKey, usages, names);
  own.push(await x509.AuthorityKeyIdentifierExtension.create(authority.certificate.publicKey));
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: nameOf(x509, subject),
    issuer: authority.certificate.subjectName,
    notBefore: new Date(validity.notBefore),
    notAfter: new Date(notAfter),
    signingAlgorithm: authority.signing,
    publicKey,
    signingKey: authority.signingKey,
    extensions: own,
  });
  return `${certificate.toString("pem")}\n`;
}

/** A new key with its certificate. */
export async function issue(
  authority: Authority,
  subject: Subject,
  usages: readonly CertificateUsage[],
  names: AlternativeNames,
  validity: Validity,
): Promise<CertifiedKey> {
  const keys = await generateKey();
  const certificate = await signCertificate(
    authority,
    subject,
    keys.publicKey,
    usages,
    names,
    validity,
  );
  return { certificate, key: await privateKeyPem(keys) };
}

/** PKCS #10, PEM. */
export async function createRequest(
  subject: Subject,
  names: AlternativeNames,
  keys: CryptoKeyPair,
): Promise<string> {
  const x509 = await library();
  const all = alternatives(names);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: nameOf(x509, subject),
    keys,
    signingAlgorithm: algorithm,
    extensions: all.length > 0 ? [new x509.SubjectAlternativeNameExtension(all)] : [],
  });
  return `${request.toString("pem")}\n`;
}

/** Reads a request. Throws where the text is none. */
export async function readRequest(text: string): Promise<CertificateRequest> {
  const x509 = await library();
  const request = new x509.Pkcs10CertificateRequest(text);
  const names =
    (
      request.getExtension("2.5.29.17") as X509.SubjectAlternativeNameExtension | null
    )?.names.toJSON() ?? [];
  const valuesOf = (type: string): string[] =>
    names.filter((name) => name.type === type).map((name) => String(name.value));
  const values = (field: string): string[] => request.subjectName.getField(field);
  return {
    subject: { commonName: values("CN")[0] ?? "", organizations: values("O") },
    alternativeNames: {
      dns: valuesOf("dns"),
      ips: valuesOf("ip"),
      emails: valuesOf("email"),
      uris: valuesOf("url"),
    },
    publicKey: await request.publicKey.export(),
    isAuthentic: await request.verify(),
  };
}
