import type { Duplex, Readable } from "node:stream";
import type { PeerRule } from "./peerOwner.js";
import type { RpcChannel, RpcChannelOptions, RpcListener, RpcListenOptions } from "./rpc.js";
import type { Messages } from "./streaming/messages.js";

export interface TlsServerOptions {
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
  /**
   * PEM bundle; client certificates are asked for and never required here: authentication decides.
   */
  readonly clientCertificateAuthorities?: string;
  readonly minimumVersion?: "TLSv1.2" | "TLSv1.3";
  readonly ciphers?: string;
  /** Groups of the key exchange, by OpenSSL's names and with colons between, best first. */
  readonly curves?: string;
  /** Listeners of HTTP then speak HTTP/1.1 alone. */
  readonly withoutHttp2?: boolean;
  /** Other certificates by server name, for --tls-sni-cert-key. */
  readonly byServerName?: readonly { names: readonly string[]; certificate: string; key: string }[];
}

export interface TlsClientOptions {
  readonly certificateAuthorities?: string;
  readonly certificate?: string;
  readonly key?: string;
  readonly serverName?: string;
  readonly insecureSkipVerify?: boolean;
}

/** A client certificate that the TLS stack has verified against the listener's authorities. */
export interface PeerCertificate {
  /** DER, leaf first. */
  readonly chain: readonly Uint8Array[];
  /** False when a certificate came but did not verify; the reason says why. */
  readonly verified: boolean;
  readonly reason?: string;
}

/**
 * One connection; the same object for every request on it, so that identities can be cached on it.
 */
export interface Connection {
  readonly id: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly secure: boolean;
  readonly peerCertificate: PeerCertificate | undefined;
  /** Why every request on it is refused with 403; see HttpListenOptions.peerRule. */
  readonly refusal?: string;
  /** For whoever authenticates: dropped with the connection. */
  cache: unknown;
}

export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface HttpRequest {
  readonly connection: Connection;
  readonly method: string;
  /** Path and query as sent. */
  readonly target: string;
  readonly httpVersion: "1.1" | "2.0";
  /** Lower-case names. */
  readonly headers: Headers;
  /** Aborts when the client goes away or the listener closes. */
  readonly signal: AbortSignal;
  /** Its connection has sent these very headers before. */
  readonly repeatsHeaders?: boolean;
  /** How long it has waited until its client had taken what it asked for before. */
  readonly waitedMilliseconds?: number;
  /** Reads the whole body; rejects with code `BODY_TOO_LARGE` past maxBytes. */
  readBody(maxBytes: number): Uint8Array | Promise<Uint8Array>;
  readonly body: Readable;
}

/** Requests with bodies that a listener may serve on its own. */
export interface WritesGrant {
  readonly method: "POST" | "PUT";
  /** The path and query, or what stands before the object's name in them. */
  readonly target: string;
  /** What stands after the name, where there is a place for one. */
  readonly after?: string;
  /** Of their responses: 201 for a POST, 200 for a PUT. */
  readonly headers: Headers;
  /** What stands after each body. */
  readonly tail: string;
  /** Responses of so many bytes are compressed by gzip. */
  readonly compressedFrom: number;
  readonly milliseconds: number;
  /** As storage made them; `seats` is absent where there is no bound. */
  readonly writes: object;
  readonly figures: object;
  readonly seats?: object | undefined;
}

/** GET requests that a listener may serve on its own. */
export interface ReadGrant {
  /** Of their paths, what stands before the object's name. */
  readonly before: string;
  /** Where two names are free, what stands between them. */
  readonly between?: string;
  /** Of their responses. */
  readonly headers: Headers;
  /** What stands after each object. */
  readonly tail: string;
  /** Objects of this size are asked about. */
  readonly belowBytes: number;
  readonly milliseconds: number;
  /** As storage made them. */
  readonly objects: object;
  readonly figures: object;
}

/** How a source that a response came from has ended. */
export interface PipeEnd {
  /**
   * done: as it should. slow: its queue's bound was passed; compacted: it fell behind the log;
   * closed: the store was; failed: see the message. gone: its client or its listener is no more.
   */
  readonly outcome: "done" | "slow" | "compacted" | "closed" | "failed" | "gone";
  /** Objects or events that were written. */
  readonly count: number;
  readonly bytes: number;
  readonly message: string;
}

/** What is told of a source on its way, each at most once. */
export interface PipeNews {
  /** The client has needed longer than 100 ms for 64 KiB. */
  readonly slow?: () => void;
  /** Of a watch that begins with what there is: the client has been sent that. */
  readonly settled?: () => void;
}

export interface HttpResponse {
  readonly headersSent: boolean;
  /**
   * Has what follows of a started response come from a source that storage made, until it is over;
   * whatever is said of the response before ends it. `onEnd` is called once, after any news.
   * Throws, and nothing has happened, where a source cannot begin. Absent where a listener cannot.
   */
  pipe?(source: object, onEnd: (end: PipeEnd) => void, news?: PipeNews): void;
  /**
   * Lets the listener serve later requests of this connection with the very headers of this one,
   * without a query and a body. To be called before the response is given. Absent where a listener
   * cannot.
   */
  grant?(grant: ReadGrant): void;
  /** As grant, of requests with bodies of their own. */
  grantWrites?(grant: WritesGrant): void;
  /**
   * About so many bytes will be sent or written: they are the client's to take from now on. Calls
   * back once, when its connection has taken them all, when it is slow to (longer than 100 ms for
   * 64 KiB), or when it has gone. To be called once, before the response is given. Absent where a
   * response is taken at once.
   */
  hold?(bytes: number, onTaken: () => void): void;
  /**
   * Resolves when the client has taken enough of what it asked for before, or has gone. Undefined
   * where it has; then a large response is counted as such until `hold` or the response says how
   * large it is. Absent where a response is taken at once.
   */
  room?(isLarge: boolean): Promise<void> | undefined;
  /** Sends the head and the whole body in one go. */
  send(status: number, headers: Headers, body?: Uint8Array | string): void;
  /** Starts a streamed answer. */
  start(status: number, headers: Headers): void;
  /** False when the peer is slow: wait for onDrain before writing much more. */
  write(bytes: Uint8Array): boolean;
  onDrain(callback: () => void): void;
  /** Trailers are sent over HTTP/2 alone. */
  end(trailers?: Headers): void;
  /** Ends the stream abnormally, so that the peer sees that it is cut. */
  abort(): void;
}

/** What one client can hold of a listener; each has a default. */
export interface HttpLimits {
  /** Streams that an HTTP/2 connection may have open at once: 250. */
  readonly maxStreams?: number;
  /**
   * Streams of an HTTP/2 connection that may be reset before they got a response: 1,000 at once,
   * and 50 a second in the long run; beyond that the connection ends.
   */
  readonly maxResets?: number;
  /** The share of HTTP/2 requests after which the client is asked to connect anew: 0. */
  readonly goawayChance?: number;
  /** The head of a request, and an HTTP/2 connection's preface: 32 s. */
  readonly headMilliseconds?: number;
  /** A connection without a request: 180 s. */
  readonly idleMilliseconds?: number;
  /** Between two pieces of a body that is collected: 20 s. */
  readonly bodyIdleMilliseconds?: number;
  /** All of a body that is collected: 60 s. */
  readonly bodyMilliseconds?: number;
  /** How long a client may take nothing of a response of known length: 60 s. */
  readonly responseStallMilliseconds?: number;
}

export interface HttpListenOptions {
  readonly address: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly tls?: TlsServerOptions;
  /**
   * Asked once for each connection, before a byte of it is read; without TLS only. The sentence
   * that it returns becomes the connection's refusal, and such a connection is cut soon.
   */
  readonly peerRule?: PeerRule;
  readonly maxHeaderBytes?: number;
  /** HTTP/1.1 is not spoken, and HTTP/2 without TLS too. Default false. */
  readonly onlyHttp2?: boolean;
  /** Other sockets may listen on the same address and port. Default false. */
  readonly sharesPort?: boolean;
  /**
   * Requests are handed over once their bodies have come whole, so that slow ones hold nothing;
   * default: as soon as their heads have.
   */
  readonly collectBodies?: {
    /** A longer body is not read: readBody rejects. */
    readonly maxBytes: number;
    /** Bodies of these paths come as they come: segments that a path begins with; `*` is any. */
    readonly exceptPaths: readonly string[];
  };
  readonly limits?: HttpLimits;
  readonly onRequest: (request: HttpRequest, response: HttpResponse) => void;
  /**
   * GETs of a client that does not take what it asked for wait. How long each may, and who responds
   * to it then. Default: a minute, and it is cut.
   */
  readonly waits?: {
    /** Which requests do, by method, path and query; default: GETs, but of health and watches. */
    concern?(method: string, target: string): boolean;
    /** By its path and query, and its headers; without those, of all gets. */
    milliseconds(target: string, headers?: Headers): number;
    onLate(request: HttpRequest, response: HttpResponse): void;
  };
  /** HTTP/1.1 Upgrade (WebSocket, SPDY). The head's bytes are what came after it. */
  readonly onUpgrade?: (request: HttpRequest, socket: Duplex, head: Uint8Array) => void;
  /**
   * Whether a path and query may be upgraded to any other protocol too. Default: none; such a
   * request is answered as if it had not asked.
   */
  readonly mayUpgradeToAny?: (target: string) => boolean;
}

export interface HttpListener {
  readonly address: string;
  readonly port: number;
  /** New certificates for new connections. Throws, and changes nothing, where they do not fit. */
  reloadTls(tls: TlsServerOptions): void;
  /**
   * Ends each open connection when no request runs on it: for whoever trusts what TLS said of a
   * client's certificate, after other authorities have come.
   */
  endConnections(): void;
  /** Stops accepting, lets running requests end for graceMilliseconds, then cuts them. */
  close(graceMilliseconds?: number): Promise<void>;
}

export interface HttpCall {
  /** Whole URL: http, https, or `unix:/path:/target`. */
  readonly url: string;
  readonly method?: string;
  readonly headers?: Headers;
  readonly body?: Uint8Array | string | Readable;
  readonly tls?: TlsClientOptions;
  readonly signal?: AbortSignal;
  readonly timeoutMilliseconds?: number;
  /**
   * Takes responses that Go's client takes and strict parsers do not, such as lines without a
   * carriage return: for servers that are none of this program's business. Default false.
   */
  readonly isLenient?: boolean;
  /** Dial this address instead of the URL's host (the host stays in the head and in TLS). */
  readonly dialAddress?: string;
}

/** What a server answered; the body is read once, as a stream or whole. */
export interface HttpClientResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readable;
  /** The whole body. Rejects past maxBytes (512 MiB by default). */
  readAll(maxBytes?: number): Promise<Uint8Array>;
}

export interface HttpClient {
  /** Connections are kept and reused by origin and TLS identity; HTTP/2 where TLS offers it. */
  call(call: HttpCall): Promise<HttpClientResponse>;
  /** HTTP/1.1 Upgrade; resolves with the raw stream after 101, or with the refusal's answer. */
  upgrade(
    call: HttpCall,
  ): Promise<
    | { upgraded: true; socket: Duplex; headers: Headers; head: Uint8Array }
    | { upgraded: false; answer: HttpClientResponse }
  >;
  close(): void;
}

export interface WebSocketCall {
  /** Whole URL, http or https. */
  readonly url: string;
  readonly headers?: Headers;
  /** Subprotocols, the best first. */
  readonly protocols: readonly string[];
  readonly tls?: TlsClientOptions;
  /** Until the response is there; afterwards the socket is its owner's to end. */
  readonly signal?: AbortSignal;
  /** Of the handshake. */
  readonly timeoutMilliseconds?: number;
  /** Speak over this connection instead of dialing. */
  readonly over?: Duplex;
}

export type WebSocketResponse =
  | { readonly opened: true; readonly socket: Messages }
  /** The server's refusal, or whatever it answered instead. */
  | { readonly opened: false; readonly answer: HttpClientResponse };

export interface TcpListener {
  readonly address: string;
  readonly port: number;
  close(): Promise<void>;
}

export interface Network {
  listenHttp(options: HttpListenOptions): Promise<HttpListener>;
  httpClient(): HttpClient;
  /** Rejects where the server cannot be reached, and with the signal's reason. */
  webSocket(call: WebSocketCall): Promise<WebSocketResponse>;
  /** A plain TCP or Unix-socket connection. */
  connect(
    target: { host: string; port: number } | { path: string },
    options?: { timeoutMilliseconds?: number; signal?: AbortSignal },
  ): Promise<Duplex>;
  listenTcp(
    target: { address: string; port: number } | { path: string },
    onConnection: (socket: Duplex) => void,
  ): Promise<TcpListener>;
  listenRpc(options: RpcListenOptions): Promise<RpcListener>;
  rpcChannel(options: RpcChannelOptions): RpcChannel;
  resolve(host: string): Promise<readonly string[]>;
}
