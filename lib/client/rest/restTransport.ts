import type { Codec } from "../../api/codec.js";
import { mediaTypes } from "../../api/mediaTypes.js";
import { ApiError, apiErrors } from "../../api/status.js";
import { methodOfVerb } from "../../api/verbs.js";
import type {
  HttpCall,
  HttpClient,
  HttpClientResponse,
  WebSocketResponse,
} from "../../platform/network.js";
import type { Platform } from "../../platform/platform.js";
import type { RawRequest } from "../client.js";
import type { Credentials } from "../config/credentials.js";
import { jsonText } from "../jsonText.js";
import type { Patch } from "../requestOptions.js";
import { retryDelay } from "../retryDelay.js";
import type { ApiCall, Transport, WatchFrame, WebSocketRequest } from "../transport.js";
import { errorOfResponse } from "../transportClient.js";
import { BodyCodec } from "./bodyCodec.js";
import { requestPath } from "./requestPath.js";

const defaultTimeoutMilliseconds = 60_000;
const maxErrorBytes = 64 * 1024;

const patchTypes: Readonly<Record<Patch["type"], string>> = {
  json: mediaTypes.jsonPatch,
  merge: mediaTypes.mergePatch,
  strategic: mediaTypes.strategicMergePatch,
  apply: mediaTypes.applyYaml,
};

export interface RestTransportOptions {
  readonly platform: Pick<Platform, "clock" | "network">;
  readonly credentials: Credentials;
  /** Protobuf is spoken for kinds that have messages when a codec is given with it. */
  readonly contentType?: "json" | "protobuf";
  readonly codec?: Codec;
  readonly userAgent?: string;
  /** Dial this `host` instead of the server's. */
  readonly dialAddress?: string;
}

/** Kubernetes' REST API. */
export class RestTransport implements Transport {
  readonly kind = "rest";
  readonly server: string;
  readonly #http: HttpClient;
  readonly #options: RestTransportOptions;
  readonly #bodies: BodyCodec;

  constructor(options: RestTransportOptions) {
    this.server = options.credentials.server;
    this.#options = options;
    this.#http = options.platform.network.httpClient();
    this.#bodies = new BodyCodec(options.contentType ?? "json", options.codec);
  }

  async call(call: ApiCall): Promise<object> {
    const answer = await this.#answer(call, call.timeoutMilliseconds ?? defaultTimeoutMilliseconds);
    const bytes = await this.#read(answer, call.signal);
    return this.#bodies.decode(bytes, String(answer.headers["content-type"] ?? ""));
  }

  async *watch(call: ApiCall): AsyncIterable<readonly WatchFrame[]> {
    const answer = await this.#answer(call, call.timeoutMilliseconds);
    const decoder = this.#bodies.frameDecoder(String(answer.headers["content-type"] ?? ""));
    try {
      for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
        const frames = decoder.push(chunk);
        if (frames.length > 0) yield frames;
      }
    } catch (error) {
      throw this.#failure(error, call.signal);
    } finally {
      answer.body.destroy();
    }
  }

  async raw(request: RawRequest): Promise<HttpClientResponse> {
    const body = request.body;
    return this.#send({
      method: request.method ?? "GET",
      path: request.path,
      headers: request.headers ?? {},
      ...(body === undefined ? {} : { body }),
      ...(request.signal === undefined ? {} : { signal: request.signal }),
      ...(request.timeoutMilliseconds === undefined
        ? {}
        : { timeoutMilliseconds: request.timeoutMilliseconds }),
    });
  }

  async webSocket(request: WebSocketRequest): Promise<WebSocketResponse> {
    const { path, protocols, signal } = request;
    const { credentials, platform } = this.#options;
    signal?.throwIfAborted();
    const call = {
      ...{ url: `${this.server}${path}`, headers: await this.#headers({}), protocols },
      ...{ timeoutMilliseconds: defaultTimeoutMilliseconds },
      ...(signal === undefined ? {} : { signal }),
      ...(credentials.tls === undefined ? {} : { tls: credentials.tls }),
    };
    try {
      return await platform.network.webSocket(call);
    } catch (error) {
      throw this.#failure(error, signal);
    }
  }

  close(): void {
    this.#http.close();
  }

  async #answer(
    call: ApiCall,
    timeoutMilliseconds: number | undefined,
  ): Promise<HttpClientResponse> {
    const { body, contentType } = this.#body(call);
    for (let retries = 0; ; retries++) {
      const answer = await this.#send({
        method: methodOfVerb[call.verb],
        path: requestPath(call),
        headers: {
          accept: this.#bodies.accept(call),
          ...(contentType === undefined ? {} : { "content-type": contentType }),
        },
        ...(body === undefined ? {} : { body }),
        ...(call.signal === undefined ? {} : { signal: call.signal }),
        ...(timeoutMilliseconds === undefined ? {} : { timeoutMilliseconds }),
      });
      if (answer.status >= 200 && answer.status < 300) return answer;
      const text = this.#bodies.errorText(
        await this.#read(answer, call.signal, maxErrorBytes),
        String(answer.headers["content-type"] ?? ""),
      );
      const retryAfterSeconds = Number(answer.headers["retry-after"] ?? Number.NaN);
      const delay = retryDelay({ code: answer.status, retryAfterSeconds }, retries);
      if (delay === undefined) {
        throw errorOfResponse(answer.status, methodOfVerb[call.verb], call.type, call.name, text);
      }
      await this.#options.platform.clock.sleep(delay, call.signal);
      call.signal?.throwIfAborted();
    }
  }

  #body(call: ApiCall): { body?: Uint8Array | string; contentType?: string } {
    if (call.patch !== undefined) {
      return { body: jsonText(call.patch.body), contentType: patchTypes[call.patch.type] };
    }
    return call.body === undefined ? {} : this.#bodies.encode(call.body);
  }

  async #send(request: {
    method: string;
    path: string;
    headers: Readonly<Record<string, string>>;
    body?: Uint8Array | string;
    signal?: AbortSignal;
    timeoutMilliseconds?: number;
  }): Promise<HttpClientResponse> {
    request.signal?.throwIfAborted();
    const { credentials, dialAddress } = this.#options;
    const { path, headers, ...rest } = request;
    const call: HttpCall = {
      ...rest,
      url: `${this.server}${path}`,
      headers: await this.#headers(headers),
      ...(credentials.tls === undefined ? {} : { tls: credentials.tls }),
      ...(dialAddress === undefined ? {} : { dialAddress }),
    };
    try {
      return await this.#http.call(call);
    } catch (error) {
      throw this.#failure(error, request.signal);
    }
  }

  async #headers(own: Readonly<Record<string, string>>): Promise<Record<string, string>> {
    const { credentials, userAgent } = this.#options;
    const authorization = await credentials.authorization();
    return {
      "user-agent": userAgent ?? "steersman",
      ...credentials.headers,
      ...own,
      ...(authorization === undefined ? {} : { authorization }),
    };
  }

  async #read(
    answer: HttpClientResponse,
    signal?: AbortSignal,
    maxBytes?: number,
  ): Promise<Uint8Array> {
    try {
      return await answer.readAll(maxBytes);
    } catch (error) {
      throw this.#failure(error, signal);
    }
  }

  /** What went wrong on the way, as an ApiError. */
  #failure(error: unknown, signal: AbortSignal | undefined): unknown {
    if (signal?.aborted === true) return signal.reason;
    if (error instanceof ApiError) return error;
    const code = (error as { code?: string }).code;
    const text = error instanceof Error && error.message !== "" ? error.message : String(code);
    return code === "ETIMEDOUT"
      ? apiErrors.timeout(`${this.server}: ${text}`)
      : apiErrors.serviceUnavailable(`${this.server}: ${text}`);
  }
}
