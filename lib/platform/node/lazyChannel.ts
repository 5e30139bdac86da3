import type { RpcCallOptions, RpcChannel, RpcChannelOptions } from "../rpc.js";

/** A channel whose gRPC library is loaded at its first call. */
export class LazyChannel implements RpcChannel {
  readonly #options: RpcChannelOptions;
  #channel: Promise<RpcChannel> | undefined;
  #closed = false;

  constructor(options: RpcChannelOptions) {
    this.#options = options;
  }

  #get(): Promise<RpcChannel> {
    this.#channel ??= import("./grpcChannel.js").then((loaded) => {
      const channel = new loaded.GrpcChannel(this.#options);
      if (this.#closed) channel.close();
      return channel;
    });
    return this.#channel;
  }

  async unary(method: string, request: Uint8Array, options?: RpcCallOptions): Promise<Uint8Array> {
    return (await this.#get()).unary(method, request, options);
  }

  async *serverStream(
    method: string,
    request: Uint8Array,
    options?: RpcCallOptions,
  ): AsyncIterable<Uint8Array> {
    yield* (await this.#get()).serverStream(method, request, options);
  }

  close(): void {
    this.#closed = true;
    this.#channel?.then(
      (channel) => channel.close(),
      () => undefined,
    );
  }
}
