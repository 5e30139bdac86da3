import * as http from "node:http";
import * as http2 from "node:http2";
import * as net from "node:net";
import type { Duplex, Readable } from "node:stream";
import * as tls from "node:tls";
import type {
  Headers,
  HttpListener,
  HttpListenOptions,
  HttpRequest,
  HttpResponse,
  TlsServerOptions,
} from "../network.js";
import { admitPeer } from "./admitPeer.js";
import { NodeConnection } from "./nodeConnection.js";
import { withRepeatedHeaders } from "./repeatedHeaders.js";

/** Streams that one HTTP/2 connection may have open at once, as upstream's default. */
const maxConcurrentStreams = 250;
const keepAliveMilliseconds = 15_000;
const defaultMaxHeaderBytes = 64 * 1024;

export function tlsContextOptions(options: TlsServerOptions): tls.SecureContextOptions {
  return {
    cert: options.certificate,
    key: options.key,
    ...(options.clientCertificateAuthorities ? { ca: options.clientCertificateAuthorities } : {}),
    minVersion: options.minimumVersion ?? "TLSv1.2",
    ...(options.ciphers ? { ciphers: options.ciphers } : {}),
    ...(options.curves ? { ecdhCurve: options.curves } : {}),
  };
}

/**
 * Certificates are asked for when there are authorities; whether they are needed is
 * authentication's business.
 */
export function createTlsServer(options: TlsServerOptions, protocols: string[]): tls.Server {
  const server = tls.createServer({
    ...tlsContextOptions(options),
    requestCert: options.clientCertificateAuthorities !== undefined,
    rejectUnauthorized: false,
    ALPNProtocols: protocols,
    sessionTimeout: 300,
  });
  addServerNames(server, options);
  return server;
}

/** New certificates for new connections. Throws, and changes nothing, where they do not fit. */
export function reloadTlsServer(server: net.Server, options: TlsServerOptions): void {
  if (!(server instanceof tls.Server)) return;
  server.setSecureContext(tlsContextOptions(options));
  addServerNames(server, options);
}

function addServerNames(server: tls.Server, options: TlsServerOptions): void {
  for (const entry of options.byServerName ?? []) {
    for (const name of entry.names) {
      server.addContext(name, tlsContextOptions({ ...options, ...entry }));
    }
  }
}

function bodyTooLarge(maxBytes: number): Error {
  return Object.assign(new Error(`the body is larger than ${maxBytes} bytes`), {
    code: "BODY_TOO_LARGE",
  });
}

function readWhole(body: Readable, maxBytes: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let length = 0;
    body.on("data", (part: Buffer) => {
      length += part.length;
      if (length > maxBytes) {
        body.removeAllListeners("data");
        body.resume();
        reject(bodyTooLarge(maxBytes));
        return;
      }
      parts.push(part);
    });
    body.on("end", () => resolve(parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)));
    body.on("error", reject);
    body.on("close", () => reject(Object.assign(new Error("cut"), { code: "ECONNRESET" })));
  });
}

class NodeRequest implements HttpRequest {
  #abort: AbortController | undefined;
  #gone = false;
  constructor(
    readonly connection: NodeConnection,
    readonly method: string,
    readonly target: string,
    readonly httpVersion: "1.1" | "2.0",
    readonly headers: Headers,
    readonly body: Readable,
  ) {}

  /** Made only when somebody asks: most requests end before anyone would. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#gone) this.#abort.abort();
    return this.#abort.signal;
  }

  gone(): void {
    this.#gone = true;
    this.#abort?.abort();
  }

  readBody(maxBytes: number): Promise<Uint8Array> {
    const declared = Number(this.headers["content-length"] ?? 0);
    if (declared > maxBytes) {
      this.body.resume();
      return Promise.reject(bodyTooLarge(maxBytes));
    }
    return readWhole(this.body, maxBytes);
  }
}

class Http1Response implements HttpResponse {
  constructor(readonly raw: http.ServerResponse) {}
  get headersSent(): boolean {
    return this.raw.headersSent;
  }
  send(status: number, headers: Headers, body?: Uint8Array | string): void {
    if (this.raw.destroyed) return;
    const bytes = typeof body === "string" ? Buffer.from(body) : body;
    this.raw.writeHead(status, {
      ...(headers as http.OutgoingHttpHeaders),
      "content-length": bytes?.length ?? 0,
    });
    this.raw.end(bytes);
  }
  start(status: number, headers: Headers): void {
    if (this.raw.destroyed) return;
    this.raw.writeHead(status, headers as http.OutgoingHttpHeaders);
    this.raw.flushHeaders();
  }
  write(bytes: Uint8Array): boolean {
    return this.raw.destroyed ? true : this.raw.write(bytes);
  }
  onDrain(callback: () => void): void {
    this.raw.once("drain", callback);
  }
  end(): void {
    this.raw.end();
  }
  abort(): void {
    this.raw.destroy();
  }
}

class Http2Response implements HttpResponse {
  constructor(readonly stream: http2.ServerHttp2Stream) {}
  get headersSent(): boolean {
    return this.stream.headersSent;
  }
  send(status: number, headers: Headers, body?: Uint8Array | string): void {
    if (this.stream.destroyed || this.stream.closed) return;
    const bytes = typeof body === "string" ? Buffer.from(body) : body;
    const empty = bytes === undefined || bytes.length === 0;
    this.stream.respond(
      {
        ":status": status,
        ...(headers as http2.OutgoingHttpHeaders),
        "content-length": bytes?.length ?? 0,
      },
      { endStream: empty },
    );
    if (!empty) this.stream.end(bytes);
  }
  start(status: number, headers: Headers): void {
    if (this.stream.destroyed || this.stream.closed) return;
    this.stream.respond({ ":status": status, ...(headers as http2.OutgoingHttpHeaders) });
  }
  write(bytes: Uint8Array): boolean {
    return this.stream.destroyed || this.stream.closed ? true : this.stream.write(bytes);
  }
  onDrain(callback: () => void): void {
    this.stream.once("drain", callback);
  }
  end(): void {
    this.stream.end();
  }
  abort(): void {
    this.stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR);
  }
}

interface ParseError extends Error {
  readonly code?: string;
  readonly rawPacket?: Buffer;
  readonly bytesParsed?: number;
}

const notAllowed = "the server does not allow this method on the requested resource\n";

function head(status: string, body = ""): string {
  return (
    `HTTP/1.1 ${status}\r\ncontent-type: text/plain; charset=utf-8\r\n` +
    `content-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`
  );
}

/**
 * A request that cannot be parsed. The parser knows a fixed list of methods; another one that HTTP
 * would allow is a method that nothing here offers.
 */
function refuseUnreadable(error: ParseError, socket: Duplex): void {
  const { _httpMessage: current } = socket as { _httpMessage?: { headersSent?: boolean } };
  if (!socket.writable || current?.headersSent === true) {
    socket.destroy();
    return;
  }
  if (error.code === "HPE_HEADER_OVERFLOW") {
    socket.end(head("431 Request Header Fields Too Large"));
  } else if (error.code === "ERR_HTTP_REQUEST_TIMEOUT") {
    socket.end(head("408 Request Timeout"));
  } else if (error.code === "HPE_INVALID_METHOD" && beginsWithMethod(error)) {
    socket.end(head("405 Method Not Allowed", notAllowed));
  } else socket.end(head("400 Bad Request"));
}

/** Protocols that onUpgrade may be asked to speak for every path. */
function isStreaming(protocols: string): boolean {
  return protocols.split(",").some((one) => /^\s*(?:websocket\s*$|spdy\/)/i.test(one));
}

/**
 * The head of a request as it was, without its wish for another protocol: whoever does not speak
 * that one answers as if nothing had been said of it (RFC 9110, 7.8).
 */
function headWithoutUpgrade({
  method,
  url,
  httpVersion,
  rawHeaders,
}: http.IncomingMessage): Buffer {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let position = 0; position < rawHeaders.length; position += 2) {
    const name = rawHeaders[position] ?? "";
    const value = rawHeaders[position + 1] ?? "";
    const lower = name.toLowerCase();
    if (lower === "upgrade" || lower === "http2-settings") continue;
    lines.push(`${name}: ${lower === "connection" ? withoutUpgrade(value) : value}`);
  }
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
}

function withoutUpgrade(connection: string): string {
  const options = connection.split(",").map((option) => option.trim());
  const others = options.filter((option) => !/^(?:upgrade|http2-settings)$/i.test(option));
  return others.length === 0 ? "keep-alive" : others.join(", ");
}

function beginsWithMethod({ rawPacket, bytesParsed = 0 }: ParseError): boolean {
  if (rawPacket === undefined) return false;
  const start = rawPacket.lastIndexOf("\n", bytesParsed) + 1;
  const line = rawPacket.subarray(start, start + 128).toString("latin1");
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64} [/*]/.test(line);
}

/** One listening socket; ALPN (or its absence) decides between HTTP/2 and HTTP/1.1. */
class NodeHttpListener implements HttpListener {
  readonly #sockets = new Set<net.Socket>();
  /**
   * HTTP/1.1 connections between two requests. Node's own list of them begins with http's listen(),
   * which this server never calls. Bounded by #sockets.
   */
  readonly #idle = new Set<net.Socket>();
  readonly #sessions = new Set<http2.ServerHttp2Session>();
  readonly #connections = new WeakMap<object, NodeConnection>();
  readonly #http1: http.Server;
  readonly #http2: http2.Http2Server;
  readonly #listener: net.Server;
  readonly #options: HttpListenOptions;
  /** HTTP/1.1 connections that end after their request. */
  readonly #ending = new WeakSet<net.Socket>();
  #closing = false;

  constructor(options: HttpListenOptions) {
    this.#options = options;
    const maxHeaderSize = options.maxHeaderBytes ?? defaultMaxHeaderBytes;
    this.#http1 = http.createServer({ maxHeaderSize, keepAlive: true });
    // Watches and streams last as long as they last; slow heads are cut by headersTimeout.
    this.#http1.requestTimeout = 0;
    this.#http1.headersTimeout = 32_000;
    this.#http1.keepAliveTimeout = 180_000;
    this.#http2 = http2.createServer({
      settings: { maxConcurrentStreams, initialWindowSize: 1024 * 1024 },
      maxSessionMemory: 100,
    });
    this.#listener = options.tls
      ? createTlsServer(options.tls, options.tls.withoutHttp2 ? ["http/1.1"] : ["h2", "http/1.1"])
      : net.createServer({ pauseOnConnect: options.peerRule !== undefined });
    this.#wire(options.tls ? "secureConnection" : "connection");
  }

  #wire(event: string): void {
    this.#listener.on(event, (socket: net.Socket) => this.#accept(socket));
    this.#listener.on("tlsClientError", (_error: Error, socket: tls.TLSSocket) => socket.destroy());
    this.#http1.on("request", (request, response) => this.#request1(request, response));
    this.#http1.on("clientError", refuseUnreadable);
    this.#http1.on("upgrade", (request, socket, rest) => this.#upgrade(request, socket, rest));
    this.#http1.on("connect", (_request, socket) => {
      socket.on("error", () => socket.destroy());
      socket.end(head("405 Method Not Allowed", notAllowed));
    });
    const onStream = (
      stream: http2.ServerHttp2Stream,
      headers: http2.IncomingHttpHeaders,
      _flags: number,
      raw: readonly string[],
    ): void => this.#request2(stream, withRepeatedHeaders(headers as Headers, raw));
    this.#http2.on("stream", onStream);
    this.#http2.on("session", (session) => {
      this.#sessions.add(session);
      session.on("close", () => this.#sessions.delete(session));
      session.on("error", () => session.destroy());
    });
    this.#http2.on("sessionError", () => undefined);
  }

  #accept(socket: net.Socket): void {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    // Streams may be silent for hours: that a peer vanished without a word the kernel finds out.
    socket.setKeepAlive(true, keepAliveMilliseconds);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      this.#sockets.delete(socket);
      this.#idle.delete(socket);
    });
    if (this.#options.peerRule) {
      admitPeer(socket, this.#options.peerRule, (refusal) => this.#serve(socket, refusal));
    } else {
      this.#serve(socket, undefined);
    }
  }

  #serve(socket: net.Socket, refusal: string | undefined): void {
    if (refusal !== undefined) {
      this.#connections.set(socket, new NodeConnection(socket, refusal));
    }
    const isHttp2 = socket instanceof tls.TLSSocket && socket.alpnProtocol === "h2";
    if (isHttp2) {
      const connection = new NodeConnection(socket);
      this.#http2.once("session", (session) => this.#connections.set(session, connection));
      this.#http2.emit("connection", socket);
    } else {
      this.#idle.add(socket);
      this.#http1.emit("connection", socket);
    }
  }

  #connectionOf(key: object, socket: net.Socket): NodeConnection {
    let connection = this.#connections.get(key);
    if (!connection) {
      connection = new NodeConnection(socket);
      this.#connections.set(key, connection);
    }
    return connection;
  }

  #request1(raw: http.IncomingMessage, rawResponse: http.ServerResponse): void {
    const request = new NodeRequest(
      this.#connectionOf(raw.socket, raw.socket),
      raw.method ?? "GET",
      raw.url ?? "/",
      "1.1",
      withRepeatedHeaders(raw.headers, raw.rawHeaders),
      raw,
    );
    raw.on("error", () => undefined);
    this.#idle.delete(raw.socket);
    rawResponse.on("close", () => {
      if (this.#closing || this.#ending.has(raw.socket)) raw.socket.end();
      else if (this.#sockets.has(raw.socket)) this.#idle.add(raw.socket);
    });
    rawResponse.on("error", () => undefined);
    rawResponse.on("close", () => {
      if (!rawResponse.writableFinished) request.gone();
    });
    this.#options.onRequest(request, new Http1Response(rawResponse));
  }

  #request2(stream: http2.ServerHttp2Stream, headers: Headers): void {
    const session = stream.session;
    const connection = session ? this.#connections.get(session) : undefined;
    if (!connection) {
      stream.close(http2.constants.NGHTTP2_REFUSED_STREAM);
      return;
    }
    const request = new NodeRequest(
      connection,
      String(headers[":method"] ?? "GET"),
      String(headers[":path"] ?? "/"),
      "2.0",
      headers,
      stream,
    );
    stream.on("error", () => undefined);
    stream.on("close", () => {
      if (stream.rstCode !== 0 || !stream.writableFinished) request.gone();
    });
    this.#options.onRequest(request, new Http2Response(stream));
  }

  #upgrade(raw: http.IncomingMessage, socket: Duplex, rest: Buffer): void {
    const mayBeAny = this.#options.mayUpgradeToAny?.(raw.url ?? "") === true;
    if (!mayBeAny && !isStreaming(raw.headers.upgrade ?? "")) {
      this.#readAgain(raw, rest);
      return;
    }
    socket.on("error", () => socket.destroy());
    this.#idle.delete(raw.socket);
    if (!this.#options.onUpgrade) {
      socket.end("HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n");
      return;
    }
    const request = new NodeRequest(
      this.#connectionOf(raw.socket, raw.socket),
      raw.method ?? "GET",
      raw.url ?? "/",
      "1.1",
      withRepeatedHeaders(raw.headers, raw.rawHeaders),
      raw,
    );
    socket.on("close", () => request.gone());
    this.#options.onUpgrade(request, socket, rest);
  }

  /** Reads a request again from its beginning, and its body and what follows with it. */
  #readAgain(raw: http.IncomingMessage, rest: Buffer): void {
    const { socket } = raw;
    if (!this.#idle.has(socket)) {
      // It came before the last one was answered; after that answer a client has to send it anew.
      this.#ending.add(socket);
      return;
    }
    socket.unshift(Buffer.concat([headWithoutUpgrade(raw), rest]));
    this.#http1.emit("connection", socket);
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

  endConnections(): void {
    for (const socket of this.#sockets) this.#ending.add(socket);
    for (const socket of this.#idle) socket.destroy();
    for (const session of this.#sessions) session.close();
  }

  async close(graceMilliseconds = 0): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    const ended = new Promise<void>((resolve) => {
      this.#listener.close(() => resolve());
    });
    for (const socket of this.#idle) socket.destroy();
    for (const session of this.#sessions) session.close();
    const cut = (): void => {
      for (const session of this.#sessions) session.destroy();
      for (const socket of this.#sockets) socket.destroy();
    };
    const timer = setTimeout(cut, graceMilliseconds);
    await ended;
    clearTimeout(timer);
    this.#http1.close();
    this.#http2.close();
  }
}

export function listenNodeHttp(options: HttpListenOptions): Promise<HttpListener> {
  return new NodeHttpListener(options).listen();
}
