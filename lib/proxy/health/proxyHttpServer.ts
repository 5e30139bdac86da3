import { type ZPages, zPage } from "../../api/introspection/zpages.js";
import { mediaTypes } from "../../api/mediaTypes.js";
import type { MetricsRegistry } from "../../api/metrics/metricsRegistry.js";
import type { Clock } from "../../platform/clock.js";
import type { Logger } from "../../platform/logger.js";
import type { HttpListener, HttpRequest, HttpResponse } from "../../platform/network.js";
import type { Platform } from "../../platform/platform.js";
import type { ProxyMetrics } from "../proxyMetrics.js";
import type { ProxyHealth } from "./proxyHealth.js";

export interface ProxyHttpServerOptions {
  readonly platform: Platform;
  readonly logger: Logger;
  readonly name: string;
  /** `address:port`; port 0 takes a free one. */
  readonly bindAddress: string;
  /** Reject instead of trying again. */
  readonly hardFail: boolean;
  readonly routes: ReadonlyMap<string, (request: HttpRequest, response: HttpResponse) => void>;
}

const retryMilliseconds = 5_000;

/** `127.0.0.1:10249`, `[::1]:10249` or `:10249` (every address). */
export function splitBindAddress(text: string): { address: string; port: number } {
  const colon = text.lastIndexOf(":");
  const address = text.slice(0, Math.max(colon, 0)).replace(/^\[(.*)\]$/, "$1");
  const port = Number(text.slice(colon + 1));
  if (colon < 0 || !Number.isInteger(port) || port < 0 || port > 65535) {
    throw new Error(`${JSON.stringify(text)} is not an address and a port`);
  }
  return { address: address === "" ? "0.0.0.0" : address, port };
}

/** A small HTTP server that, when its port is taken, tries again until it gets it. */
export class ProxyHttpServer {
  #listener: HttpListener | undefined;
  #closed = false;

  private constructor(readonly options: ProxyHttpServerOptions) {}

  static async start(options: ProxyHttpServerOptions): Promise<ProxyHttpServer> {
    const server = new ProxyHttpServer(options);
    await server.#listen();
    return server;
  }

  /** 0 until the port was got. */
  get port(): number {
    return this.#listener?.port ?? 0;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#listener?.close(0);
  }

  async #listen(): Promise<void> {
    if (this.#closed) return;
    const { platform, logger, name, bindAddress, hardFail } = this.options;
    try {
      const listener = await platform.network.listenHttp({
        ...splitBindAddress(bindAddress),
        onRequest: (request, response) => this.#answer(request, response),
      });
      if (this.#closed) await listener.close(0);
      else this.#listener = listener;
    } catch (error) {
      if (hardFail) throw new Error(`cannot serve ${name} on ${bindAddress}: ${String(error)}`);
      logger.error("Cannot listen; trying again", { server: name, bindAddress, err: error });
      platform.clock.setTimer(retryMilliseconds, () => void this.#listen());
    }
  }

  #answer(request: HttpRequest, response: HttpResponse): void {
    const path = request.target.split("?", 1)[0] ?? "";
    const route = this.options.routes.get(path);
    if (route !== undefined) route(request, response);
    else
      response.send(404, { "content-type": "text/plain; charset=utf-8" }, "404 page not found\n");
  }
}

/** `/healthz` (which load balancers ask) and `/livez` (which the node's supervisor asks). */
export function healthRoutes(
  health: ProxyHealth,
  metrics: ProxyMetrics,
): ProxyHttpServerOptions["routes"] {
  const answer = (withNode: boolean) => (_request: HttpRequest, response: HttpResponse) => {
    const report = health.report(withNode);
    const status = report.healthy && (report.nodeEligible ?? true) ? 200 : 503;
    const counter = withNode ? metrics.healthzTotal : metrics.livezTotal;
    counter.with(String(status)).increment();
    const headers = { "content-type": mediaTypes.json, "x-content-type-options": "nosniff" };
    response.send(status, headers, JSON.stringify(report));
  };
  return new Map([
    ["/healthz", answer(true)],
    ["/livez", answer(false)],
  ]);
}

/** `/metrics`, `/proxyMode`, a plain `/healthz`, `/statusz` and `/flagz`. */
export function metricsRoutes(
  registry: MetricsRegistry,
  mode: string,
  zPages: ZPages,
  clock: Clock,
): ProxyHttpServerOptions["routes"] {
  const plain = (text: () => string, type = "text/plain; charset=utf-8") => {
    const headers = { "content-type": type, "x-content-type-options": "nosniff" };
    return (_request: HttpRequest, response: HttpResponse): void => {
      response.send(200, headers, text());
    };
  };
  const zRoute = (path: string) => (request: HttpRequest, response: HttpResponse) => {
    const page = zPage(path, String(request.headers.accept ?? ""), zPages, clock.now());
    if (page === undefined) {
      response.send(404, { "content-type": "text/plain; charset=utf-8" }, "404 page not found\n");
    } else {
      response.send(page.code, { "content-type": page.contentType }, page.body);
    }
  };
  return new Map([
    ["/statusz", zRoute("/statusz")],
    ["/flagz", zRoute("/flagz")],
    ["/metrics", plain(() => registry.expose(), "text/plain; version=0.0.4; charset=utf-8")],
    ["/proxyMode", plain(() => mode)],
    ["/healthz", plain(() => "ok")],
  ]);
}
