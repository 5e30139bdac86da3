import type {
  Connection,
  Headers,
  HttpListener,
  HttpRequest,
  HttpResponse,
} from "../../network.js";
import {
  type RpcCall,
  RpcCode,
  RpcError,
  type RpcHandler,
  type RpcListener,
  type RpcListenOptions,
  type RpcMetadata,
} from "../../rpc.js";
import { ReflectionIndex } from "../grpcReflection.js";
import { healthHandlers } from "../rpcHealth.js";
import { listenNativeHttp } from "./nativeHttpListener.js";
import { type CallHead, readCallHead, statusTrailers, writeMetadata } from "./rpcHeaders.js";
import { bodyBytes, frameOf, MessageReader, onlyMessage, tooLarge } from "./rpcMessages.js";

const defaultMaxMessageBytes = 16 * 1024 * 1024;
const defaultMaxStreams = 1_000;
/** Of a call without a deadline, until its client has taken what it asked for before. */
const longestWaitMilliseconds = 60_000;
/** Names and little else. */
const maxReflectionBytes = 64 * 1024;
/** What calls that have just ended have of time to be sent. */
const lastMilliseconds = 100;
/** Node's timers are no longer. */
const longestTimerMilliseconds = 2 ** 31 - 1;
const reflectionServices = ["grpc.reflection.v1", "grpc.reflection.v1alpha"].map(
  (version) => `${version}.ServerReflection`,
);
const contentType = { "content-type": "application/grpc+proto" } as const;

/** One call and its response. */
class NativeCall implements RpcCall {
  readonly method: string;
  readonly connection: Connection;
  readonly metadata: RpcMetadata;
  readonly repeated?: Readonly<Record<string, readonly string[]>>;
  readonly deadlineMilliseconds: number | undefined;
  readonly #http: HttpRequest;
  readonly #response: HttpResponse;
  readonly #timer: NodeJS.Timeout | undefined;
  #abort: AbortController | undefined;
  #isStarted = false;
  #isOver = false;

  constructor(http: HttpRequest, response: HttpResponse, head: CallHead) {
    this.method = http.target;
    this.connection = http.connection;
    this.metadata = head.metadata;
    if (head.repeated !== undefined) this.repeated = head.repeated;
    this.#http = http;
    this.#response = response;
    const { timeoutMilliseconds } = head;
    if (timeoutMilliseconds === undefined) return;
    const left = Math.max(0, timeoutMilliseconds - (http.waitedMilliseconds ?? 0));
    this.deadlineMilliseconds = Date.now() + left;
    if (left > longestTimerMilliseconds) return;
    this.#timer = setTimeout(() => this.#passed(), left);
  }

  /** Its client has gone, its deadline has passed, or it has been responded to. */
  get isOver(): boolean {
    return this.#isOver || this.#http.signal.aborted;
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      const abort = new AbortController();
      this.#abort = abort;
      const { signal } = this.#http;
      if (this.isOver) abort.abort();
      else signal.addEventListener("abort", () => abort.abort(), { once: true });
    }
    return this.#abort.signal;
  }

  hold(bytes: number, onTaken: () => void): void {
    if (this.#response.hold === undefined) onTaken();
    else this.#response.hold(bytes, onTaken);
  }

  room(isLarge: boolean): Promise<void> | undefined {
    return this.#response.room?.(isLarge);
  }

  /** Throws for what no header can carry. */
  sendInitialMetadata(metadata: RpcMetadata): void {
    this.#start(metadata);
  }

  #start(initial: RpcMetadata = {}): void {
    if (this.#isStarted || this.#isOver) return;
    this.#response.start(200, { ...contentType, ...writeMetadata(initial) });
    this.#isStarted = true;
  }

  /** False when the client is slow. */
  write(message: Uint8Array): boolean {
    if (this.#isOver) return true;
    this.#start();
    return this.#response.write(frameOf(message));
  }

  /** As RpcSend. */
  async send(message: Uint8Array): Promise<boolean> {
    if (this.isOver) return false;
    if (this.write(message)) return true;
    const { signal } = this;
    await new Promise<void>((resolve) => {
      this.#response.onDrain(resolve);
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    return !this.isOver;
  }

  end(status: RpcCode = RpcCode.ok, message = "", metadata: RpcMetadata = {}): void {
    if (this.#isOver) return;
    this.#start();
    this.#isOver = true;
    clearTimeout(this.#timer);
    try {
      this.#response.end(statusTrailers(status, message, metadata));
    } catch (error) {
      // What no header can carry.
      this.#response.end(statusTrailers(RpcCode.internal, String(error), {}));
    }
  }

  /** The server ends it. */
  stop(): void {
    this.end(RpcCode.unavailable, "the server stops");
    this.#abort?.abort();
  }

  fail(error: unknown): void {
    if (error instanceof RpcError) this.end(error.code, error.message, error.metadata);
    else this.end(RpcCode.internal, error instanceof Error ? error.message : "internal");
  }

  #passed(): void {
    this.end(RpcCode.deadlineExceeded, "the deadline has passed");
    this.#abort?.abort();
  }
}

/** Serves gRPC over the HTTP server's threads. */
class RpcServer {
  readonly #handlers: ReadonlyMap<string, RpcHandler>;
  readonly #reflection: ReflectionIndex | undefined;
  readonly #most: number;
  /** Those whose handler has not ended. */
  readonly #running = new Set<NativeCall>();
  /** Of headers that a connection sends again and again. */
  readonly #heads = new WeakMap<Headers, CallHead>();

  constructor({ handlers, health, reflection, maxMessageBytes }: RpcListenOptions) {
    this.#handlers =
      health === undefined ? handlers : new Map([...handlers, ...healthHandlers(health)]);
    this.#reflection =
      reflection === undefined ? undefined : new ReflectionIndex(reflection, reflectionServices);
    this.#most = maxMessageBytes ?? defaultMaxMessageBytes;
  }

  mayWait(method: string): boolean {
    return this.#handlers.get(method)?.mayWait === true;
  }

  waitMilliseconds(headers: Headers): number {
    try {
      const own = this.#headOf(headers).timeoutMilliseconds ?? longestWaitMilliseconds;
      return Math.min(own, longestWaitMilliseconds);
    } catch {
      return 0;
    }
  }

  onRequest(http: HttpRequest, response: HttpResponse): void {
    const call = this.#begun(http, response);
    if (call === undefined) return;
    const { refusal } = http.connection;
    if (refusal !== undefined) {
      call.end(RpcCode.permissionDenied, refusal);
      return;
    }
    this.#running.add(call);
    const handled = isReflection(http.target)
      ? this.#reflect(call, http)
      : this.#handle(call, http);
    handled.catch((error: unknown) => call.fail(error)).finally(() => this.#running.delete(call));
  }

  /** All calls end. */
  stop(): void {
    for (const call of [...this.#running]) call.stop();
  }

  onLate(http: HttpRequest, response: HttpResponse): void {
    const call = this.#begun(http, response);
    call?.end(RpcCode.deadlineExceeded, "the client takes no responses");
  }

  /** Undefined where the request is none of gRPC, or its headers are wrong: it has its response. */
  #begun(http: HttpRequest, response: HttpResponse): NativeCall | undefined {
    const type = http.headers["content-type"];
    if (http.method !== "POST" || !/^application\/grpc(?:$|[+;])/.test(String(type ?? ""))) {
      response.send(415, { "content-type": "text/plain" }, "this port serves gRPC alone\n");
      return undefined;
    }
    try {
      return new NativeCall(http, response, this.#headOf(http.headers));
    } catch (error) {
      const none = { metadata: {}, repeated: undefined, timeoutMilliseconds: undefined };
      new NativeCall(http, response, { ...none, encoding: "identity" }).fail(error);
      return undefined;
    }
  }

  #headOf(headers: Headers): CallHead {
    let head = this.#heads.get(headers);
    if (head === undefined) {
      head = readCallHead(headers);
      this.#heads.set(headers, head);
    }
    return head;
  }

  async #handle(call: NativeCall, http: HttpRequest): Promise<void> {
    const handler = this.#handlers.get(call.method);
    if (handler === undefined) {
      throw new RpcError(RpcCode.unimplemented, `the server has no method ${call.method}`);
    }
    const request = await this.#request(http);
    if (handler.kind === "unary") call.write(await handler.handle(call, request));
    else await handler.handle(call, request, (message) => call.send(message));
    call.end();
  }

  async #request(http: HttpRequest): Promise<Uint8Array> {
    const { encoding } = this.#headOf(http.headers);
    let body: Uint8Array;
    try {
      body = await http.readBody(bodyBytes(this.#most));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "BODY_TOO_LARGE") throw error;
      throw tooLarge(Number(http.headers["content-length"] ?? this.#most + 1), this.#most);
    }
    return onlyMessage(body, encoding, this.#most);
  }

  /** The one method whose requests are a stream. */
  async #reflect(call: NativeCall, http: HttpRequest): Promise<void> {
    const index = this.#reflection;
    if (index === undefined) {
      throw new RpcError(RpcCode.unimplemented, `the server has no method ${call.method}`);
    }
    const { encoding } = this.#headOf(http.headers);
    const reader = new MessageReader(Math.min(this.#most, maxReflectionBytes), encoding);
    for await (const piece of http.body as AsyncIterable<Uint8Array>) {
      reader.push(piece);
      for (let message = reader.next(); message !== undefined; message = reader.next()) {
        if (!(await call.send(index.answer(await message)))) return;
      }
    }
    call.end();
  }
}

const reflectionPaths = reflectionServices.map((service) => `/${service}/ServerReflectionInfo`);

function isReflection(target: string): boolean {
  return reflectionPaths.includes(target);
}

/** Serves gRPC on the threads that serve HTTP; client certificates are asked for, not demanded. */
export async function listenNativeRpc(options: RpcListenOptions): Promise<RpcListener> {
  const { address, port, tls, peerRule, maxMessageBytes, maxConcurrentStreams } = options;
  const server = new RpcServer(options);
  const maxBytes = bodyBytes(maxMessageBytes ?? defaultMaxMessageBytes);
  const listener: HttpListener = await listenNativeHttp({
    address,
    port,
    onlyHttp2: true,
    ...(tls === undefined ? {} : { tls }),
    ...(peerRule === undefined ? {} : { peerRule }),
    collectBodies: { maxBytes, exceptPaths: reflectionPaths },
    limits: { maxStreams: maxConcurrentStreams ?? defaultMaxStreams },
    onRequest: (request, response) => server.onRequest(request, response),
    waits: {
      concern: (_, target) => server.mayWait(target),
      milliseconds: (_, headers) => server.waitMilliseconds(headers ?? {}),
      onLate: (request, response) => server.onLate(request, response),
    },
  });
  return {
    address: listener.address,
    port: listener.port,
    reloadTls: (given) => listener.reloadTls(given),
    close: async (graceMilliseconds = 0) => {
      const timer = setTimeout(() => server.stop(), graceMilliseconds);
      try {
        await listener.close(graceMilliseconds + lastMilliseconds);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
