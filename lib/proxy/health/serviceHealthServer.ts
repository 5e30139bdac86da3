import { mediaTypes } from "../../api/mediaTypes.js";
import type { Logger } from "../../platform/logger.js";
import type { HttpListener } from "../../platform/network.js";
import type { Platform } from "../../platform/platform.js";

/** One service whose load balancer asks this node whether it has endpoints. */
export interface ServiceHealthCheck {
  /** `namespace/name`. */
  readonly service: string;
  readonly nodePort: number;
  readonly localEndpoints: number;
}

interface Entry {
  check: ServiceHealthCheck;
  readonly listeners: Map<string, HttpListener>;
}

export interface ServiceHealthServerOptions {
  readonly platform: Platform;
  readonly logger: Logger;
  readonly isProxyHealthy: () => boolean;
  /** Where node ports are served now. */
  readonly addresses: () => readonly string[];
}

const retryMilliseconds = 30_000;

/** The response's body, laid out as load balancers and people know it. */
export function serviceHealthBody(check: ServiceHealthCheck, healthy: boolean): string {
  const slash = check.service.indexOf("/");
  const namespace = JSON.stringify(check.service.slice(0, slash));
  const name = JSON.stringify(check.service.slice(slash + 1));
  return [
    "{",
    '\t"service": {',
    `\t\t"namespace": ${namespace},`,
    `\t\t"name": ${name}`,
    "\t},",
    `\t"localEndpoints": ${check.localEndpoints},`,
    `\t"serviceProxyHealthy": ${healthy}`,
    "}",
  ].join("\n");
}

/**
 * Answers on health check node ports: 200 where this node has endpoints and a healthy proxy, else
 * 503.
 */
export class ServiceHealthServer {
  readonly #options: ServiceHealthServerOptions;
  /** By service. Bounded by the number of services with such a port. */
  readonly #entries = new Map<string, Entry>();
  #work: Promise<void> = Promise.resolve();

  constructor(options: ServiceHealthServerOptions) {
    this.#options = options;
  }

  /** Opens, changes and closes listeners; resolves when that is done. Calls are served in order. */
  sync(checks: readonly ServiceHealthCheck[]): Promise<void> {
    this.#work = this.#work.then(() => this.#sync(checks));
    return this.#work;
  }

  close(): Promise<void> {
    return this.sync([]);
  }

  async #sync(checks: readonly ServiceHealthCheck[]): Promise<void> {
    const wanted = new Map(checks.map((check) => [check.service, check]));
    for (const [service, entry] of this.#entries) {
      if (wanted.get(service)?.nodePort === entry.check.nodePort) continue;
      this.#entries.delete(service);
      await Promise.all([...entry.listeners.values()].map((listener) => listener.close(0)));
    }
    const addresses = this.#options.addresses();
    for (const check of checks) {
      const entry: Entry = this.#entries.get(check.service) ?? { check, listeners: new Map() };
      entry.check = check;
      this.#entries.set(check.service, entry);
      await this.#listen(entry, addresses);
    }
  }

  async #listen(entry: Entry, addresses: readonly string[]): Promise<void> {
    for (const [address, listener] of entry.listeners) {
      if (addresses.includes(address)) continue;
      entry.listeners.delete(address);
      await listener.close(0);
    }
    for (const address of addresses) {
      if (entry.listeners.has(address)) continue;
      try {
        entry.listeners.set(address, await this.#open(entry, address));
      } catch (error) {
        const { service, nodePort } = entry.check;
        this.#options.logger.error("Cannot listen on a health check node port", {
          ...{ service, nodePort, address, err: error },
          retrySeconds: retryMilliseconds / 1000,
        });
        this.#retryLater();
      }
    }
  }

  #retrying = false;

  #retryLater(): void {
    if (this.#retrying) return;
    this.#retrying = true;
    this.#options.platform.clock.setTimer(retryMilliseconds, () => {
      this.#retrying = false;
      void this.sync([...this.#entries.values()].map(({ check }) => check));
    });
  }

  #open(entry: Entry, address: string): Promise<HttpListener> {
    return this.#options.platform.network.listenHttp({
      address,
      port: entry.check.nodePort,
      onRequest: (_request, response) => {
        const { check } = entry;
        const healthy = this.#options.isProxyHealthy();
        response.send(
          check.localEndpoints > 0 && healthy ? 200 : 503,
          {
            "content-type": mediaTypes.json,
            "x-content-type-options": "nosniff",
            "x-load-balancing-endpoint-weight": String(check.localEndpoints),
          },
          serviceHealthBody(check, healthy),
        );
      },
    });
  }
}
