import { lasting } from "../grounds.js";
import type { UserInfo } from "../identity.js";
import { type CredentialLine, digestOf } from "./credentialFile.js";
import type { TokenAuthenticator, TokenResult } from "./tokenAuthenticator.js";

/** --token-auth-file: fixed tokens. */
export class TokenFileAuthenticator implements TokenAuthenticator {
  readonly name = "tokenfile";
  readonly #users: ReadonlyMap<string, UserInfo>;

  constructor(lines: readonly CredentialLine[]) {
    this.#users = new Map(lines.map(({ secret, user }) => [digestOf(secret), user]));
  }

  authenticateToken(_token: string, digest: string): TokenResult {
    const user = this.#users.get(digest);
    if (user === undefined) return { outcome: "none" };
    return { outcome: "authenticated", user, grounds: lasting };
  }
}
