import { createHash, X509Certificate } from "node:crypto";
import { authenticationV1 } from "../../api/gen/resources.js";
import type { Client } from "../../client/client.js";
import type { Clock } from "../../platform/clock.js";
import type { Connection, HttpRequest } from "../../platform/network.js";
import { ExpiringCache } from "./expiringCache.js";
import { anonymousUser, type KubeletUser, withAuthenticatedGroup } from "./kubeletUser.js";

export interface KubeletAuthenticatorOptions {
  readonly client: Client;
  readonly clock: Clock;
  /** --client-ca-file was given: the listener verifies certificates against it. */
  readonly clientCertificates: boolean;
  /** --authentication-token-webhook. */
  readonly tokenWebhook: boolean;
  /** --anonymous-auth. */
  readonly anonymous: boolean;
  /** --authentication-token-webhook-cache-ttl. */
  readonly tokenCacheMilliseconds: number;
}

const maxCachedTokens = 4_096;

function bearerToken(request: HttpRequest): string | undefined {
  const header = request.headers.authorization;
  const match = /^bearer +(\S+)$/i.exec(typeof header === "string" ? header.trim() : "");
  return match?.[1];
}

function certificateUser(connection: Connection): KubeletUser | "invalid" | undefined {
  const certificate = connection.peerCertificate;
  const leaf = certificate?.chain[0];
  if (!certificate || !leaf) return undefined;
  if (!certificate.verified) return "invalid";
  const { subject } = new X509Certificate(leaf).toLegacyObject() as unknown as {
    subject?: Record<string, string | string[] | undefined>;
  };
  const all = (part: string | string[] | undefined): string[] =>
    part === undefined ? [] : Array.isArray(part) ? part : [part];
  const name = all(subject?.CN).at(-1) ?? "";
  if (name === "") return undefined;
  return { name, uid: "", groups: withAuthenticatedGroup(all(subject?.O)), extra: {} };
}

/**
 * Who a request is from: client certificate, bearer token by TokenReview, or nobody in particular.
 */
export class KubeletAuthenticator {
  readonly #options: KubeletAuthenticatorOptions;
  readonly #tokens: ExpiringCache<KubeletUser | undefined>;

  constructor(options: KubeletAuthenticatorOptions) {
    this.#options = options;
    this.#tokens = new ExpiringCache(
      options.clock,
      maxCachedTokens,
      () => options.tokenCacheMilliseconds,
    );
  }

  /** Undefined: 401. Rejects when the API server could not be asked. */
  async authenticate(request: HttpRequest): Promise<KubeletUser | undefined> {
    let hasBadCredentials = false;
    if (this.#options.clientCertificates) {
      const user = this.#certificate(request.connection);
      if (user === "invalid") hasBadCredentials = true;
      else if (user) return user;
    }
    const token = this.#options.tokenWebhook ? bearerToken(request) : undefined;
    if (token !== undefined) {
      const key = createHash("sha256").update(token).digest("base64");
      const user = await this.#tokens.get(key, () => this.#review(token));
      if (user) return user;
      hasBadCredentials = true;
    }
    return this.#options.anonymous && !hasBadCredentials ? anonymousUser : undefined;
  }

  #certificate(connection: Connection): KubeletUser | "invalid" | undefined {
    const cached = connection.cache as { user: KubeletUser | "invalid" | undefined } | undefined;
    if (cached) return cached.user;
    const user = certificateUser(connection);
    connection.cache = { user };
    return user;
  }

  async #review(token: string): Promise<KubeletUser | undefined> {
    const review = await this.#options.client.resource(authenticationV1.tokenreviews).create({
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenReview",
      metadata: {},
      spec: { token },
    });
    const { authenticated, user } = review.status ?? {};
    if (!authenticated || !user?.username) return undefined;
    return {
      name: user.username,
      uid: user.uid ?? "",
      groups: withAuthenticatedGroup(user.groups ?? []),
      extra: user.extra ?? {},
    };
  }
}
