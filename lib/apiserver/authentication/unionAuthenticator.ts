import { anonymousUser } from "../identity.js";
import type {
  AuthenticationRequest,
  AuthenticationResult,
  Authenticator,
} from "./authenticator.js";

/**
 * Asks each in turn; the first that knows the client decides. Wrong credentials are remembered,
 * and refuse the request unless a later authenticator accepts it. Without credentials it is
 * anonymous, where that is allowed.
 */
export class UnionAuthenticator implements Authenticator {
  readonly name = "union";
  readonly #authenticators: readonly Authenticator[];
  readonly #anonymous: boolean;

  constructor(authenticators: readonly Authenticator[], options: { readonly anonymous: boolean }) {
    this.#authenticators = authenticators;
    this.#anonymous = options.anonymous;
  }

  authenticate(
    request: AuthenticationRequest,
  ): AuthenticationResult | Promise<AuthenticationResult> {
    return this.#from(0, request, []);
  }

  #from(
    start: number,
    request: AuthenticationRequest,
    reasons: readonly string[],
  ): AuthenticationResult | Promise<AuthenticationResult> {
    let wrong = reasons;
    for (let position = start; position < this.#authenticators.length; position += 1) {
      const answer = (this.#authenticators[position] as Authenticator).authenticate(request);
      if (answer instanceof Promise) {
        return answer.then((settled) => {
          if (settled.outcome === "authenticated") return settled;
          const next = settled.outcome === "invalid" ? [...wrong, settled.reason] : wrong;
          return this.#from(position + 1, request, next);
        });
      }
      if (answer.outcome === "authenticated") return answer;
      if (answer.outcome === "invalid") wrong = [...wrong, answer.reason];
    }
    if (wrong.length > 0) return { outcome: "invalid", reason: wrong.join(", ") };
    if (!this.#anonymous) return { outcome: "none" };
    return { outcome: "authenticated", user: anonymousUser };
  }
}
