import { type ZPages, zPage } from "../api/introspection/zpages.js";
import { mediaTypes } from "../api/mediaTypes.js";
import type { MetricsRegistry } from "../api/metrics/metricsRegistry.js";
import { addProcessMetrics } from "../api/metrics/processMetrics.js";
import { apiErrors } from "../api/status.js";
import { versionInfo } from "../api/versions.js";
import { HealthChecks } from "../apiserver/healthChecks.js";
import type { Logger } from "../platform/logger.js";
import type {
  HttpListener,
  HttpRequest,
  HttpResponse,
  TlsServerOptions,
} from "../platform/network.js";
import type { Platform } from "../platform/platform.js";
import { CertificateReload } from "./certificateReload.js";
import type { DelegatedAccess } from "./delegatedAccess.js";
import { FlagError, type FlagValues } from "./flags/flagValues.js";
import { readNamedFile } from "./readNamedFile.js";
import { servingTls } from "./servingCertificate.js";

export interface RunningHealthServers {
  stop(): Promise<void>;
}

export interface HealthServerOptions {
  readonly platform: Platform;
  readonly logger: Logger;
  readonly values: FlagValues;
  readonly component: string;
  readonly metrics: MetricsRegistry;
  /** Of the secure port; the plain one, on loopback, is open. */
  readonly access: DelegatedAccess;
  /** Empty while healthy. */
  readonly problem: () => string;
}

const metricsType = { "content-type": "text/plain; version=0.0.4; charset=utf-8" };

/**
 * What kube-controller-manager and kube-scheduler tell of themselves alike: /healthz, /livez,
 * /readyz, /metrics, /metrics/slis, /version, /statusz and /flagz.
 */
class HealthServer {
  readonly #options: HealthServerOptions;
  readonly #health = new HealthChecks();
  readonly #zPages: ZPages;

  constructor(options: HealthServerOptions) {
    this.#options = options;
    const { platform, component, values } = options;
    this.#health.add(
      { name: "ping", endpoints: ["healthz", "livez", "readyz"], check: () => undefined },
      {
        name: component,
        endpoints: ["healthz", "livez", "readyz"],
        check: () => {
          const problem = options.problem();
          if (problem !== "") throw new Error(problem);
        },
      },
    );
    this.#zPages = {
      component,
      startedMilliseconds: platform.clock.now(),
      flags: values.inEffect(),
      paths: ["/healthz", "/livez", "/metrics", "/readyz", "/version"],
    };
  }

  async answer(request: HttpRequest, response: HttpResponse, isSecure: boolean): Promise<void> {
    const [path = "", query] = request.target.split("?", 2);
    const { access, metrics, platform } = this.#options;
    const refusal = isSecure ? await access.refusal(request, path) : undefined;
    if (refusal !== undefined) {
      const json = { "content-type": mediaTypes.json };
      response.send(refusal.code, json, `${JSON.stringify(refusal.status)}\n`);
      return;
    }
    const health = await this.#health.serve(path, new URLSearchParams(query));
    if (health?.kind === "document") {
      const headers = { "content-type": health.contentType, ...health.headers };
      response.send(health.code, headers, health.body);
      return;
    }
    const accept = String(request.headers.accept ?? "");
    const page = zPage(path, accept, this.#zPages, platform.clock.now());
    if (page !== undefined) {
      response.send(page.code, { "content-type": page.contentType }, page.body);
    } else if (path === "/metrics") {
      response.send(200, metricsType, metrics.expose());
    } else if (path === "/metrics/slis") {
      response.send(200, metricsType, this.#health.metrics.expose());
    } else if (path === "/version") {
      const { platform: system, architecture } = platform.host;
      const body = JSON.stringify(versionInfo(system, architecture), undefined, 2);
      response.send(200, { "content-type": mediaTypes.json }, body);
    } else {
      const text = { "content-type": "text/plain; charset=utf-8" };
      response.send(404, text, "404 page not found\n");
    }
  }
}

/**
 * Starts the plain port (--address, --port; 0 is off) and the one with TLS (--bind-address,
 * --secure-port).
 */
export async function startHealthServers(
  options: HealthServerOptions,
): Promise<RunningHealthServers> {
  const { platform, values, logger } = options;
  addProcessMetrics(options.metrics, platform.host, platform.clock.now());
  const server = new HealthServer(options);
  const listeners: HttpListener[] = [];
  const listen = async (
    address: string,
    port: number,
    flag: string,
    tls?: TlsServerOptions,
  ): Promise<void> => {
    const onRequest = (request: HttpRequest, response: HttpResponse): void => {
      server.answer(request, response, tls !== undefined).catch((error: unknown) => {
        const { code, status } = apiErrors.internal(error);
        response.send(code, { "content-type": mediaTypes.json }, JSON.stringify(status));
      });
    };
    try {
      listeners.push(
        await platform.network.listenHttp({ address, port, onRequest, ...(tls ? { tls } : {}) }),
      );
    } catch (error) {
      for (const listener of listeners) await listener.close();
      const code = (error as { code?: string }).code;
      const why = code === "EADDRINUSE" ? "the port is in use" : (error as Error).message;
      throw new FlagError(`--${flag}: ${address}:${port}: ${why}`);
    }
  };
  const plainPort = values.integer("port");
  if (plainPort !== 0) await listen(values.string("address"), plainPort, "port");
  const securePort = values.integer("secure-port");
  if (securePort === 0) return { stop: () => closeAll(listeners) };
  const tls = await secureTls(options);
  await listen(values.string("bind-address"), securePort, "secure-port", tls);
  const secure = listeners.at(-1);
  let authorities = tls.clientCertificateAuthorities;
  const flags = ["tls-cert-file", "tls-private-key-file", "client-ca-file"];
  const reload = new CertificateReload({
    ...{ platform, logger, paths: flags.map((flag) => values.string(flag)) },
    apply: async () => {
      const next = await secureTls(options);
      secure?.reloadTls(next);
      if (next.clientCertificateAuthorities !== authorities) secure?.endConnections();
      authorities = next.clientCertificateAuthorities;
    },
  });
  await reload.start();
  return {
    stop: () => {
      reload.stop();
      return closeAll(listeners);
    },
  };
}

async function closeAll(listeners: readonly HttpListener[]): Promise<void> {
  await Promise.all(listeners.map((listener) => listener.close()));
}

async function secureTls(options: HealthServerOptions): Promise<TlsServerOptions> {
  const { platform, values, component } = options;
  const own = await servingTls(platform, values, { component });
  const path = values.string("client-ca-file");
  if (path === "") return own;
  const clientCertificateAuthorities = readNamedFile(platform, "client-ca-file", path);
  return { ...own, clientCertificateAuthorities };
}
