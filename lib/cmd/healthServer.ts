import type { MetricsRegistry } from "../api/metrics/metricsRegistry.js";
import { gitVersion } from "../api/versions.js";
import type {
  HttpListener,
  HttpRequest,
  HttpResponse,
  TlsServerOptions,
} from "../platform/network.js";
import type { Platform } from "../platform/platform.js";
import { FlagError, type FlagValues } from "./flags/flagValues.js";
import { servingTls } from "./servingCertificate.js";

export interface HealthServerOptions {
  readonly platform: Platform;
  readonly values: FlagValues;
  readonly component: string;
  readonly metrics: MetricsRegistry;
  /** Empty while healthy. */
  readonly problem: () => string;
}

/**
 * /healthz, /livez, /readyz, /metrics and /version, which kube-controller-manager and
 * kube-scheduler have alike.
 */
function answer(options: HealthServerOptions, request: HttpRequest, response: HttpResponse): void {
  const path = request.target.split("?")[0];
  const text = { "content-type": "text/plain; charset=utf-8" };
  if (path === "/healthz" || path === "/livez" || path === "/readyz") {
    const problem = options.problem();
    response.send(problem === "" ? 200 : 500, text, problem === "" ? "ok" : problem);
  } else if (path === "/metrics") {
    const type = { "content-type": "text/plain; version=0.0.4; charset=utf-8" };
    response.send(200, type, options.metrics.expose());
  } else if (path === "/version") {
    const body = JSON.stringify({ major: "1", minor: "37", gitVersion });
    response.send(200, { "content-type": "application/json" }, body);
  } else {
    response.send(404, text, "404 page not found\n");
  }
}

/**
 * Starts the plain port (--address, --port; 0 is off) and the one with TLS (--bind-address,
 * --secure-port).
 */
export async function startHealthServers(options: HealthServerOptions): Promise<HttpListener[]> {
  const { platform, values, component } = options;
  const onRequest = (request: HttpRequest, response: HttpResponse): void =>
    answer(options, request, response);
  const listeners: HttpListener[] = [];
  const listen = async (
    address: string,
    port: number,
    flag: string,
    tls?: TlsServerOptions,
  ): Promise<void> => {
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
  if (securePort !== 0) {
    const tls = await servingTls(platform, values, { component });
    await listen(values.string("bind-address"), securePort, "secure-port", tls);
  }
  return listeners;
}
