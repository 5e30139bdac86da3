import type { Connection, Headers } from "../../platform/network.js";
import type { Grounds } from "../grounds.js";
import type { UserInfo } from "../identity.js";

export interface AuthenticationRequest {
  readonly connection: Connection;
  readonly headers: Headers;
  /**
   * WebSocket clients may carry a bearer token as a subprotocol; already taken out of the header.
   */
  readonly bearerToken?: string;
}

export type AuthenticationResult =
  /** These credentials are not this authenticator's business. */
  | { readonly outcome: "none" }
  | {
      readonly outcome: "authenticated";
      readonly user: UserInfo;
      readonly audiences?: readonly string[];
      /** What it rests on besides the credentials; absent where that cannot be said. */
      readonly grounds?: Grounds;
    }
  /**
   * Credentials came and are wrong: 401 unless a later authenticator accepts. The reason is for
   * the log only.
   */
  | { readonly outcome: "invalid"; readonly reason: string };

/** Synchronous answers avoid a turn of the loop on the hot path. */
export interface Authenticator {
  readonly name: string;
  authenticate(
    request: AuthenticationRequest,
  ): AuthenticationResult | Promise<AuthenticationResult>;
}
