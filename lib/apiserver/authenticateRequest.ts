import { andThen, type MaybePromise } from "../api/maybePromise.js";
import { apiErrors } from "../api/status.js";
import type {
  AuthenticationRequest,
  AuthenticationResult,
  Authenticator,
} from "./authentication/authenticator.js";
import { lasting } from "./grounds.js";
import { anonymousUser, type UserInfo } from "./identity.js";
import type { ServerRequest } from "./serverRequest.js";

export interface AuthenticationOptions {
  readonly authenticators: readonly Authenticator[];
  readonly allowAnonymous: boolean;
}

const webSocketBearerPrefix = "base64url.bearer.authorization.k8s.io.";

/**
 * The request's user: the first authenticator that knows the credentials. Wrong ones are 401 even
 * where anonymous requests are allowed.
 */
export function authenticateRequest(
  options: AuthenticationOptions,
  request: ServerRequest,
): MaybePromise<UserInfo> {
  const known = request.trustedUser ?? request.knownUser;
  if (known !== undefined) {
    if (request.grounds !== undefined) request.grounds.identity = lasting;
    return known;
  }
  const { connection } = request;
  if (connection === undefined) {
    throw apiErrors.unauthorized();
  }
  const attempt = authenticationRequest(connection, request);
  const user = authenticateFrom(options, attempt, 0, false);
  const { grounds } = request;
  if (grounds === undefined || user instanceof Promise) return andThen(user, userOf);
  grounds.identity = user.grounds;
  return userOf(user);
}

/** The user of a result, as everybody else sees them. */
function userOf({ user }: Authenticated): UserInfo {
  return withAuthenticatedGroup(user);
}

type Authenticated = AuthenticationResult & { readonly outcome: "authenticated" };

/** Asks the authenticators from this one on; synchronous as long as they are. */
function authenticateFrom(
  options: AuthenticationOptions,
  attempt: AuthenticationRequest,
  first: number,
  wasInvalid: boolean,
): MaybePromise<Authenticated> {
  let invalid = wasInvalid;
  for (let at = first; at < options.authenticators.length; at += 1) {
    const result = (options.authenticators[at] as Authenticator).authenticate(attempt);
    if (result instanceof Promise) {
      return result.then((settled) =>
        settled.outcome === "authenticated"
          ? settled
          : authenticateFrom(options, attempt, at + 1, invalid || settled.outcome === "invalid"),
      );
    }
    if (result.outcome === "authenticated") return result;
    invalid ||= result.outcome === "invalid";
  }
  if (invalid || !options.allowAnonymous) throw apiErrors.unauthorized();
  return anonymous;
}

const anonymous: Authenticated = {
  outcome: "authenticated",
  user: anonymousUser,
  grounds: lasting,
};

function authenticationRequest(
  connection: AuthenticationRequest["connection"],
  request: ServerRequest,
): AuthenticationRequest {
  const { headers } = request;
  const protocols = headers["sec-websocket-protocol"];
  if (headers.authorization !== undefined || typeof protocols !== "string") {
    return { connection, headers };
  }
  const token = protocols
    .split(",")
    .map((protocol) => protocol.trim())
    .find((protocol) => protocol.startsWith(webSocketBearerPrefix));
  if (token === undefined) {
    return { connection, headers };
  }
  const encoded = token.slice(webSocketBearerPrefix.length);
  return { connection, headers, bearerToken: Buffer.from(encoded, "base64url").toString("utf8") };
}

/**
 * Everybody who is known is in system:authenticated. Kept beside the user, which authenticators
 * cache.
 */
const withGroup = new WeakMap<UserInfo, UserInfo>();

function withAuthenticatedGroup(user: UserInfo): UserInfo {
  if (user.groups.includes("system:authenticated") || user.name === anonymousUser.name) {
    return user;
  }
  let known = withGroup.get(user);
  if (known === undefined) {
    known = { ...user, groups: [...user.groups, "system:authenticated"] };
    withGroup.set(user, known);
  }
  return known;
}
