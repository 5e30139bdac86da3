import type { Connection, TlsClientOptions, TlsServerOptions } from "./network.js";
import type { PeerRule } from "./peerOwner.js";

/** gRPC's status codes that Steersman uses, by their numbers on the wire. */
export const RpcCode = {
  ok: 0,
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  outOfRange: 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  dataLoss: 15,
  unauthenticated: 16,
} as const;
export type RpcCode = (typeof RpcCode)[keyof typeof RpcCode];

/** Lower-case names; names that end in `-bin` carry bytes. */
export type RpcMetadata = Readonly<Record<string, string | Uint8Array>>;

export class RpcError extends Error {
  readonly code: RpcCode;
  readonly metadata: RpcMetadata;
  constructor(code: RpcCode, message: string, metadata: RpcMetadata = {}) {
    super(message);
    this.name = "RpcError";
    this.code = code;
    this.metadata = metadata;
  }
}

export interface RpcCallOptions {
  readonly metadata?: RpcMetadata;
  readonly timeoutMilliseconds?: number;
  readonly signal?: AbortSignal;
  readonly onInitialMetadata?: (metadata: RpcMetadata) => void;
}

/** Messages are opaque bytes; who encodes them is above. Methods are `/package.Service/Method`. */
export interface RpcChannel {
  /** Rejects with RpcError. */
  unary(method: string, request: Uint8Array, options?: RpcCallOptions): Promise<Uint8Array>;
  /**
   * Back pressure reaches the server: it is read only as fast as the loop goes on. Ends or throws
   * RpcError.
   */
  serverStream(
    method: string,
    request: Uint8Array,
    options?: RpcCallOptions,
  ): AsyncIterable<Uint8Array>;
  close(): void;
}

export interface RpcChannelOptions {
  /** `host:port` or `unix:/path`. */
  readonly target: string;
  readonly tls?: TlsClientOptions;
  /** Bytes; default 16 MiB (CRI lists can be large). */
  readonly maxMessageBytes?: number;
  readonly keepaliveMilliseconds?: number;
  /** Stands before the library's own. */
  readonly userAgent?: string;
}

export interface RpcCall {
  readonly method: string;
  readonly connection: Connection;
  readonly metadata: RpcMetadata;
  /** Text that came several times under one name, whole; metadata has the first of each. */
  readonly repeated?: Readonly<Record<string, readonly string[]>>;
  /** Aborts on cancellation, deadline and disconnection. */
  readonly signal: AbortSignal;
  readonly deadlineMilliseconds: number | undefined;
  sendInitialMetadata(metadata: RpcMetadata): void;
  /** As HttpResponse's. Absent where a response is taken at once. */
  hold?(bytes: number, onTaken: () => void): void;
  room?(isLarge: boolean): Promise<void> | undefined;
}

/** Resolves false when the stream is over; true when it may go on. Waits for back pressure. */
export type RpcSend = (message: Uint8Array) => Promise<boolean>;

export type RpcHandler = {
  /** Its calls wait while their client does not take what it asked for before. */
  readonly mayWait?: boolean;
} & RpcMethod;

type RpcMethod =
  | {
      readonly kind: "unary";
      readonly handle: (call: RpcCall, request: Uint8Array) => Promise<Uint8Array>;
    }
  | {
      readonly kind: "serverStream";
      readonly handle: (call: RpcCall, request: Uint8Array, send: RpcSend) => Promise<void>;
    };

/**
 * Handlers by whole method name. Throwing RpcError responds with it; anything else is `internal`.
 */
export type RpcHandlers = ReadonlyMap<string, RpcHandler>;

export interface RpcHealth {
  /** Looks anew. Never rejects. */
  check(): Promise<"serving" | "notServing">;
  /** As last known. */
  current(): "serving" | "notServing";
  /** Calls back when current() may have changed; returns what forgets the callback. */
  onChange(callback: () => void): () => void;
}

export interface RpcListenOptions {
  readonly address: string;
  readonly port: number;
  readonly tls?: TlsServerOptions;
  readonly handlers: RpcHandlers;
  /** File descriptor set (bytes) for the reflection service; without it there is none. */
  readonly reflection?: Uint8Array;
  /** Serves grpc.health.v1 with this state. */
  readonly health?: RpcHealth;
  readonly maxMessageBytes?: number;
  readonly maxConcurrentStreams?: number;
  /** As HttpListenOptions.peerRule: refused connections get permissionDenied for every call. */
  readonly peerRule?: PeerRule;
}

export interface RpcListener {
  readonly address: string;
  readonly port: number;
  /** As HttpListener.reloadTls. */
  reloadTls(tls: TlsServerOptions): void;
  close(graceMilliseconds?: number): Promise<void>;
}
