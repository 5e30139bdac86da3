import type { Codec } from "../../api/codec.js";
import { apiErrorOf } from "../../api/rpcStatus.js";
import { ApiError, apiErrors, successStatus } from "../../api/status.js";
import type { Clock } from "../../platform/clock.js";
import type { HttpClientResponse, WebSocketResponse } from "../../platform/network.js";
import { type RpcCallOptions, type RpcChannel, RpcError } from "../../platform/rpc.js";
import type { RawRequest } from "../client.js";
import type { Credentials } from "../config/credentials.js";
import { retryDelay } from "../retryDelay.js";
import type { ApiCall, Transport, WatchFrame, WebSocketRequest } from "../transport.js";
import { encodeRpcRequest, rpcTarget } from "./rpcRequest.js";
import { RpcAnswerReader } from "./rpcResponse.js";

const defaultTimeoutMilliseconds = 60_000;
const longBatchBytes = 64 * 1024;
/** When the last long batch so far is read; of all transports on a clock. */
const turns = new WeakMap<Clock, Promise<void>>();

export interface RpcTransportOptions {
  /** Real gRPC, or the in-process channel of an API server. */
  readonly channel: RpcChannel;
  readonly codec: Codec;
  /** Absent where the channel itself carries the identity. */
  readonly credentials?: Credentials;
  /** For messages. */
  readonly server: string;
  readonly userAgent?: string;
  /** Waits where the server says when to come again; absent: no call is repeated. */
  readonly clock?: Clock;
  /** Carries raw requests, which gRPC does not. */
  readonly http?: Pick<Transport, "raw" | "webSocket" | "close">;
}

/** The API's gRPC services. Objects are encoded by the codec; the channel carries bytes. */
export class RpcTransport implements Transport {
  readonly kind = "rpc";
  readonly server: string;
  readonly #options: RpcTransportOptions;
  readonly #reader: RpcAnswerReader;

  constructor(options: RpcTransportOptions) {
    this.server = options.server;
    this.#options = options;
    this.#reader = new RpcAnswerReader(options.codec);
  }

  async call(call: ApiCall): Promise<object> {
    for (let retries = 0; ; retries++) {
      try {
        return await this.#callOnce(call);
      } catch (error) {
        await this.#waitToRetry(error, retries, call);
      }
    }
  }

  /** Rejects with the error where the call is not to be repeated. */
  async #waitToRetry(error: unknown, retries: number, call: ApiCall): Promise<void> {
    const { clock } = this.#options;
    if (clock === undefined || !(error instanceof ApiError)) throw error;
    const delay = retryDelay(error, retries);
    if (delay === undefined) throw error;
    await clock.sleep(delay, call.signal);
    call.signal?.throwIfAborted();
  }

  async #callOnce(call: ApiCall): Promise<object> {
    call.signal?.throwIfAborted();
    const { channel, codec } = this.#options;
    const target = rpcTarget(call);
    const timeoutMilliseconds = call.timeoutMilliseconds ?? defaultTimeoutMilliseconds;
    try {
      const request = encodeRpcRequest(codec, call, target);
      const options = await this.#callOptions(call, timeoutMilliseconds);
      if (call.verb !== "list" && call.verb !== "deletecollection") {
        return this.#reader.object(
          await channel.unary(target.path, request, options),
          call,
          target,
        );
      }
      const list = { metadata: {}, items: [] };
      for await (const chunk of channel.serverStream(target.path, request, options)) {
        this.#reader.listChunk(list, chunk, call);
      }
      return call.verb === "list" ? list : successStatus();
    } catch (error) {
      throw this.#failure(error, call);
    }
  }

  async *watch(call: ApiCall): AsyncIterable<readonly WatchFrame[]> {
    for (let retries = 0; ; retries++) {
      let hasBegun = false;
      try {
        for await (const frames of this.#watchOnce(call)) {
          hasBegun = true;
          yield frames;
        }
        return;
      } catch (error) {
        // What ends a stream that ran is its reader's to know.
        if (hasBegun) throw error;
        await this.#waitToRetry(error, retries, call);
      }
    }
  }

  async *#watchOnce(call: ApiCall): AsyncIterable<readonly WatchFrame[]> {
    call.signal?.throwIfAborted();
    const { channel, codec } = this.#options;
    const target = rpcTarget(call);
    try {
      const request = encodeRpcRequest(codec, call, target);
      const options = await this.#callOptions(call, call.timeoutMilliseconds);
      for await (const batch of channel.serverStream(target.path, request, options)) {
        await this.#ownTurn(batch);
        const frames = this.#reader.watchBatch(batch, call);
        if (frames.length > 0) yield frames;
      }
    } catch (error) {
      throw this.#failure(error, call);
    }
  }

  /** Long batches are read one a turn: every watch of a process may have the same event at once. */
  #ownTurn(batch: Uint8Array): Promise<void> | undefined {
    const { clock } = this.#options;
    if (batch.length <= longBatchBytes || clock === undefined || clock.isVirtual) return undefined;
    const before = turns.get(clock) ?? Promise.resolve();
    const turn = before.then(() => new Promise<void>((resolve) => clock.defer(resolve)));
    turns.set(clock, turn);
    return turn;
  }

  raw(request: RawRequest): Promise<HttpClientResponse> {
    return this.#options.http?.raw(request) ?? Promise.reject(this.#noHttp());
  }

  webSocket(request: WebSocketRequest): Promise<WebSocketResponse> {
    return this.#options.http?.webSocket(request) ?? Promise.reject(this.#noHttp());
  }

  #noHttp(): ApiError {
    return apiErrors.serviceUnavailable(
      `${this.server} serves no HTTP to this client, which logs and the like need: ` +
        "let the server listen, and connect by its kubeconfig",
    );
  }

  close(): void {
    this.#options.channel.close();
    this.#options.http?.close();
  }

  async #callOptions(
    call: ApiCall,
    timeoutMilliseconds: number | undefined,
  ): Promise<RpcCallOptions> {
    const { credentials, userAgent } = this.#options;
    const authorization = await credentials?.authorization();
    return {
      metadata: {
        ...(userAgent === undefined ? {} : { "x-user-agent": userAgent }),
        ...credentials?.headers,
        ...(authorization === undefined ? {} : { authorization }),
      },
      ...(timeoutMilliseconds === undefined ? {} : { timeoutMilliseconds }),
      ...(call.signal === undefined ? {} : { signal: call.signal }),
    };
  }

  #failure(error: unknown, call: ApiCall): unknown {
    if (call.signal?.aborted === true) return call.signal.reason;
    return error instanceof RpcError ? apiErrorOf(error) : error;
  }
}
