import { orElse } from "../../api/maybePromise.js";
import type {
  AuthenticationRequest,
  AuthenticationResult,
  Authenticator,
} from "./authenticator.js";
import { digestOf } from "./credentialFile.js";
import type { TokenAuthenticator } from "./tokenAuthenticator.js";

const none: AuthenticationResult = { outcome: "none" };
/** Longer ones are no tokens: 1 MiB headers are not worth a signature check. */
const longestToken = 64 * 1024;

/**
 * `Authorization: Bearer …`, by every kind of token in turn. A token that none knows is a wrong
 * token: 401. So is one whose account cannot be looked up, as upstream has it: whoever cannot be
 * told from a stranger is none of ours.
 */
export class BearerTokenAuthenticator implements Authenticator {
  readonly name = "token";
  readonly #kinds: readonly TokenAuthenticator[];

  constructor(kinds: readonly TokenAuthenticator[]) {
    this.#kinds = kinds;
  }

  authenticate(
    request: AuthenticationRequest,
  ): AuthenticationResult | Promise<AuthenticationResult> {
    const token = request.bearerToken ?? bearerToken(request.headers.authorization);
    if (token === undefined || token === "") return none;
    return this.authenticateToken(token);
  }

  /** Also TokenReview's way. */
  authenticateToken(
    token: string,
    audiences?: readonly string[],
  ): AuthenticationResult | Promise<AuthenticationResult> {
    if (token.length > longestToken) return { outcome: "invalid", reason: "token is too long" };
    return this.#from(0, token, digestOf(token), audiences, []);
  }

  #from(
    start: number,
    token: string,
    digest: string,
    audiences: readonly string[] | undefined,
    reasons: string[],
  ): AuthenticationResult | Promise<AuthenticationResult> {
    for (let position = start; position < this.#kinds.length; position += 1) {
      const kind = this.#kinds[position] as TokenAuthenticator;
      const answer = orElse<AuthenticationResult>(
        () => kind.authenticateToken(token, digest, audiences),
        (error) => ({ outcome: "invalid", reason: (error as Error).message }),
      );
      if (answer instanceof Promise) {
        return answer.then((settled) => {
          if (settled.outcome === "authenticated") return settled;
          if (settled.outcome === "invalid") reasons.push(`${kind.name}: ${settled.reason}`);
          return this.#from(position + 1, token, digest, audiences, reasons);
        });
      }
      if (answer.outcome === "authenticated") return answer;
      if (answer.outcome === "invalid") reasons.push(`${kind.name}: ${answer.reason}`);
    }
    const reason = reasons.length === 0 ? "invalid bearer token" : reasons.join(", ");
    return { outcome: "invalid", reason };
  }
}

function bearerToken(header: string | readonly string[] | undefined): string | undefined {
  if (typeof header !== "string") return undefined;
  const match = /^bearer +([^ ]+)\s*$/i.exec(header.trim());
  return match?.[1];
}
