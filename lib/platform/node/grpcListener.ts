import * as net from "node:net";
import type * as tls from "node:tls";
import {
  type handleUnaryCall,
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type StatusObject,
} from "@grpc/grpc-js";
import type { TlsServerOptions } from "../network.js";
import {
  type RpcCall,
  RpcCode,
  RpcError,
  type RpcHandler,
  type RpcListener,
  type RpcListenOptions,
  type RpcMetadata,
} from "../rpc.js";
import { admitPeer } from "./admitPeer.js";
import { registerHealth } from "./grpcHealth.js";
import { fromGrpcMetadata, repeatedMetadata, toGrpcMetadata } from "./grpcMetadata.js";
import { ReflectionIndex } from "./grpcReflection.js";
import { NodeConnection } from "./nodeConnection.js";
import { createTlsServer, reloadTlsServer } from "./nodeTls.js";
import { type Unsent, UnsentBudget } from "./unsentBudget.js";
import { UnsentCall } from "./unsentCall.js";

type Bytes = Uint8Array;
type AnyCall = ServerUnaryCall<Bytes, Bytes> | ServerWritableStream<Bytes, Bytes>;

const defaultMaxMessageBytes = 16 * 1024 * 1024;
/** Of a call without a deadline, until its client has taken what it asked for before. */
const longestWaitMilliseconds = 60_000;
const passBytes = (bytes: Bytes): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function toStatus(error: unknown): Partial<StatusObject> {
  if (error instanceof RpcError) {
    return {
      code: error.code as number,
      details: error.message,
      metadata: toGrpcMetadata(error.metadata),
    };
  }
  return { code: RpcCode.internal, details: error instanceof Error ? error.message : "internal" };
}

function deadlineOf(call: AnyCall): number | undefined {
  const deadline = call.getDeadline();
  const value = deadline instanceof Date ? deadline.getTime() : deadline;
  return Number.isFinite(value) ? value : undefined;
}

interface Peer {
  readonly connection: NodeConnection;
  readonly unsent: Unsent;
  /** Ends the connection. */
  end(): void;
}

/**
 * The gRPC library over our own listening socket, so that client certificates are asked for but not
 * demanded.
 */
class GrpcListener implements RpcListener {
  readonly #server: Server;
  readonly #listener: net.Server;
  readonly #options: RpcListenOptions;
  /** By remote address and port: the library tells no more of a call's connection. */
  readonly #connections = new Map<string, Peer>();
  readonly #unsent = new UnsentBudget();
  readonly #sockets = new Set<net.Socket>();

  constructor(options: RpcListenOptions) {
    this.#options = options;
    const maxBytes = options.maxMessageBytes ?? defaultMaxMessageBytes;
    this.#server = new Server({
      "grpc.max_receive_message_length": maxBytes,
      "grpc.max_send_message_length": -1,
      "grpc.max_concurrent_streams": options.maxConcurrentStreams ?? 1_000,
      "grpc.enable_channelz": 0,
    });
    this.#listener = options.tls
      ? createTlsServer(options.tls, ["h2"])
      : net.createServer({ pauseOnConnect: options.peerRule !== undefined });
    const injector = this.#server.createConnectionInjector(ServerCredentials.createInsecure());
    this.#listener.on("tlsClientError", (_error: Error, socket: tls.TLSSocket) => socket.destroy());
    this.#listener.on(options.tls ? "secureConnection" : "connection", (socket: net.Socket) => {
      const key = `${socket.remoteAddress}:${socket.remotePort}`;
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => {
        this.#connections.delete(key);
        this.#sockets.delete(socket);
      });
      const serve = (refusal: string | undefined): void => {
        const connection = new NodeConnection(socket, refusal);
        const unsent = this.#unsent.connection();
        this.#connections.set(key, { connection, unsent, end: () => socket.destroy() });
        injector.injectConnection(socket);
      };
      if (options.peerRule) admitPeer(socket, options.peerRule, serve);
      else serve(undefined);
    });
    for (const [method, handler] of options.handlers) this.#register(method, handler);
    if (options.health) {
      registerHealth(
        this.#server,
        options.health,
        (call) => this.#peerOf(call).connection,
        toStatus,
      );
    }
    if (options.reflection) this.#registerReflection(options.reflection);
  }

  /** Throws where the connection's peer is refused. */
  #peerOf(call: { getPeer(): string }): Peer {
    const peer = this.#connections.get(call.getPeer());
    if (!peer) throw new RpcError(RpcCode.unavailable, "the connection is closing");
    const { refusal } = peer.connection;
    if (refusal !== undefined) throw new RpcError(RpcCode.permissionDenied, refusal);
    return peer;
  }

  /** Where its client takes what it asks for. */
  async #begin(
    method: string,
    { mayWait }: RpcHandler,
    call: AnyCall,
  ): Promise<{ readonly called: RpcCall; readonly unsent: UnsentCall }> {
    const peer = this.#peerOf(call);
    const unsent = new UnsentCall(peer.unsent, peer.end);
    // Told when the stream has closed, however that was.
    call.on("cancelled", () => unsent.over());
    const called = this.#call(method, call, peer, unsent);
    if (mayWait === true && unsent.mustWait) {
      const own = (deadlineOf(call) ?? Infinity) - Date.now();
      if (!(await unsent.roomWithin(Math.min(own, longestWaitMilliseconds)))) {
        throw new RpcError(RpcCode.deadlineExceeded, "the client takes no responses");
      }
    }
    return { called, unsent };
  }

  #call(method: string, call: AnyCall, { connection }: Peer, unsent: UnsentCall): RpcCall {
    let abort: AbortController | undefined;
    let cancelled = call.cancelled;
    call.on("cancelled", () => {
      cancelled = true;
      abort?.abort();
    });
    return {
      method,
      connection,
      hold: (bytes, onTaken) => unsent.hold(bytes, onTaken),
      room: (isLarge) => unsent.room(isLarge),
      metadata: fromGrpcMetadata(call.metadata),
      repeated: repeatedMetadata(call.metadata),
      deadlineMilliseconds: deadlineOf(call),
      get signal() {
        abort ??= new AbortController();
        if (cancelled) abort.abort();
        return abort.signal;
      },
      sendInitialMetadata: (metadata: RpcMetadata) => call.sendMetadata(toGrpcMetadata(metadata)),
    };
  }

  #register(method: string, handler: RpcHandler): void {
    if (handler.kind === "unary") {
      const handle: handleUnaryCall<Bytes, Bytes> = (call, callback) => {
        this.#unary(method, handler, call).then(
          (answer) => callback(null, answer),
          (error) => callback(toStatus(error)),
        );
      };
      this.#server.register(method, handle, passBytes, (bytes) => bytes, "unary");
      return;
    }
    this.#server.register(
      method,
      (call: ServerWritableStream<Bytes, Bytes>) => this.#stream(method, handler, call),
      passBytes,
      (bytes: Buffer) => bytes,
      "serverStream",
    );
  }

  async #unary(
    method: string,
    handler: Extract<RpcHandler, { kind: "unary" }>,
    call: ServerUnaryCall<Bytes, Bytes>,
  ): Promise<Bytes> {
    const { called } = await this.#begin(method, handler, call);
    return handler.handle(called, call.request);
  }

  #stream(
    method: string,
    handler: Extract<RpcHandler, { kind: "serverStream" }>,
    call: ServerWritableStream<Bytes, Bytes>,
  ): void {
    const sendTo = (unsent: UnsentCall, message: Uint8Array): Promise<boolean> => {
      if (call.cancelled || call.destroyed) return Promise.resolve(false);
      if (call.write(message)) return Promise.resolve(true);
      const taken = unsent.blocked(message.length);
      return new Promise((resolve) => {
        const go = (): void => {
          taken();
          call.off("drain", go);
          call.off("cancelled", go);
          call.off("close", go);
          resolve(!call.cancelled && !call.destroyed);
        };
        call.on("drain", go);
        call.on("cancelled", go);
        call.on("close", go);
      });
    };
    const run = async (): Promise<void> => {
      const { called, unsent } = await this.#begin(method, handler, call);
      await handler.handle(called, call.request, (message) => sendTo(unsent, message));
    };
    run().then(
      () => call.end(),
      (error) => call.emit("error", toStatus(error)),
    );
  }

  #registerReflection(fileDescriptorSet: Uint8Array): void {
    const versions = ["grpc.reflection.v1", "grpc.reflection.v1alpha"];
    const services = versions.map((version) => `${version}.ServerReflection`);
    const index = new ReflectionIndex(fileDescriptorSet, services);
    for (const service of services) {
      this.#server.register(
        `/${service}/ServerReflectionInfo`,
        (call: ServerDuplexStream<Bytes, Bytes>) => {
          try {
            this.#peerOf(call);
          } catch (error) {
            call.emit("error", toStatus(error));
            return;
          }
          call.on("data", (request: Bytes) => call.write(index.answer(request)));
          call.on("end", () => call.end(new Metadata()));
        },
        passBytes,
        (bytes: Buffer) => bytes,
        "bidi",
      );
    }
  }

  listen(): Promise<this> {
    return new Promise((resolve, reject) => {
      this.#listener.once("error", reject);
      this.#listener.listen({ host: this.#options.address, port: this.#options.port }, () => {
        this.#listener.off("error", reject);
        this.#listener.on("error", () => undefined);
        resolve(this);
      });
    });
  }

  get address(): string {
    return (this.#listener.address() as net.AddressInfo | null)?.address ?? this.#options.address;
  }

  get port(): number {
    return (this.#listener.address() as net.AddressInfo | null)?.port ?? this.#options.port;
  }

  reloadTls(options: TlsServerOptions): void {
    reloadTlsServer(this.#listener, options);
  }

  async close(graceMilliseconds = 0): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      this.#listener.close(() => resolve());
    });
    const timer = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, graceMilliseconds);
    await ended;
    clearTimeout(timer);
    this.#server.forceShutdown();
  }
}

export function listenGrpc(options: RpcListenOptions): Promise<RpcListener> {
  return new GrpcListener(options).listen();
}
