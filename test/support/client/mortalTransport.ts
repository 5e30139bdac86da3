import { apiErrors } from "../../../lib/api/status.js";
import type { ApiCall, Transport, WatchFrame } from "../../../lib/client/transport.js";
import type { HttpClientResponse, WebSocketResponse } from "../../../lib/platform/network.js";

/** What becomes of one write. */
export type Fate =
  | "done"
  /** The process ends before the server has heard of the write, or before it has heard back. */
  | "dies before"
  | "dies after"
  /** The write is refused, or done while its response is lost. */
  | "refused"
  | "unanswered";

/** The connection of a process that may end at any write. */
export class MortalTransport implements Transport {
  readonly kind;
  readonly server;
  readonly #inner: Transport;
  readonly #fate: (call: ApiCall) => Fate;
  readonly #died: () => void;
  #isDead = false;

  constructor(inner: Transport, fate: (call: ApiCall) => Fate, died: () => void) {
    this.kind = inner.kind;
    this.server = inner.server;
    this.#inner = inner;
    this.#fate = fate;
    this.#died = died;
  }

  async call(call: ApiCall): Promise<object> {
    this.#checkAlive();
    const isRead = call.verb === "get" || call.verb === "list";
    const fate = isRead ? "done" : this.#fate(call);
    if (fate === "refused") throw apiErrors.serviceUnavailable("refused");
    if (fate === "dies before") this.#die();
    const result = await this.#inner.call(call);
    if (fate === "dies after") this.#die();
    this.#checkAlive();
    if (fate === "unanswered") throw apiErrors.serviceUnavailable("the connection was lost");
    return result;
  }

  async *watch(call: ApiCall): AsyncIterable<readonly WatchFrame[]> {
    this.#checkAlive();
    for await (const frames of this.#inner.watch(call)) {
      if (this.#isDead) return;
      yield frames;
    }
  }

  raw(): Promise<HttpClientResponse> {
    return Promise.reject(apiErrors.serviceUnavailable("no HTTP"));
  }

  webSocket(): Promise<WebSocketResponse> {
    return Promise.reject(apiErrors.serviceUnavailable("no HTTP"));
  }

  close(): void {}

  #die(): never {
    this.#isDead = true;
    this.#died();
    throw apiErrors.serviceUnavailable("the process has ended");
  }

  #checkAlive(): void {
    if (this.#isDead) throw apiErrors.serviceUnavailable("the process has ended");
  }
}
