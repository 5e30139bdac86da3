import { andThen, type MaybePromise } from "../../api/maybePromise.js";
import { parseTime } from "../../api/time.js";
import type { Clock } from "../../platform/clock.js";
import type { Storage } from "../../storage/storage.js";
import type { ServerCaches } from "../cache/serverCaches.js";
import type { CachedServiceAccount } from "../cache/serviceAccountEntry.js";
import type { UserInfo } from "../identity.js";
import { invalidSinceLabel, type LegacyTokenUse } from "./legacyTokenUse.js";
import type { VerificationKey } from "./serviceAccountKeys.js";
import type { TokenAuthenticator, TokenResult } from "./tokenAuthenticator.js";

/**
 * Tokens whose signature has been checked and is remembered; beyond it the one unused for longest
 * goes. As many as the pods of some hundred nodes have.
 */
const mostVerified = 32_768;
/** An object that is being deleted keeps its tokens this long. */
const deletionLeewayMilliseconds = 60_000;
const legacyIssuer = "kubernetes/serviceaccount";

interface Claims {
  readonly iss?: string;
  readonly sub?: string;
  readonly aud?: string | readonly string[];
  readonly exp?: number;
  readonly nbf?: number;
  readonly iat?: number;
  readonly jti?: string;
  readonly "kubernetes.io"?: {
    readonly namespace?: string;
    readonly serviceaccount?: Reference;
    readonly pod?: Reference;
    readonly secret?: Reference;
    readonly node?: Reference;
  };
  readonly "kubernetes.io/serviceaccount/namespace"?: string;
  readonly "kubernetes.io/serviceaccount/secret.name"?: string;
  readonly "kubernetes.io/serviceaccount/service-account.name"?: string;
  readonly "kubernetes.io/serviceaccount/service-account.uid"?: string;
}

/** What a bound token says it was made for. */
type BoundTo = NonNullable<Claims["kubernetes.io"]>;

interface Reference {
  readonly name: string;
  readonly uid: string;
}

export interface ServiceAccountTokenOptions {
  /** --service-account-issuer: the first signs, all are accepted. */
  readonly issuers: readonly string[];
  /** --api-audiences; empty means the issuers. */
  readonly apiAudiences: readonly string[];
  readonly keys: readonly VerificationKey[];
  /** --service-account-lookup. */
  readonly lookup: boolean;
  /** Told of every token of a Secret that lets somebody in. */
  readonly legacyUse?: LegacyTokenUse;
}

/** How far servers' clocks may be apart, as upstream has it. */
const clockLeewaySeconds = 60;

type Accepted = TokenResult & { readonly outcome: "authenticated" };

function withoutGrounds({ outcome, user, audiences }: Accepted): Accepted {
  return { outcome, user, ...(audiences === undefined ? {} : { audiences }) };
}

const none: TokenResult = { outcome: "none" };
const invalid = (reason: string): TokenResult => ({ outcome: "invalid", reason });

/**
 * Tokens of service accounts, bound ones (TokenRequest) and those that live in a Secret. Only
 * the signature is remembered: whether account, pod, secret and node still exist is looked up
 * with every request.
 */
export class ServiceAccountAuthenticator implements TokenAuthenticator {
  readonly name = "serviceaccount";
  readonly #caches: ServerCaches;
  readonly #storage: Storage;
  readonly #clock: Clock;
  readonly #options: ServiceAccountTokenOptions;
  readonly #issuers: ReadonlySet<string>;
  readonly #verified = new Map<string, Claims>();

  constructor(
    caches: ServerCaches,
    storage: Storage,
    clock: Clock,
    options: ServiceAccountTokenOptions,
  ) {
    this.#caches = caches;
    this.#storage = storage;
    this.#clock = clock;
    this.#options = options;
    this.#issuers = new Set([...options.issuers, legacyIssuer]);
  }

  authenticateToken(
    token: string,
    digest: string,
    audiences?: readonly string[],
  ): TokenResult | Promise<TokenResult> {
    const known = this.#verified.get(digest);
    if (known !== undefined) {
      // Insertion order is the order of use.
      this.#verified.delete(digest);
      this.#verified.set(digest, known);
      return this.#validate(known, token, audiences);
    }
    const claimed = unverifiedClaims(token);
    if (claimed?.iss === undefined || !this.#issuers.has(claimed.iss)) return none;
    return this.#verifySignature(token).then((claims) => {
      if (claims === undefined) return invalid("invalid signature");
      this.#remember(digest, claims);
      return this.#validate(claims, token, audiences);
    });
  }

  #remember(digest: string, claims: Claims): void {
    if (this.#verified.size >= mostVerified) {
      for (const oldest of this.#verified.keys()) {
        this.#verified.delete(oldest);
        break;
      }
    }
    this.#verified.set(digest, claims);
  }

  async #verifySignature(token: string): Promise<Claims | undefined> {
    const { compactVerify, decodeProtectedHeader } = await import("jose");
    let header: { alg?: string; kid?: string };
    try {
      header = decodeProtectedHeader(token);
    } catch {
      return undefined;
    }
    const { keys } = this.#options;
    const named = keys.filter(({ keyId }) => keyId === header.kid);
    // Secrets' tokens of other signers may name keys their own way.
    for (const { key, algorithm } of named.length > 0 ? named : keys) {
      if (algorithm !== header.alg) continue;
      try {
        const { payload } = await compactVerify(token, key, { algorithms: [algorithm] });
        return JSON.parse(Buffer.from(payload).toString("utf8")) as Claims;
      } catch {
        // The next key may be the one.
      }
    }
    return undefined;
  }

  #validate(
    claims: Claims,
    token: string,
    audiences: readonly string[] | undefined,
  ): TokenResult | Promise<TokenResult> {
    // Another server's clock may have written them.
    const now = this.#clock.now() / 1000;
    if (claims.exp !== undefined && now - clockLeewaySeconds > claims.exp) {
      return invalid("service account token has expired");
    }
    const begins = Math.max(claims.nbf ?? now, claims.iat ?? now);
    if (now + clockLeewaySeconds < begins) {
      return invalid("service account token is not valid yet");
    }
    const legacy = claims.iss === legacyIssuer;
    const { apiAudiences, issuers } = this.#options;
    const api = apiAudiences.length > 0 ? apiAudiences : issuers;
    const wanted = audiences === undefined || audiences.length === 0 ? api : audiences;
    const own = typeof claims.aud === "string" ? [claims.aud] : (claims.aud ?? []);
    const offered = legacy && own.length === 0 ? api : own;
    const common = wanted.filter((audience) => offered.includes(audience));
    if (common.length === 0) {
      return invalid("token audiences are not among those of this server");
    }
    return legacy ? this.#legacy(claims, token, common) : this.#bound(claims, common);
  }

  #account(
    namespace: string,
    name: string,
    uid: string,
  ): MaybePromise<CachedServiceAccount | string> {
    return andThen(this.#caches.serviceAccounts.find(namespace, name), (account) => {
      if (account === undefined || isGone(account.deletionTimestamp, this.#clock.now())) {
        return `service account ${namespace}/${name} has been deleted`;
      }
      if (account.uid !== uid) {
        return `the UID of service account ${namespace}/${name} does not match the token's`;
      }
      return account;
    });
  }

  #bound(claims: Claims, audiences: readonly string[]): TokenResult | Promise<TokenResult> {
    const bound = claims["kubernetes.io"];
    const account = bound?.serviceaccount;
    const namespace = bound?.namespace ?? "";
    if (bound === undefined || account === undefined || namespace === "") {
      return invalid("token could not be validated: it names no service account");
    }
    const user = userOf(claims, namespace, account);
    const accepted: Accepted = { outcome: "authenticated", user, audiences };
    if (!this.#options.lookup) return accepted;
    return andThen(this.#account(namespace, account.name, account.uid), (found) =>
      typeof found === "string" ? invalid(found) : this.#onAccount(claims, bound, found, accepted),
    );
  }

  #onAccount(
    { exp }: Claims,
    bound: BoundTo,
    found: CachedServiceAccount,
    accepted: Accepted,
  ): MaybePromise<TokenResult> {
    const { namespace } = found;
    const { pod, secret, node } = bound;
    if (secret !== undefined) return this.#onSecret(namespace, secret, accepted);
    // What is being deleted lets in for a while yet, which only a clock ends.
    if (found.deletionTimestamp !== undefined) return this.#onOwner(bound, namespace, accepted);
    const keys = [`/registry/serviceaccounts/${namespace}/${found.name}`];
    if (pod !== undefined) keys.push(`/registry/pods/${namespace}/${pod.name}`);
    if (node !== undefined) keys.push(`/registry/minions/${node.name}`);
    const until = exp === undefined ? {} : { until: exp * 1000 };
    const grounds = { keys, prefixes: [], ...until };
    return this.#onOwner(bound, namespace, { ...accepted, grounds });
  }

  /** Accepted where what the token is bound to is there. */
  #onOwner(
    { pod, node }: { readonly pod?: Reference; readonly node?: Reference },
    namespace: string,
    accepted: Accepted,
  ): TokenResult | Promise<TokenResult> {
    if (pod !== undefined) return this.#onPod(namespace, pod, accepted);
    if (node !== undefined) return this.#onNode(node, accepted);
    return accepted;
  }

  #onPod(
    namespace: string,
    reference: Reference,
    accepted: Accepted,
  ): TokenResult | Promise<TokenResult> {
    return andThen(this.#caches.pods.find(namespace, reference.name), (pod) => {
      if (pod === undefined || isGone(pod.deletionTimestamp, this.#clock.now())) {
        return invalid("pod that the token is bound to has been deleted");
      }
      if (pod.uid !== reference.uid) return invalid("pod has been replaced by another");
      return pod.deletionTimestamp === undefined ? accepted : withoutGrounds(accepted);
    });
  }

  #onNode(reference: Reference, accepted: Accepted): TokenResult | Promise<TokenResult> {
    return andThen(this.#caches.nodes.find("", reference.name), (node) =>
      node?.uid === reference.uid
        ? accepted
        : invalid("node that the token is bound to has been deleted"),
    );
  }

  async #onSecret(
    namespace: string,
    reference: Reference,
    accepted: TokenResult,
  ): Promise<TokenResult> {
    const secret = await this.#secret(namespace, reference.name);
    if (secret === undefined || isGone(secret.metadata.deletionTimestamp, this.#clock.now())) {
      return invalid("secret that the token is bound to has been deleted");
    }
    return secret.metadata.uid === reference.uid ? accepted : invalid("secret has been replaced");
  }

  async #legacy(claims: Claims, token: string, audiences: readonly string[]): Promise<TokenResult> {
    const namespace = claims["kubernetes.io/serviceaccount/namespace"] ?? "";
    const name = claims["kubernetes.io/serviceaccount/service-account.name"] ?? "";
    const uid = claims["kubernetes.io/serviceaccount/service-account.uid"] ?? "";
    const secretName = claims["kubernetes.io/serviceaccount/secret.name"] ?? "";
    if (namespace === "" || name === "" || uid === "" || secretName === "") {
      return invalid("legacy token lacks a claim");
    }
    if (claims.sub !== `system:serviceaccount:${namespace}:${name}`) {
      return invalid("subject does not match the service account");
    }
    const user = userOf(claims, namespace, { name, uid });
    const accepted: TokenResult = { outcome: "authenticated", user, audiences };
    if (!this.#options.lookup) return accepted;
    const secret = await this.#secret(namespace, secretName);
    if (secret === undefined || secret.metadata.deletionTimestamp) {
      return invalid("token has been invalidated: its secret is gone");
    }
    const kept = Buffer.from(secret.data?.token ?? "", "base64").toString("utf8");
    if (!sameText(kept, token)) return invalid("token does not match the one of its secret");
    const found = await this.#account(namespace, name, uid);
    if (typeof found === "string") return invalid(found);
    const { labels, uid: secretUid } = secret.metadata;
    this.#options.legacyUse?.note(secretKey(namespace, secretName), secretUid, labels);
    if (!labels?.[invalidSinceLabel]) return accepted;
    return invalid(
      `the token in secret ${namespace}/${secretName} has been marked invalid: take the label ` +
        `'${invalidSinceLabel}' away to allow it again, or use tokens from the TokenRequest API`,
    );
  }

  async #secret(namespace: string, name: string): Promise<SecretTree | undefined> {
    const view = {
      messageType: "k8s.io.api.core.v1.Secret",
      format: "json",
      part: "object",
    } as const;
    const found = await this.#storage.getEncoded(secretKey(namespace, name), view);
    if (found === undefined) return undefined;
    return JSON.parse(Buffer.from(found.bytes).toString("utf8")) as SecretTree;
  }
}

function secretKey(namespace: string, name: string): string {
  return `/registry/secrets/${namespace}/${name}`;
}

interface SecretTree {
  readonly metadata: {
    readonly uid?: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly data?: { readonly token?: string };
}

/** In time that does not depend on where they differ. */
function sameText(left: string, right: string): boolean {
  const one = Buffer.from(left);
  const other = Buffer.from(right);
  if (one.length !== other.length) return false;
  let difference = 0;
  for (const [position, byte] of one.entries()) difference |= byte ^ (other[position] ?? 0);
  return difference === 0;
}

function isGone(deletionTimestamp: string | undefined, now: number): boolean {
  if (!deletionTimestamp) return false;
  // A time that cannot be read is no reason to go on trusting.
  const since = parseTime(deletionTimestamp);
  return since === undefined || since < now - deletionLeewayMilliseconds;
}

function unverifiedClaims(token: string): Claims | undefined {
  const parts = token.split(".");
  if (parts.length !== 3) return undefined;
  try {
    return JSON.parse(Buffer.from(parts[1] ?? "", "base64url").toString("utf8")) as Claims;
  } catch {
    return undefined;
  }
}

function userOf(claims: Claims, namespace: string, account: Reference): UserInfo {
  const extra: Record<string, readonly string[]> = {};
  const prefix = "authentication.kubernetes.io/";
  const { pod, node } = claims["kubernetes.io"] ?? {};
  if (pod !== undefined) {
    extra[`${prefix}pod-name`] = [pod.name];
    extra[`${prefix}pod-uid`] = [pod.uid];
  }
  if (node !== undefined) {
    extra[`${prefix}node-name`] = [node.name];
    if (node.uid) extra[`${prefix}node-uid`] = [node.uid];
  }
  if (claims.jti) extra[`${prefix}credential-id`] = [`JTI=${claims.jti}`];
  return {
    name: `system:serviceaccount:${namespace}:${account.name}`,
    uid: account.uid,
    groups: [
      "system:serviceaccounts",
      `system:serviceaccounts:${namespace}`,
      "system:authenticated",
    ],
    extra,
  };
}
