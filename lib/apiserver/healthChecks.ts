import { MetricsRegistry } from "../api/metrics/metricsRegistry.js";
import type { ServerResult } from "./serverResult.js";

/** One thing that must be well. Throws (or rejects) with the reason where it is not. */
export interface HealthCheck {
  readonly name: string;
  readonly endpoints: readonly HealthEndpoint[];
  check(): void | Promise<void>;
}

export type HealthEndpoint = "healthz" | "livez" | "readyz";

/** /healthz, /livez and /readyz, each whole and by check. */
export class HealthChecks {
  readonly #checks: HealthCheck[] = [];
  /** /metrics/slis: how each check came out, the last time and over all. */
  readonly metrics = new MetricsRegistry();
  readonly #last = this.metrics.gauge("kubernetes_healthcheck", "1 where the check passed.", [
    "name",
    "type",
  ]);
  readonly #all = this.metrics.counter("kubernetes_healthchecks_total", "Checks, by outcome.", [
    "name",
    "status",
    "type",
  ]);

  readonly #failing = new Map<string, string>();
  readonly #log: (message: string) => void;

  /** @param log is told when a check begins to fail, fails for another reason, or passes again. */
  constructor(log: (message: string) => void = () => undefined) {
    this.#log = log;
  }

  add(...checks: readonly HealthCheck[]): void {
    this.#checks.push(...checks);
  }

  /** Undefined for other paths. */
  async serve(path: string, query: URLSearchParams | undefined): Promise<ServerResult | undefined> {
    const match = /^\/(healthz|livez|readyz)(?:\/(.+))?$/.exec(path);
    if (match === null) {
      return undefined;
    }
    const endpoint = match[1] as HealthEndpoint;
    const name = match[2];
    const checks = this.#checks.filter((check) => check.endpoints.includes(endpoint));
    if (name !== undefined) {
      const check = checks.find((candidate) => candidate.name === name);
      return check === undefined ? undefined : this.#one(endpoint, check);
    }
    return this.#whole(endpoint, checks, query);
  }

  /** Whether every check of the endpoint passes, as its response would say. */
  async passes(endpoint: HealthEndpoint): Promise<boolean> {
    const checks = this.#checks.filter((check) => check.endpoints.includes(endpoint));
    const failures = await Promise.all(checks.map(failureOf));
    return failures.every((failure) => failure === undefined);
  }

  async #run(endpoint: HealthEndpoint, check: HealthCheck): Promise<string | undefined> {
    const failure = await failureOf(check);
    const passed = failure === undefined;
    this.#tell(check.name, failure);
    this.#last.with(check.name, endpoint).set(passed ? 1 : 0);
    this.#all.with(check.name, passed ? "success" : "error", endpoint).increment();
    return failure;
  }

  #tell(name: string, failure: string | undefined): void {
    if (this.#failing.get(name) === failure) return;
    if (failure === undefined) {
      this.#failing.delete(name);
      this.#log(`health check ${name} passes again`);
    } else {
      this.#failing.set(name, failure);
      this.#log(`health check ${name} failed: ${failure}`);
    }
  }

  async #one(endpoint: HealthEndpoint, check: HealthCheck): Promise<ServerResult> {
    const failure = await this.#run(endpoint, check);
    return failure === undefined
      ? { ...text(200, "ok"), headers: {} }
      : text(500, `internal server error: ${failure}\n`);
  }

  async #whole(
    endpoint: HealthEndpoint,
    checks: readonly HealthCheck[],
    query: URLSearchParams | undefined,
  ): Promise<ServerResult> {
    const excluded = new Set(query?.getAll("exclude") ?? []);
    const lines: string[] = [];
    let failed = false;
    for (const check of checks) {
      if (excluded.delete(check.name)) {
        lines.push(`[+]${check.name} excluded: ok`);
        continue;
      }
      const failure = await this.#run(endpoint, check);
      failed ||= failure !== undefined;
      lines.push(
        failure === undefined ? `[+]${check.name} ok` : `[-]${check.name} failed: reason withheld`,
      );
    }
    if (excluded.size > 0) {
      const names = [...excluded].map((name) => JSON.stringify(name)).join(",");
      lines.push(`warn: some health checks cannot be excluded: no matches for ${names}`);
    }
    if (failed) {
      return text(500, `${lines.join("\n")}\n${endpoint} check failed\n`);
    }
    return query?.has("verbose") === true
      ? text(200, `${lines.join("\n")}\n${endpoint} check passed\n`)
      : text(200, "ok");
  }
}

async function failureOf(check: HealthCheck): Promise<string | undefined> {
  try {
    await check.check();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function text(code: number, body: string) {
  return {
    kind: "document",
    code,
    contentType: "text/plain; charset=utf-8",
    body,
    headers: { "x-content-type-options": "nosniff" },
  } as const;
}
