import { Readable } from "node:stream";
import type { Headers, HttpClientResponse, HttpResponse } from "../network.js";

const maxResponseBytes = 512 * 1024 * 1024;
/** Of a response that is written faster than it is read: then the writer is told to wait. */
const bodyBufferBytes = 256 * 1024;

/** One request and its response, without a socket between who asks and who answers. */
export class Exchange {
  readonly answer: Promise<HttpClientResponse>;
  readonly response: HttpResponse;
  readonly #abort = new AbortController();
  readonly #body: Readable;
  #resolve: (answer: HttpClientResponse) => void = () => undefined;
  #reject: (reason: unknown) => void = () => undefined;
  #drained: (() => void) | undefined;
  #over: (() => void) | undefined;
  #headersSent = false;

  /** What the response ends with where its writer aborts it. */
  constructor(cut: () => Error) {
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
    // A response that nobody reads to its end is dropped with its error.
    this.#body.on("error", () => undefined);
    this.#body.on("close", () => this.#finish());
    this.response = this.#makeResponse(cut);
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

  #makeResponse(cut: () => Error): HttpResponse {
    const start = (status: number, headers: Headers): void => {
      this.#headersSent = true;
      this.#resolve(responseOf(status, headers, this.#body));
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
      abort: () => this.cancel(cut()),
    };
  }
}

function responseOf(status: number, headers: Headers, body: Readable): HttpClientResponse {
  const lowerCase = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return {
    status,
    headers: Object.fromEntries(lowerCase),
    body,
    readAll: async (maxBytes = maxResponseBytes) => {
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
