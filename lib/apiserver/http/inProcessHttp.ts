import { Readable } from "node:stream";
import { apiErrors } from "../../api/status.js";
import type { RawRequest } from "../../client/client.js";
import type { Clock } from "../../platform/clock.js";
import type {
  Connection,
  Headers,
  HttpAnswer,
  HttpRequest,
  HttpResponse,
} from "../../platform/network.js";
import type { HttpFront } from "./httpFront.js";

const maxAnswerBytes = 512 * 1024 * 1024;
/** Of an answer that is written faster than it is read: then the writer is told to wait. */
const bodyBufferBytes = 256 * 1024;

/** REST without a socket: the front's requests and responses, in the same process. */
export class InProcessHttp {
  readonly #front: HttpFront;
  readonly #clock: Clock;
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
  /** Bounded by the callers: each exchange is in it until its answer has been read or dropped. */
  readonly #running = new Set<Exchange>();
  #closed = false;

  constructor(front: HttpFront, clock: Clock, userAgent: string) {
    this.#front = front;
    this.#clock = clock;
    this.#userAgent = userAgent;
  }

  /**
   * Resolves when the answer's head is there. Rejects with the signal's reason, or with an ApiError
   * at the deadline and once it is closed.
   */
  raw(request: RawRequest): Promise<HttpAnswer> {
    if (this.#closed) {
      return Promise.reject(apiErrors.serviceUnavailable("the channel is closed"));
    }
    if (request.signal?.aborted === true) return Promise.reject(request.signal.reason);
    const exchange = new Exchange();
    this.#running.add(exchange);
    const { signal, timeoutMilliseconds } = request;
    const cancel = (): void => exchange.cancel(signal?.reason);
    signal?.addEventListener("abort", cancel, { once: true });
    const timer =
      timeoutMilliseconds === undefined
        ? undefined
        : this.#clock.setTimer(timeoutMilliseconds, () =>
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

  /** Ends what runs; new requests are refused. */
  close(): void {
    this.#closed = true;
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

/** One request and its answer. */
class Exchange {
  readonly answer: Promise<HttpAnswer>;
  readonly response: HttpResponse;
  readonly #abort = new AbortController();
  readonly #body: Readable;
  #resolve: (answer: HttpAnswer) => void = () => undefined;
  #reject: (reason: unknown) => void = () => undefined;
  #drained: (() => void) | undefined;
  #over: (() => void) | undefined;
  #headersSent = false;

  constructor() {
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#body = new Readable({
      highWaterMark: bodyBufferBytes,
      read: () => {
        const drained = this.#drained;
        this.#drained = undefined;
        drained?.();
      },
    });
    // An answer that nobody reads to its end is dropped with its error.
    this.#body.on("error", () => undefined);
    this.#body.on("close", () => this.#finish());
    this.response = this.#makeResponse();
  }

  /** Aborts when the caller has gone. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  onOver(callback: () => void): void {
    this.#over = callback;
  }

  cancel(reason: unknown): void {
    this.#reject(reason);
    this.#body.destroy(reason instanceof Error ? reason : new Error(String(reason)));
    this.#finish();
  }

  #finish(): void {
    const over = this.#over;
    this.#over = undefined;
    over?.();
    this.#abort.abort();
  }

  #makeResponse(): HttpResponse {
    const start = (status: number, headers: Headers): void => {
      this.#headersSent = true;
      this.#resolve(answerOf(status, headers, this.#body));
    };
    const hasBegun = (): boolean => this.#headersSent;
    return {
      get headersSent() {
        return hasBegun();
      },
      start,
      send: (status, headers, body = "") => {
        start(status, headers);
        const bytes = typeof body === "string" ? Buffer.from(body) : body;
        if (bytes.length > 0) this.#body.push(bytes);
        this.#body.push(null);
        // Whole, so that it holds nothing of the server while it waits to be read.
        this.#finish();
      },
      write: (bytes) => this.#body.push(bytes),
      onDrain: (callback) => {
        this.#drained = callback;
      },
      end: () => {
        this.#body.push(null);
      },
      abort: () => this.cancel(apiErrors.serviceUnavailable("the answer was cut")),
    };
  }
}

function answerOf(status: number, headers: Headers, body: Readable): HttpAnswer {
  const lowerCase = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return {
    status,
    headers: Object.fromEntries(lowerCase),
    body,
    readAll: async (maxBytes = maxAnswerBytes) => {
      const parts: Buffer[] = [];
      let length = 0;
      for await (const part of body as AsyncIterable<Buffer>) {
        length += part.length;
        if (length > maxBytes) throw new Error(`the answer is larger than ${maxBytes} bytes`);
        parts.push(part);
      }
      return Buffer.concat(parts);
    },
  };
}
