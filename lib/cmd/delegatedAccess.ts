import { authorizationV1 } from "../api/gen/resources.js";
import { type ApiError, apiErrors } from "../api/status.js";
import type { Client } from "../client/client.js";
import { ExpiringCache } from "../kubelet/server/expiringCache.js";
import { KubeletAuthenticator } from "../kubelet/server/kubeletAuthenticator.js";
import type { KubeletUser } from "../kubelet/server/kubeletUser.js";
import type { Clock } from "../platform/clock.js";
import type { HttpRequest } from "../platform/network.js";
import type { FlagValues } from "./flags/flagValues.js";

const maxCachedDecisions = 1_024;

/**
 * Who may read what a component tells of itself on its secure port: the API server is asked who
 * somebody is and what they may do, but for the paths that are open to all.
 */
export class DelegatedAccess {
  readonly #clock: Clock;
  readonly #openPaths: readonly string[];
  readonly #tokenCacheMilliseconds: number;
  readonly #hasClientAuthorities: boolean;
  readonly #decisions: ExpiringCache<boolean>;
  #server: { readonly client: Client; readonly authenticator: KubeletAuthenticator } | undefined;

  constructor(values: FlagValues, clock: Clock) {
    this.#clock = clock;
    this.#openPaths = values.strings("authorization-always-allow-paths");
    this.#tokenCacheMilliseconds = values.duration("authentication-token-webhook-cache-ttl");
    this.#hasClientAuthorities = values.string("client-ca-file") !== "";
    const allowed = values.duration("authorization-webhook-cache-authorized-ttl");
    const denied = values.duration("authorization-webhook-cache-unauthorized-ttl");
    this.#decisions = new ExpiringCache(clock, maxCachedDecisions, (isAllowed) =>
      isAllowed ? allowed : denied,
    );
  }

  /** The API server answers: from now on it can be asked. */
  connected(client: Client): void {
    const authenticator = new KubeletAuthenticator({
      client,
      clock: this.#clock,
      clientCertificates: this.#hasClientAuthorities,
      tokenWebhook: true,
      anonymous: true,
      tokenCacheMilliseconds: this.#tokenCacheMilliseconds,
    });
    this.#server = { client, authenticator };
  }

  /** Undefined: go on. Rejects when the API server could not be asked. */
  async refusal(request: HttpRequest, path: string): Promise<ApiError | undefined> {
    if (this.#openPaths.some((open) => isBelow(open, path))) return undefined;
    if (this.#server === undefined) {
      return apiErrors.serviceUnavailable("the API server has not answered yet");
    }
    const { client, authenticator } = this.#server;
    const user = await authenticator.authenticate(request);
    if (user === undefined) return apiErrors.unauthorized();
    const verb = request.method.toLowerCase();
    const key = JSON.stringify([user, verb, path]);
    const isAllowed = await this.#decisions.get(key, () => review(client, user, verb, path));
    return isAllowed
      ? undefined
      : apiErrors.forbidden(
          { group: "", resource: "" },
          "",
          `User ${JSON.stringify(user.name)} cannot ${verb} path ${JSON.stringify(path)}`,
        );
  }
}

/** `/healthz` itself, or all that begins like `/healthz/*`. */
function isBelow(pattern: string, path: string): boolean {
  return pattern.endsWith("*") ? path.startsWith(pattern.slice(0, -1)) : path === pattern;
}

async function review(
  client: Client,
  user: KubeletUser,
  verb: string,
  path: string,
): Promise<boolean> {
  const { status } = await client.resource(authorizationV1.subjectaccessreviews).create({
    apiVersion: "authorization.k8s.io/v1",
    kind: "SubjectAccessReview",
    metadata: {},
    spec: {
      user: user.name,
      ...(user.uid === "" ? {} : { uid: user.uid }),
      groups: [...user.groups],
      extra: Object.fromEntries(Object.entries(user.extra).map(([k, v]) => [k, [...v]])),
      nonResourceAttributes: { verb, path },
    },
  });
  return status?.allowed === true;
}
