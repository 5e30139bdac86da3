import { createHash, createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { SignJWT } from "jose";
import type { Secret, ServiceAccount } from "../../api/gen/types/coreV1.js";

const issuer = "kubernetes/serviceaccount";
const claim = "kubernetes.io/serviceaccount";

const ecAlgorithms: Readonly<Record<string, string>> = {
  prime256v1: "ES256",
  secp384r1: "ES384",
  secp521r1: "ES512",
};

/** Signs tokens that stand in secrets and never expire, as old clusters have them. */
export class LegacyTokens {
  readonly #key: KeyObject;
  readonly #algorithm: string;
  readonly #keyId: string;

  /** @param privateKey PEM, RSA or EC */
  constructor(privateKey: string) {
    this.#key = createPrivateKey(privateKey);
    const curve = this.#key.asymmetricKeyDetails?.namedCurve ?? "";
    this.#algorithm =
      this.#key.asymmetricKeyType === "rsa" ? "RS256" : (ecAlgorithms[curve] ?? "ES256");
    const spki = createPublicKey(this.#key).export({ type: "spki", format: "der" });
    this.#keyId = createHash("sha256").update(spki).digest("base64url");
  }

  sign(secret: Secret, account: ServiceAccount): Promise<string> {
    const { name = "", namespace = "", uid = "" } = account.metadata;
    return new SignJWT({
      iss: issuer,
      sub: `system:serviceaccount:${namespace}:${name}`,
      [`${claim}/namespace`]: namespace,
      [`${claim}/secret.name`]: secret.metadata?.name ?? "",
      [`${claim}/service-account.name`]: name,
      [`${claim}/service-account.uid`]: uid,
    })
      .setProtectedHeader({ alg: this.#algorithm, kid: this.#keyId })
      .sign(this.#key);
  }
}
