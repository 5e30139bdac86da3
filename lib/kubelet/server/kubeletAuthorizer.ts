import { authorizationV1 } from "../../api/gen/resources.js";
import type { SubjectAccessReviewSpec } from "../../api/gen/types/authorizationV1.js";
import type { Client } from "../../client/client.js";
import type { Clock } from "../../platform/clock.js";
import { ExpiringCache } from "./expiringCache.js";
import type { KubeletUser } from "./kubeletUser.js";
import { nodeAttributes } from "./nodeAttributes.js";

export interface KubeletAuthorizerOptions {
  /** --authorization-mode. */
  readonly mode: "AlwaysAllow" | "Webhook";
  readonly client: Client;
  readonly clock: Clock;
  readonly nodeName: string;
  /** --authorization-webhook-cache-authorized-ttl. */
  readonly allowedMilliseconds: number;
  /** --authorization-webhook-cache-unauthorized-ttl. */
  readonly deniedMilliseconds: number;
}

const maxCachedDecisions = 8_192;

export type KubeletDecision =
  | { readonly allowed: true }
  /** The line that the client gets. */
  | { readonly allowed: false; readonly message: string };

/** Whether a user may do what a request asks, by SubjectAccessReview of nodes' subresources. */
export class KubeletAuthorizer {
  readonly #options: KubeletAuthorizerOptions;
  readonly #decisions: ExpiringCache<boolean>;

  constructor(options: KubeletAuthorizerOptions) {
    this.#options = options;
    this.#decisions = new ExpiringCache(options.clock, maxCachedDecisions, (allowed) =>
      allowed ? options.allowedMilliseconds : options.deniedMilliseconds,
    );
  }

  /** Rejects when the API server could not be asked. */
  async authorize(user: KubeletUser, method: string, path: string): Promise<KubeletDecision> {
    if (this.#options.mode === "AlwaysAllow") return { allowed: true };
    const { verb, subresources } = nodeAttributes(method, path);
    for (const subresource of subresources) {
      const spec: SubjectAccessReviewSpec = {
        user: user.name,
        ...(user.uid === "" ? {} : { uid: user.uid }),
        groups: [...user.groups],
        extra: Object.fromEntries(Object.entries(user.extra).map(([k, v]) => [k, [...v]])),
        resourceAttributes: {
          verb,
          version: "v1",
          resource: "nodes",
          subresource,
          name: this.#options.nodeName,
        },
      };
      if (await this.#decisions.get(JSON.stringify(spec), () => this.#review(spec))) {
        return { allowed: true };
      }
    }
    const message =
      `Forbidden (user=${user.name}, verb=${verb}, resource=nodes, ` +
      `subresource(s)=[${subresources.join(" ")}])`;
    return { allowed: false, message };
  }

  async #review(spec: SubjectAccessReviewSpec): Promise<boolean> {
    const { client } = this.#options;
    const review = await client.resource(authorizationV1.subjectaccessreviews).create({
      apiVersion: "authorization.k8s.io/v1",
      kind: "SubjectAccessReview",
      metadata: {},
      spec,
    });
    return review.status?.allowed === true;
  }
}
