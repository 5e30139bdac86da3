import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from "node:crypto";

export type SigningAlgorithm = "RS256" | "ES256" | "ES384" | "ES512";

export interface VerificationKey {
  readonly key: KeyObject;
  readonly algorithm: SigningAlgorithm;
  /** base64url(sha256(SubjectPublicKeyInfo)), as upstream names keys. */
  readonly keyId: string;
}

export interface SigningKey extends VerificationKey {
  readonly privateKey: KeyObject;
}

function algorithmOf(key: KeyObject): SigningAlgorithm | undefined {
  if (key.asymmetricKeyType === "rsa") return "RS256";
  if (key.asymmetricKeyType !== "ec") return undefined;
  switch (key.asymmetricKeyDetails?.namedCurve) {
    case "prime256v1":
      return "ES256";
    case "secp384r1":
      return "ES384";
    case "secp521r1":
      return "ES512";
    default:
      return undefined;
  }
}

function verificationKey(key: KeyObject): VerificationKey | undefined {
  const algorithm = algorithmOf(key);
  if (algorithm === undefined) return undefined;
  const der = key.export({ type: "spki", format: "der" });
  return { key, algorithm, keyId: createHash("sha256").update(der).digest("base64url") };
}

/**
 * The public keys of a --service-account-key-file: public keys, private keys and certificates,
 * RSA or ECDSA, any number of them. Throws without repeating the file's content.
 */
export function verificationKeysOfPem(pem: string, fileName: string): VerificationKey[] {
  const blocks = pem.match(/-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g) ?? [];
  const keys: VerificationKey[] = [];
  for (const block of blocks) {
    // Parameters of the curve stand before keys that openssl made; they are no key.
    if (block.startsWith("-----BEGIN EC PARAMETERS-----")) continue;
    let key: KeyObject;
    try {
      key = createPublicKey(block);
    } catch {
      continue;
    }
    const usable = verificationKey(key);
    if (usable !== undefined) keys.push(usable);
  }
  if (keys.length === 0) {
    throw new Error(`${fileName} holds no public key, private key or certificate of RSA or ECDSA`);
  }
  return keys;
}

/** The private key of --service-account-signing-key-file. */
export function signingKeyOfPem(pem: string, fileName: string): SigningKey {
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(pem);
  } catch {
    throw new Error(`${fileName} holds no private key`);
  }
  const usable = verificationKey(createPublicKey(privateKey));
  if (usable === undefined) throw new Error(`${fileName} holds no RSA or ECDSA private key`);
  return { ...usable, privateKey };
}

/** For a server that was given none. It lives as long as whoever keeps its PEM. */
export function makeSigningKey(): { key: SigningKey; pem: string } {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  return { key: signingKeyOfPem(pem, "the generated key"), pem };
}
