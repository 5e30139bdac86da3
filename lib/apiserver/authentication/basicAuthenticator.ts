import type { UserInfo } from "../identity.js";
import type {
  AuthenticationRequest,
  AuthenticationResult,
  Authenticator,
} from "./authenticator.js";
import { type CredentialLine, digestOf } from "./credentialFile.js";

/** --basic-auth-file: names and passwords, as older clusters have them. */
export class BasicAuthenticator implements Authenticator {
  readonly name = "basic";
  readonly #users: ReadonlyMap<string, { readonly user: UserInfo; readonly digest: string }>;

  constructor(lines: readonly CredentialLine[]) {
    this.#users = new Map(
      lines.map(({ secret, user }) => [user.name, { user, digest: digestOf(secret) }]),
    );
  }

  authenticate({ headers }: AuthenticationRequest): AuthenticationResult {
    const { authorization } = headers;
    if (typeof authorization !== "string" || !/^basic /i.test(authorization)) {
      return { outcome: "none" };
    }
    const decoded = Buffer.from(authorization.slice(6).trim(), "base64").toString("utf8");
    const colon = decoded.indexOf(":");
    const entry = colon < 0 ? undefined : this.#users.get(decoded.slice(0, colon));
    // The digest is computed for unknown names too, so that time does not tell which names exist.
    const digest = digestOf(decoded.slice(colon + 1));
    if (entry === undefined || entry.digest !== digest) {
      return { outcome: "invalid", reason: "basic: invalid name or password" };
    }
    return { outcome: "authenticated", user: entry.user };
  }
}
