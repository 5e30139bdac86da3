import type { Duplex } from "node:stream";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import type { Headers } from "../network.js";
import type { Messages } from "./messages.js";

/**
 * As upstream's server: a larger message ends the connection. Each connection holds at most one.
 */
export const maxMessageBytes = 32 * 1024 * 1024;

/** A client's request to speak WebSocket, and the socket it came on. */
export interface UpgradeRequest {
  readonly headers: Headers;
  readonly socket: Duplex;
  readonly head: Uint8Array;
}

function headerOf(headers: Headers, name: string): string {
  const value = headers[name];
  return typeof value === "string" ? value : (value?.join(",") ?? "");
}

function tokensOf(headers: Headers, name: string): string[] {
  return headerOf(headers, name)
    .split(",")
    .map((token) => token.trim())
    .filter((token) => token !== "");
}

export function isWebSocketRequest(headers: Headers): boolean {
  const hasToken = (name: string, token: string): boolean =>
    tokensOf(headers, name).some((one) => one.toLowerCase() === token);
  return hasToken("upgrade", "websocket") && hasToken("connection", "upgrade");
}

/** The subprotocols that the client named, in its order. */
export function protocolNames(headers: Headers): string[] {
  return tokensOf(headers, "sec-websocket-protocol");
}

/** The first of the client's subprotocols that is supported; undefined where none is. */
export function webSocketProtocol(
  headers: Headers,
  supported: readonly string[],
): string | undefined {
  return protocolNames(headers).find((one) => supported.includes(one));
}

const server = new WebSocketServer({
  noServer: true,
  clientTracking: false,
  maxPayload: maxMessageBytes,
  perMessageDeflate: false,
  skipUTF8Validation: true,
});

/**
 * What each handshake responds with. The library takes no slash in a subprotocol's name, which
 * Kubernetes' own have (`SPDY/3.1+portforward.k8s.io`), so it neither sees nor writes the header.
 */
const chosen = new WeakMap<object, string>();
server.on("headers", (headers, message) => {
  const protocol = chosen.get(message);
  if (protocol !== undefined) headers.push(`Sec-WebSocket-Protocol: ${protocol}`);
});

/** The connection ended while something was being sent. */
function goneError(): Error {
  return Object.assign(new Error("the WebSocket is closed"), { code: "ECONNRESET" });
}

/** Messages of a socket that was upgraded. */
export class MessageSocket implements Messages {
  readonly protocol: string;
  readonly closed: Promise<void>;
  readonly #webSocket: WebSocket;

  constructor(webSocket: WebSocket, protocol: string) {
    this.#webSocket = webSocket;
    this.protocol = protocol;
    this.closed = new Promise((resolve) => {
      webSocket.on("close", () => resolve());
    });
    webSocket.on("error", () => webSocket.terminate());
    // What comes with the handshake would find nobody who listens.
    webSocket.pause();
  }

  onMessage(receive: (bytes: Buffer, isText: boolean) => Promise<void> | undefined): void {
    this.#webSocket.on("message", (data: RawData, isBinary: boolean) => {
      const slow = receive(data as Buffer, !isBinary);
      if (!slow) return;
      this.#webSocket.pause();
      slow
        .catch(() => undefined)
        .then(() => this.#webSocket.resume())
        .catch(() => undefined);
    });
    this.#webSocket.resume();
  }

  send(bytes: Uint8Array | string): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#webSocket.readyState !== this.#webSocket.OPEN) {
        reject(goneError());
        return;
      }
      this.#webSocket.send(bytes, { binary: typeof bytes !== "string" }, (error) =>
        error ? reject(error) : resolve(),
      );
    });
  }

  close(code: number, reason = ""): void {
    // A paused one would never read the peer's answer.
    this.#webSocket.resume();
    this.#webSocket.close(code, reason.slice(0, 120));
  }

  cut(): void {
    this.#webSocket.terminate();
  }
}

/**
 * Answers 101 with the protocol (empty: none). Rejects when the handshake is malformed; the socket
 * is closed then.
 */
export function acceptWebSocket(request: UpgradeRequest, protocol: string): Promise<MessageSocket> {
  return new Promise((resolve, reject) => {
    const { socket } = request;
    const headers: Record<string, unknown> = { ...request.headers };
    delete headers["sec-websocket-protocol"];
    const onClose = (): void => reject(goneError());
    socket.once("close", onClose);
    // The library reads these of a request and nothing else.
    const message = { method: "GET", headers, url: "/" } as unknown as Parameters<
      typeof server.handleUpgrade
    >[0];
    if (protocol !== "") chosen.set(message, protocol);
    server.handleUpgrade(message, socket, Buffer.from(request.head), (webSocket) => {
      socket.off("close", onClose);
      resolve(new MessageSocket(webSocket, protocol));
    });
  });
}
