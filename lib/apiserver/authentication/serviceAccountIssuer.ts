import { compactJws } from "../../api/pki/compactJws.js";
import type { SigningAlgorithm, SigningKey, VerificationKey } from "./serviceAccountKeys.js";

/** What a TokenRequest's token says. Times are seconds since the epoch. */
export interface BoundClaims {
  readonly aud: readonly string[];
  readonly exp: number;
  readonly iat: number;
  readonly nbf: number;
  readonly iss: string;
  readonly sub: string;
  readonly jti: string;
  readonly "kubernetes.io": {
    readonly namespace: string;
    readonly serviceaccount: { readonly name: string; readonly uid: string };
    readonly pod?: { readonly name: string; readonly uid: string };
    readonly secret?: { readonly name: string; readonly uid: string };
    readonly node?: { readonly name: string; readonly uid?: string };
    readonly warnafter?: number;
  };
}

/** Signs the tokens of service accounts, and says with which keys they can be checked. */
export class ServiceAccountIssuer {
  readonly issuer: string;
  readonly #signingKey: SigningKey;
  readonly #keys: readonly VerificationKey[];

  /** keys: what is trusted beside the signing key. */
  constructor(issuer: string, signingKey: SigningKey, keys: readonly VerificationKey[]) {
    this.issuer = issuer;
    this.#signingKey = signingKey;
    const others = keys.filter(({ keyId }) => keyId !== signingKey.keyId);
    this.#keys = [signingKey, ...others];
  }

  get keys(): readonly VerificationKey[] {
    return this.#keys;
  }

  sign(claims: BoundClaims | Readonly<Record<string, unknown>>): string {
    return compactJws(claims, this.#signingKey);
  }

  /**
   * /.well-known/openid-configuration; undefined where the issuer is no https URL (then there is
   * none).
   */
  openIdConfiguration(jwksUri: string): string | undefined {
    if (!this.issuer.startsWith("https://")) return undefined;
    const algorithms = [...new Set<SigningAlgorithm>(this.#keys.map(({ algorithm }) => algorithm))];
    return JSON.stringify({
      issuer: this.issuer,
      jwks_uri: jwksUri,
      response_types_supported: ["id_token"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: algorithms.sort(),
    });
  }

  /** /openid/v1/jwks. */
  jsonWebKeySet(): string {
    const keys = this.#keys.map(({ key, algorithm, keyId }) => ({
      use: "sig",
      ...(key.export({ format: "jwk" }) as Record<string, unknown>),
      kid: keyId,
      alg: algorithm,
    }));
    return JSON.stringify({ keys });
  }
}
