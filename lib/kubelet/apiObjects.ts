import { coreV1, nodeV1 } from "../api/gen/resources.js";
import type { TokenRequest } from "../api/gen/types/authenticationV1.js";
import type { ConfigMap, Pod, Secret } from "../api/gen/types/coreV1.js";
import type { RuntimeClass } from "../api/gen/types/nodeV1.js";
import { hasReason } from "../api/status.js";
import type { Client } from "../client/client.js";
import { tokenLifeMilliseconds } from "../client/tokenLife.js";
import type { Clock } from "../platform/clock.js";

interface Cached<T> {
  readonly value: Promise<T | undefined>;
  readonly expires: number;
}

/** How stale a ConfigMap or Secret may be when a volume is refreshed. */
const objectLifeMilliseconds = 10_000;
/** A token is renewed when 80 % of its life is over, or after a day. */
const tokenLifeFraction = 0.8;
const longestTokenMilliseconds = 24 * 3600 * 1000;
/** Entries held; beyond it the oldest go. */
const maxEntries = 2_000;

/**
 * The API objects that pods on this node refer to, each asked for once in a while however many pods
 * want it.
 */
export class ApiObjects {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #configMaps = new Map<string, Cached<ConfigMap>>();
  readonly #runtimeClasses = new Map<string, Cached<RuntimeClass>>();
  readonly #secrets = new Map<string, Cached<Secret>>();
  /** When to renew is by the monotonic clock. */
  readonly #tokens = new Map<string, { request: TokenRequest; renewAt: number }>();

  constructor(client: Client, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  configMap(namespace: string, name: string): Promise<ConfigMap | undefined> {
    return this.#cached(this.#configMaps, `${namespace}/${name}`, () =>
      this.#client.resource(coreV1.configmaps).get(name, { namespace }),
    );
  }

  secret(namespace: string, name: string): Promise<Secret | undefined> {
    return this.#cached(this.#secrets, `${namespace}/${name}`, () =>
      this.#client.resource(coreV1.secrets).get(name, { namespace }),
    );
  }

  runtimeClass(name: string): Promise<RuntimeClass | undefined> {
    return this.#cached(this.#runtimeClasses, name, () =>
      this.#client.resource(nodeV1.runtimeclasses).get(name),
    );
  }

  #cached<T>(
    cache: Map<string, Cached<T>>,
    key: string,
    load: () => Promise<T>,
  ): Promise<T | undefined> {
    const now = this.#clock.monotonic();
    const known = cache.get(key);
    if (known && known.expires > now) return known.value;
    const value = load().catch((error: unknown) => {
      cache.delete(key);
      if (hasReason(error, "NotFound")) return undefined;
      throw error;
    });
    cache.delete(key);
    cache.set(key, { value, expires: now + objectLifeMilliseconds });
    while (cache.size > maxEntries) cache.delete(cache.keys().next().value as string);
    return value;
  }

  /** Bound to the pod: it dies with it. The same token is given until it is time for a new one. */
  async serviceAccountToken(
    pod: Pod,
    audience: string | undefined,
    expirationSeconds: number,
  ): Promise<TokenRequest> {
    const { name = "", namespace = "", uid = "" } = pod.metadata;
    const key = JSON.stringify([uid, audience, expirationSeconds]);
    const known = this.#tokens.get(key);
    if (known && known.renewAt > this.#clock.monotonic()) return known.request;
    const account = pod.spec.serviceAccountName || "default";
    const request = await this.#client.resource(coreV1.serviceaccounts).createToken(
      account,
      {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenRequest",
        metadata: {},
        spec: {
          audiences: audience ? [audience] : [],
          expirationSeconds,
          boundObjectRef: { apiVersion: "v1", kind: "Pod", name, uid },
        },
      },
      { namespace },
    );
    const { expirationTimestamp } = request.status ?? {};
    const whole = tokenLifeMilliseconds(expirationTimestamp, expirationSeconds, this.#clock.now());
    const life = Math.min(whole * tokenLifeFraction, longestTokenMilliseconds);
    this.#tokens.delete(key);
    this.#tokens.set(key, { request, renewAt: this.#clock.monotonic() + life });
    while (this.#tokens.size > maxEntries) {
      this.#tokens.delete(this.#tokens.keys().next().value as string);
    }
    return request;
  }

  /** Tokens of a pod that is gone. */
  forgetPod(uid: string): void {
    for (const key of this.#tokens.keys()) if (key.includes(`"${uid}"`)) this.#tokens.delete(key);
  }
}
