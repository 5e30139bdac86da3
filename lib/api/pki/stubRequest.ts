import { createPublicKey, type KeyObject, type webcrypto } from "node:crypto";
import { isOneSequence } from "./derCertificate.js";
import { pemText } from "./pemBlocks.js";

/** Kinds of keys of pod certificates, as volumes name them. */
export const podKeyTypes = [
  "RSA3072",
  "RSA4096",
  "ECDSAP256",
  "ECDSAP384",
  "ECDSAP521",
  "ED25519",
] as const;

export type PodKeyType = (typeof podKeyTypes)[number];

type Algorithm = webcrypto.RsaHashedKeyGenParams | webcrypto.EcKeyGenParams | { name: "Ed25519" };

const rsa = (modulusLength: number): Algorithm => ({
  name: "RSASSA-PKCS1-v1_5",
  modulusLength,
  publicExponent: new Uint8Array([1, 0, 1]),
  hash: "SHA-256",
});

const ecdsa = (namedCurve: string, hash: string): Algorithm & { readonly hash: string } => ({
  name: "ECDSA",
  namedCurve,
  hash,
});

const algorithms: Readonly<Record<PodKeyType, Algorithm>> = {
  RSA3072: rsa(3072),
  RSA4096: rsa(4096),
  ECDSAP256: ecdsa("P-256", "SHA-256"),
  ECDSAP384: ecdsa("P-384", "SHA-384"),
  ECDSAP521: ecdsa("P-521", "SHA-512"),
  ED25519: { name: "Ed25519" },
};

export interface StubRequest {
  /** PKCS #8, PEM. */
  readonly privateKey: string;
  /** PKCS #10, DER: names nobody, and proves that whoever asks has the key. */
  readonly request: Buffer;
}

/** A new key with the request for its certificate. */
export async function createStubRequest(keyType: PodKeyType): Promise<StubRequest> {
  const algorithm = algorithms[keyType];
  const keys = (await crypto.subtle.generateKey(algorithm, true, [
    "sign",
    "verify",
  ])) as webcrypto.CryptoKeyPair;
  await import("reflect-metadata");
  const { Pkcs10CertificateRequestGenerator } = await import("@peculiar/x509");
  const request = await Pkcs10CertificateRequestGenerator.create({
    keys,
    signingAlgorithm: algorithm as webcrypto.EcdsaParams,
  });
  const key = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return { privateKey: pemText("PRIVATE KEY", key), request: Buffer.from(request.rawData) };
}

export interface ReadStubRequest {
  readonly publicKey: KeyObject;
  /** The request's own signature holds. */
  readonly isAuthentic: boolean;
}

/** Reads a request in DER; undefined where the bytes are none. */
export async function readStubRequest(bytes: Buffer): Promise<ReadStubRequest | undefined> {
  if (!isOneSequence(bytes)) return undefined;
  await import("reflect-metadata");
  const { Pkcs10CertificateRequest } = await import("@peculiar/x509");
  try {
    const request = new Pkcs10CertificateRequest(bytes);
    const key = Buffer.from(request.publicKey.rawData);
    const publicKey = createPublicKey({ key, format: "der", type: "spki" });
    const isAuthentic = await request.verify().catch(() => false);
    return { publicKey, isAuthentic };
  } catch {
    return undefined;
  }
}

/** Why a key is none that pods may have; undefined where it is one. */
export function podKeyProblem(
  key: KeyObject,
): { readonly shown: string | undefined; readonly detail: string } | undefined {
  const { namedCurve = "", modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case "ed25519":
      return undefined;
    case "ec": {
      if (["prime256v1", "secp384r1", "secp521r1"].includes(namedCurve)) return undefined;
      const detail = "elliptic public keys must use curve P256, P384, or P521";
      return { shown: `curve ${namedCurve}`, detail };
    }
    case "rsa": {
      // Counted in whole bytes, as upstream does.
      const bits = Math.ceil(modulusLength / 8) * 8;
      if (bits === 3072 || bits === 4096) return undefined;
      const detail = "RSA keys must have modulus size 3072 or 4096";
      return { shown: `${bits}-bit modulus`, detail };
    }
    default: {
      const detail = "unknown public key type; supported types are Ed25519, ECDSA, and RSA";
      return { shown: undefined, detail };
    }
  }
}
