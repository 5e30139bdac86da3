import type { TlsClientOptions } from "../../platform/network.js";
import type { RpcCallOptions, RpcChannel } from "../../platform/rpc.js";

type Tls = TlsClientOptions | undefined;

/** By what is in them: whoever gives credentials may make the object anew for each call. */
function isSame(one: Tls, other: Tls): boolean {
  return (
    one?.certificate === other?.certificate &&
    one?.key === other?.key &&
    one?.certificateAuthorities === other?.certificateAuthorities &&
    one?.serverName === other?.serverName &&
    one?.insecureSkipVerify === other?.insecureSkipVerify
  );
}

/**
 * A channel that is opened anew when what it was opened with (a client certificate) has changed;
 * calls that run on the old one go on to their end.
 */
export class RenewedChannel implements RpcChannel {
  readonly #tls: () => Tls;
  readonly #open: (tls: Tls) => RpcChannel;
  #current: { readonly tls: Tls; readonly channel: RpcChannel } | undefined;

  constructor(tls: () => Tls, open: (tls: Tls) => RpcChannel) {
    this.#tls = tls;
    this.#open = open;
  }

  get #channel(): RpcChannel {
    const tls = this.#tls();
    if (this.#current && isSame(this.#current.tls, tls)) return this.#current.channel;
    this.#current?.channel.close();
    this.#current = { tls, channel: this.#open(tls) };
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
