import type { AuthenticationResult } from "./authenticator.js";

export type TokenResult = AuthenticationResult;

/** One kind of bearer token. The digest is the token's, computed once for all kinds. */
export interface TokenAuthenticator {
  readonly name: string;
  /** audiences: who must be able to accept the token; undefined is this API server. */
  authenticateToken(
    token: string,
    digest: string,
    audiences?: readonly string[],
  ): TokenResult | Promise<TokenResult>;
}
