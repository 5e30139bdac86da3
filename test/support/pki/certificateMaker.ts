import { webcrypto } from "node:crypto";
import type * as X509 from "@peculiar/x509";

// The library's dependency injection wants this polyfill before it.
await import("reflect-metadata");
/** What the certificates are made with. */
export const x509 = await import("@peculiar/x509");

type Keys = webcrypto.CryptoKeyPair;

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

export interface CertificateShape {
  readonly subject: string;
  readonly issuer: string;
  readonly key: Keys;
  readonly signer: Keys;
  /** Absent: no basicConstraints at all. */
  readonly isAuthority?: boolean;
  readonly pathLength?: number;
  /** Absent: no keyUsage. */
  readonly usages?: X509.KeyUsageFlags;
  readonly extendedUsages?: readonly string[];
  readonly more?: readonly X509.Extension[];
  readonly notAfter?: number;
}

export function newKeys(): Promise<Keys> {
  return webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

let serial = 4096;

/** DER of any certificate, however wrong, as a stranger can make one. */
export async function makeCertificate(shape: CertificateShape): Promise<Uint8Array> {
  const { isAuthority, pathLength, usages, extendedUsages, more = [] } = shape;
  const now = Date.now();
  serial += 1;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial.toString(16),
    subject: `CN=${shape.subject}`,
    issuer: `CN=${shape.issuer}`,
    notBefore: new Date(now - 3_600_000),
    notAfter: new Date(shape.notAfter ?? now + 3_600_000),
    publicKey: shape.key.publicKey,
    signingKey: shape.signer.privateKey,
    signingAlgorithm: algorithm,
    extensions: [
      ...(isAuthority === undefined
        ? []
        : [new x509.BasicConstraintsExtension(isAuthority, pathLength, true)]),
      ...(usages === undefined ? [] : [new x509.KeyUsagesExtension(usages, true)]),
      ...(extendedUsages === undefined
        ? []
        : [new x509.ExtendedKeyUsageExtension([...extendedUsages])]),
      ...more,
    ],
  });
  return new Uint8Array(certificate.rawData);
}

export function pemOf(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}
