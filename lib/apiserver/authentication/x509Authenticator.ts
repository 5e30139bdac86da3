import type { Clock } from "../../platform/clock.js";
import { lasting } from "../grounds.js";
import type { UserInfo } from "../identity.js";
import type {
  AuthenticationRequest,
  AuthenticationResult,
  Authenticator,
} from "./authenticator.js";
import type { CertificateIdentity, CertificateVerifier } from "./certificateVerifier.js";
import { ConnectionIdentity } from "./connectionIdentity.js";

const none: AuthenticationResult = { outcome: "none" };

/** Client certificates: the common name is the user, the organizations are its groups. */
export class X509Authenticator implements Authenticator {
  readonly name = "x509";
  readonly #verifier: CertificateVerifier;
  readonly #clock: Clock;
  /** One user for each certificate identity, dropped with the identity. */
  readonly #users = new WeakMap<CertificateIdentity, AuthenticationResult>();

  constructor(verifier: CertificateVerifier, clock: Clock) {
    this.#verifier = verifier;
    this.#clock = clock;
  }

  authenticate({ connection }: AuthenticationRequest): AuthenticationResult {
    const chain = connection.peerCertificate?.chain;
    if (chain === undefined || chain.length === 0) return none;
    const answer = ConnectionIdentity.of(connection).verify(
      this.#verifier,
      chain,
      this.#clock.now(),
    );
    if (!answer.verified) {
      return { outcome: "invalid", reason: `x509: ${answer.reason}` };
    }
    const { identity } = answer;
    if (identity.commonName === "") return none;
    let result = this.#users.get(identity);
    if (result === undefined) {
      const grounds = { ...lasting, until: identity.notAfter };
      result = { outcome: "authenticated", user: userOf(identity), grounds };
      this.#users.set(identity, result);
    }
    return result;
  }
}

function userOf(identity: CertificateIdentity): UserInfo {
  return {
    name: identity.commonName,
    uid: "",
    groups: [...identity.organizations, "system:authenticated"],
    extra: {
      "authentication.kubernetes.io/credential-id": [`X509SHA256=${identity.fingerprint}`],
    },
  };
}
