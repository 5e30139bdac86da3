import { type Duplex, Readable } from "node:stream";
import { apiErrors } from "../../api/status.js";
import type { RawRequest } from "../../client/client.js";
import type { WebSocketRequest } from "../../client/transport.js";
import type {
  Connection,
  HttpClientResponse,
  HttpRequest,
  WebSocketResponse,
} from "../../platform/network.js";
import type { Platform } from "../../platform/platform.js";
import { Exchange } from "../../platform/streaming/exchange.js";
import { streamPair } from "../../platform/streaming/streamPair.js";
import type { HttpFront } from "./httpFront.js";

/** REST without a socket: the front's requests and responses, in the same process. */
export class InProcessHttp {
  readonly #front: HttpFront;
  readonly #platform: Pick<Platform, "clock" | "network">;
  readonly #userAgent: string;
  readonly #connection: Connection = {
    id: 0,
    remoteAddress: "127.0.0.1",
    remotePort: 0,
    localAddress: "127.0.0.1",
    localPort: 0,
    secure: true,
    peerCertificate: undefined,
    cache: undefined,
  };
  /** Bounded by the callers: each exchange is in it until its response has been read or dropped. */
  readonly #running = new Set<Exchange>();
  /** Upgraded connections; bounded by the callers too. */
  readonly #upgraded = new Set<Duplex>();
  #closed = false;

  constructor(front: HttpFront, platform: Pick<Platform, "clock" | "network">, userAgent: string) {
    this.#front = front;
    this.#platform = platform;
    this.#userAgent = userAgent;
  }

  /**
   * Resolves when the response's head is there. Rejects with the signal's reason, or with an
   * ApiError at the deadline and once it is closed.
   */
  raw(request: RawRequest): Promise<HttpClientResponse> {
    if (this.#closed) {
      return Promise.reject(apiErrors.serviceUnavailable("the channel is closed"));
    }
    if (request.signal?.aborted === true) return Promise.reject(request.signal.reason);
    const exchange = new Exchange(() => apiErrors.serviceUnavailable("the answer was cut"));
    this.#running.add(exchange);
    const { signal, timeoutMilliseconds } = request;
    const cancel = (): void => exchange.cancel(signal?.reason);
    signal?.addEventListener("abort", cancel, { once: true });
    const timer =
      timeoutMilliseconds === undefined
        ? undefined
        : this.#platform.clock.setTimer(timeoutMilliseconds, () =>
            exchange.cancel(apiErrors.timeout("the deadline has passed")),
          );
    exchange.onOver(() => {
      timer?.cancel();
      signal?.removeEventListener("abort", cancel);
      this.#running.delete(exchange);
    });
    this.#front.onRequest(this.#request(request, exchange.signal), exchange.response);
    return exchange.answer;
  }

  /**
   * WebSocket over a connection in memory. Resolves when the handshake is over; rejects with the
   * signal's reason, and with an ApiError once it is closed.
   */
  async webSocket(request: WebSocketRequest): Promise<WebSocketResponse> {
    if (this.#closed) throw apiErrors.serviceUnavailable("the channel is closed");
    const { path, protocols, signal } = request;
    signal?.throwIfAborted();
    const [near, far] = streamPair();
    this.#upgraded.add(near);
    const gone = new AbortController();
    near.once("close", () => this.#upgraded.delete(near));
    far.once("close", () => gone.abort());
    far.on("error", () => far.destroy());
    readHead(far, (target, headers, rest) => {
      const own: RawRequest = { path: target, headers };
      this.#front.onUpgrade(this.#request(own, gone.signal), far, rest);
    });
    const url = `http://in-process${path}`;
    const headers = { "user-agent": this.#userAgent };
    const call = { url, headers, protocols, over: near };
    return this.#platform.network.webSocket(signal === undefined ? call : { ...call, signal });
  }

  /** Ends what runs; new requests are refused. */
  close(): void {
    this.#closed = true;
    for (const connection of [...this.#upgraded]) connection.destroy();
    const reason = apiErrors.serviceUnavailable("the channel is closed");
    for (const exchange of [...this.#running]) exchange.cancel(reason);
  }

  #request(request: RawRequest, signal: AbortSignal): HttpRequest {
    const { method = "GET", path, headers = {}, body = "" } = request;
    const bytes = typeof body === "string" ? Buffer.from(body) : body;
    const lowerCase = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
    return {
      connection: this.#connection,
      method,
      target: path,
      httpVersion: "1.1",
      headers: { "user-agent": this.#userAgent, ...Object.fromEntries(lowerCase) },
      signal,
      readBody: (maxBytes) =>
        bytes.length <= maxBytes
          ? Promise.resolve(bytes)
          : Promise.reject(Object.assign(new Error("too large"), { code: "BODY_TOO_LARGE" })),
      body: Readable.from(bytes.length === 0 ? [] : [bytes]),
    };
  }
}

/** Far more than what the client of this process writes. */
const maxHeadBytes = 1024 * 1024;

/**
 * Reads the head of the one request that this process writes on a connection in memory; other
 * bytes are its body's, or what follows the upgrade.
 */
function readHead(
  socket: Duplex,
  onHead: (target: string, headers: Readonly<Record<string, string>>, rest: Buffer) => void,
): void {
  let bytes: Buffer = Buffer.alloc(0);
  const read = (part: Buffer): void => {
    bytes = Buffer.concat([bytes, part]);
    const end = bytes.indexOf("\r\n\r\n");
    if (end < 0) {
      if (bytes.length > maxHeadBytes) socket.destroy();
      return;
    }
    socket.off("data", read);
    socket.pause();
    const [first = "", ...lines] = bytes.toString("latin1", 0, end).split("\r\n");
    const headers: [string, string][] = lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    });
    onHead(first.split(" ")[1] ?? "/", Object.fromEntries(headers), bytes.subarray(end + 4));
  };
  socket.on("data", read);
}
