import type { RpcCallOptions, RpcChannel } from "../../platform/rpc.js";

/**
 * A channel that is opened anew when what it was opened with (a client certificate) has changed;
 * calls that run on the old one go on to their end.
 */
export class RenewedChannel implements RpcChannel {
  readonly #identity: () => unknown;
  readonly #open: () => RpcChannel;
  #current: { readonly identity: unknown; readonly channel: RpcChannel } | undefined;

  /** A new identity, compared by reference, means a new channel. */
  constructor(identity: () => unknown, open: () => RpcChannel) {
    this.#identity = identity;
    this.#open = open;
  }

  get #channel(): RpcChannel {
    const identity = this.#identity();
    if (this.#current?.identity !== identity || this.#current === undefined) {
      this.#current?.channel.close();
      this.#current = { identity, channel: this.#open() };
    }
    return this.#current.channel;
  }

  unary(method: string, request: Uint8Array, options?: RpcCallOptions): Promise<Uint8Array> {
    return this.#channel.unary(method, request, options);
  }

  serverStream(
    method: string,
    request: Uint8Array,
    options?: RpcCallOptions,
  ): AsyncIterable<Uint8Array> {
    return this.#channel.serverStream(method, request, options);
  }

  close(): void {
    this.#current?.channel.close();
    this.#current = undefined;
  }
}
