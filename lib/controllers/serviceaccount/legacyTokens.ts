import { createHash, createPrivateKey, createPublicKey } from "node:crypto";
import type { Secret, ServiceAccount } from "../../api/gen/types/coreV1.js";
import { compactJws, type JwsKey } from "../../api/pki/compactJws.js";

const issuer = "kubernetes/serviceaccount";
const claim = "kubernetes.io/serviceaccount";

const ecAlgorithms: Readonly<Record<string, string>> = {
  prime256v1: "ES256",
  secp384r1: "ES384",
  secp521r1: "ES512",
};

/** Signs tokens that stand in secrets and never expire, as old clusters have them. */
export class LegacyTokens {
  readonly #key: JwsKey;

  /** @param privateKey PEM, RSA or EC */
  constructor(privateKey: string) {
    const key = createPrivateKey(privateKey);
    const curve = key.asymmetricKeyDetails?.namedCurve ?? "";
    const algorithm = key.asymmetricKeyType === "rsa" ? "RS256" : (ecAlgorithms[curve] ?? "ES256");
    const spki = createPublicKey(key).export({ type: "spki", format: "der" });
    const keyId = createHash("sha256").update(spki).digest("base64url");
    this.#key = { algorithm, keyId, privateKey: key };
  }

  sign(secret: Secret, account: ServiceAccount): string {
    const { name = "", namespace = "", uid = "" } = account.metadata;
    const claims = {
      iss: issuer,
      sub: `system:serviceaccount:${namespace}:${name}`,
      [`${claim}/namespace`]: namespace,
      [`${claim}/secret.name`]: secret.metadata?.name ?? "",
      [`${claim}/service-account.name`]: name,
      [`${claim}/service-account.uid`]: uid,
    };
    return compactJws(claims, this.#key);
  }
}
