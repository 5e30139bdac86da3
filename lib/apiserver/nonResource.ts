import { type ZPages, zPage } from "../api/introspection/zpages.js";
import { mediaTypes } from "../api/mediaTypes.js";
import type { MetricsRegistry } from "../api/metrics/metricsRegistry.js";
import { versionInfo } from "../api/versions.js";
import type { Clock } from "../platform/clock.js";
import type { Host } from "../platform/host.js";
import type { HealthChecks } from "./healthChecks.js";
import { methodNotAllowed, pageNotFound } from "./plainError.js";
import type { NonResourceRequestInfo } from "./requestInfo.js";
import type { AuthenticatedRequest } from "./serverRequest.js";
import type { ServerResult } from "./serverResult.js";

/** A document under a path of its own; undefined where there is none. */
export type DocumentSource = (
  request: AuthenticatedRequest,
  path: string,
) => ServerResult | undefined | Promise<ServerResult | undefined>;

export interface NonResourceOptions {
  readonly host: Host;
  readonly health: HealthChecks;
  readonly metrics: MetricsRegistry;
  /** Discovery, OpenAPI, OpenID: asked in order for what is not served here. */
  readonly sources: readonly DocumentSource[];
  readonly zPages: ZPages;
  readonly clock: Clock;
  /** Listed under `/` beside the server's own. */
  readonly paths: () => readonly string[];
}

const ownPaths = [
  "/healthz",
  "/healthz/etcd",
  "/healthz/log",
  "/healthz/ping",
  "/livez",
  "/livez/etcd",
  "/livez/log",
  "/livez/ping",
  "/metrics",
  "/metrics/slis",
  "/readyz",
  "/readyz/etcd",
  "/readyz/informer-sync",
  "/readyz/log",
  "/readyz/ping",
  "/readyz/shutdown",
  "/statusz",
  "/version",
];

/** With one slash at the end they are the same documents; other paths are other paths then. */
const slashed =
  /^\/(?:version|apis?(?:\/.*)?|\.well-known\/openid-configuration|openid\/v1\/jwks)\/+$/;

/** Everything that is not below a group and version. */
export class NonResourceHandler {
  readonly #options: NonResourceOptions;

  constructor(options: NonResourceOptions) {
    this.#options = options;
  }

  async handle(request: AuthenticatedRequest, info: NonResourceRequestInfo): Promise<ServerResult> {
    const path = slashed.test(info.path) ? info.path.replace(/\/+$/, "") : info.path;
    switch (path) {
      case "/":
      case "":
      case "/index.html":
        return jsonDocument({ paths: this.#paths() });
      case "/version":
        requireGet(request);
        return jsonDocument(
          versionInfo(this.#options.host.platform, this.#options.host.architecture),
        );
      case "/metrics":
        return metricsDocument(this.#options.metrics);
      case "/metrics/slis":
        return metricsDocument(this.#options.health.metrics);
      default:
        break;
    }
    const page = zPage(
      path,
      String(request.headers.accept ?? ""),
      this.#options.zPages,
      this.#options.clock.now(),
    );
    if (page !== undefined) {
      return { kind: "document", ...page };
    }
    const health = await this.#options.health.serve(path, request.query);
    if (health !== undefined) {
      return health;
    }
    for (const source of this.#options.sources) {
      const result = await source(request, path);
      if (result !== undefined) {
        return result;
      }
    }
    throw pageNotFound();
  }

  #paths(): string[] {
    const flags = this.#options.zPages.flags === undefined ? [] : ["/flagz"];
    return [...new Set([...ownPaths, ...flags, ...this.#options.paths()])].sort();
  }
}

function metricsDocument(metrics: MetricsRegistry): ServerResult {
  return {
    kind: "document",
    code: 200,
    contentType: "text/plain; version=0.0.4; charset=utf-8",
    body: metrics.expose(),
  };
}

/** Documents that upstream serves as a resource of its own take no other method. */
export function requireGet(request: AuthenticatedRequest): void {
  if (request.method !== "GET") throw methodNotAllowed();
}

export function jsonDocument(value: unknown): ServerResult {
  return {
    kind: "document",
    code: 200,
    contentType: mediaTypes.json,
    body: JSON.stringify(value, undefined, 2),
  };
}
