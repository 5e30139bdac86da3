import { apiErrors } from "../../../lib/api/status.js";
import type { ApiCall, Transport, WatchFrame } from "../../../lib/client/transport.js";
import type { HttpClientResponse, WebSocketResponse } from "../../../lib/platform/network.js";

/** One client's link to a server, which can be cut and mended while others go on. */
export class CuttableTransport implements Transport {
  readonly #transport: Transport;
  #abort = new AbortController();
  /** Called before each call is passed on; what it throws is the call's failure. */
  beforeCall: ((call: ApiCall) => void) | undefined;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  get kind() {
    return this.#transport.kind;
  }

  get server() {
    return this.#transport.server;
  }

  /** Nothing passes from now on, and watches end. */
  cut(): void {
    this.#abort.abort();
  }

  get isWhole(): boolean {
    return !this.#abort.signal.aborted;
  }

  mend(): void {
    if (this.#abort.signal.aborted) this.#abort = new AbortController();
  }

  #check(): void {
    if (this.#abort.signal.aborted) throw apiErrors.serviceUnavailable("the link is cut");
  }

  async call(call: ApiCall): Promise<object> {
    this.#check();
    this.beforeCall?.(call);
    return this.#transport.call(call);
  }

  async *watch(call: ApiCall): AsyncIterable<readonly WatchFrame[]> {
    this.#check();
    const cut = this.#abort.signal;
    const signal = call.signal === undefined ? cut : AbortSignal.any([call.signal, cut]);
    yield* this.#transport.watch({ ...call, signal });
  }

  raw(): Promise<HttpClientResponse> {
    return Promise.reject(apiErrors.serviceUnavailable("memory serves no HTTP"));
  }

  webSocket(): Promise<WebSocketResponse> {
    return Promise.reject(apiErrors.serviceUnavailable("memory serves no HTTP"));
  }

  close(): void {}
}
