import type { Connection } from "../../platform/network.js";
import type { CertificateVerifier, VerifiedCertificate } from "./certificateVerifier.js";

/**
 * What was found out about a connection's certificate, kept on the connection and dropped with it.
 */
export class ConnectionIdentity {
  /** One entry a set of authorities: at most two. */
  readonly #verified = new Map<
    CertificateVerifier,
    { readonly generation: number; readonly answer: VerifiedCertificate }
  >();

  static of(connection: Connection): ConnectionIdentity {
    if (connection.cache instanceof ConnectionIdentity) return connection.cache;
    const identity = new ConnectionIdentity();
    connection.cache = identity;
    return identity;
  }

  /**
   * Verified once by each verifier, and again when its authorities have changed; a certificate that
   * ends while the connection lasts is refused then.
   */
  verify(
    verifier: CertificateVerifier,
    chain: readonly Uint8Array[],
    now: number,
  ): VerifiedCertificate {
    const known = this.#verified.get(verifier);
    const { generation } = verifier;
    if (known === undefined || known.generation !== generation) {
      const answer = verifier.verify(chain, now);
      this.#verified.set(verifier, { generation, answer });
      return answer;
    }
    const { answer } = known;
    if (answer.verified && now > answer.identity.notAfter) {
      return { verified: false, reason: "certificate has expired" };
    }
    return answer;
  }
}
