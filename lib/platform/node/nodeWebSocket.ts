import type { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { WebSocket } from "ws";
import type { WebSocketCall, WebSocketResponse } from "../network.js";
import { MessageSocket, maxMessageBytes } from "../streaming/messageSocket.js";
import { HttpMessageResponse, tlsOptions } from "./nodeHttpClient.js";

const protocolHeader = "sec-websocket-protocol";
/** A peer that is gone without a word is noticed within some of these. */
const keepAliveMilliseconds = 30_000;

function withoutUndefined(headers: WebSocketCall["headers"]): Record<string, string> {
  const kept = Object.entries(headers ?? {}).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, typeof value === "string" ? value : value.join(", ")]],
  );
  return Object.fromEntries(kept);
}

/** Asks a server to speak WebSocket; see Network.webSocket. */
export function openWebSocket(call: WebSocketCall): Promise<WebSocketResponse> {
  const { signal, over } = call;
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const url = new URL(call.url);
    const webSocket = new WebSocket(url, {
      headers: withoutUndefined(call.headers),
      handshakeTimeout: call.timeoutMilliseconds,
      maxPayload: maxMessageBytes,
      perMessageDeflate: false,
      skipUTF8Validation: true,
      followRedirects: false,
      finishRequest: (request) => {
        request.setHeader(protocolHeader, call.protocols.join(", "));
        request.end();
      },
      ...(over === undefined ? {} : { createConnection: () => over as Socket }),
      ...(url.protocol === "https:" ? tlsOptions(call.tls, url.hostname) : {}),
    });
    const abort = (): void => {
      reject(signal?.reason);
      webSocket.terminate();
    };
    const settled = (): void => signal?.removeEventListener("abort", abort);
    signal?.addEventListener("abort", abort, { once: true });
    webSocket.on("error", (error) => {
      settled();
      reject(error);
    });
    let protocol: string | undefined;
    webSocket.on("upgrade", ({ socket, headers }: IncomingMessage) => {
      // The library takes no slash in a name, which Kubernetes' has: it neither sends nor sees it.
      protocol = headers[protocolHeader] as string | undefined;
      delete headers[protocolHeader];
      if (socket instanceof Socket) socket.setKeepAlive(true, keepAliveMilliseconds);
    });
    webSocket.on("unexpected-response", (_request, message: IncomingMessage) => {
      settled();
      message.on("error", () => undefined);
      resolve({ opened: false, answer: new HttpMessageResponse(message) });
    });
    webSocket.on("open", () => {
      settled();
      if (protocol !== undefined && call.protocols.includes(protocol)) {
        resolve({ opened: true, socket: new MessageSocket(webSocket, protocol) });
        return;
      }
      webSocket.terminate();
      reject(new Error(`the server speaks ${protocol ?? "none"} of ${call.protocols.join(", ")}`));
    });
  });
}
