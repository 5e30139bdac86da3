import type { Connection } from "../../platform/network.js";
import type { CertificateVerifier, VerifiedCertificate } from "./certificateVerifier.js";

/**
 * What was found out about a connection's certificate, kept on the connection and dropped with it.
 */
export class ConnectionIdentity {
  /** One entry a set of authorities: at most two. */
  readonly #verified = new Map<CertificateVerifier, VerifiedCertificate>();

  static of(connection: Connection): ConnectionIdentity {
    if (connection.cache instanceof ConnectionIdentity) return connection.cache;
    const identity = new ConnectionIdentity();
    connection.cache = identity;
    return identity;
  }

  /**
   * Verified once by each verifier; a certificate that ends while the connection lasts is refused
   * then.
   */
  verify(
    verifier: CertificateVerifier,
    chain: readonly Uint8Array[],
    now: number,
  ): VerifiedCertificate {
    const known = this.#verified.get(verifier);
    if (known === undefined) {
      const answer = verifier.verify(chain, now);
      this.#verified.set(verifier, answer);
      return answer;
    }
    if (known.verified && now > known.identity.notAfter) {
      return { verified: false, reason: "certificate has expired" };
    }
    return known;
  }
}
