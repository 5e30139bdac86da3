import type { MetricsRegistry } from "../api/metrics/metricsRegistry.js";
import { ApiError } from "../api/status.js";
import { methodOfVerb } from "../api/verbs.js";
import type { Clock } from "../platform/clock.js";
import type { HttpClientResponse, WebSocketResponse } from "../platform/network.js";
import type { RawRequest } from "./client.js";
import type { ApiCall, Transport, WatchFrame, WebSocketRequest } from "./transport.js";

/** Upstream's, of its client's requests. */
const durationBuckets = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60];

/** Counts a client's requests under the names that clients of Kubernetes have, gRPC's as well. */
export class CountedTransport implements Transport {
  readonly #inner: Transport;
  readonly #clock: Clock;
  readonly #requests: (method: string, code: string) => void;
  readonly #durations: (method: string, milliseconds: number) => void;

  constructor(inner: Transport, registry: MetricsRegistry, clock: Clock) {
    this.#inner = inner;
    this.#clock = clock;
    const host = inner.server.replace(/^[a-z]+:\/\//, "");
    const requests = registry.counter(
      "rest_client_requests_total",
      "Requests to the API server, by the code of the answer.",
      ["code", "method", "host"],
    );
    const durations = registry.histogram(
      "rest_client_request_duration_seconds",
      "Time that requests to the API server took, watches left out.",
      ["verb", "host"],
      durationBuckets,
    );
    this.#requests = (method, code) => requests.with(code, method, host).increment();
    this.#durations = (method, milliseconds) =>
      durations.with(method, host).observe(milliseconds / 1000);
  }

  get kind(): Transport["kind"] {
    return this.#inner.kind;
  }

  get server(): string {
    return this.#inner.server;
  }

  call(call: ApiCall): Promise<object> {
    const answered = () => (call.verb === "create" ? "201" : "200");
    return this.#count(methodOfVerb[call.verb], () => this.#inner.call(call), answered);
  }

  async *watch(call: ApiCall): AsyncIterable<readonly WatchFrame[]> {
    const frames = this.#inner.watch(call)[Symbol.asyncIterator]();
    try {
      let next = await this.#count(
        "GET",
        () => frames.next(),
        () => "200",
        // It ends when something happens, which tells nothing of the server.
        false,
      );
      while (next.done !== true) {
        yield next.value;
        next = await frames.next();
      }
    } finally {
      await frames.return?.();
    }
  }

  raw(request: RawRequest): Promise<HttpClientResponse> {
    const answered = ({ status }: HttpClientResponse) => String(status);
    return this.#count(request.method ?? "GET", () => this.#inner.raw(request), answered);
  }

  webSocket(request: WebSocketRequest): Promise<WebSocketResponse> {
    const answered = (answer: WebSocketResponse) =>
      answer.opened ? "101" : String(answer.answer.status);
    return this.#count("GET", () => this.#inner.webSocket(request), answered);
  }

  close(): void {
    this.#inner.close();
  }

  async #count<T>(
    method: string,
    ask: () => Promise<T>,
    codeOf: (answer: T) => string,
    isTimed = true,
  ): Promise<T> {
    const started = this.#clock.monotonic();
    // As upstream calls what has no code: a connection that broke or an aborted call.
    let code = "<error>";
    try {
      const answer = await ask();
      code = codeOf(answer);
      return answer;
    } catch (error) {
      if (error instanceof ApiError && error.code > 0) code = String(error.code);
      throw error;
    } finally {
      this.#requests(method, code);
      if (isTimed) this.#durations(method, this.#clock.monotonic() - started);
    }
  }
}
