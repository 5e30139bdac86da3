import { apiErrors } from "../../api/status.js";
import type { HttpClientResponse } from "../../platform/network.js";
import {
  acceptWebSocket,
  type MessageSocket,
  webSocketProtocol,
} from "../../platform/streaming/messageSocket.js";
import type { ConnectTransport } from "../connect.js";

const base64Protocol = "base64.binary.k8s.io";
/** Subprotocols of a stream that is only read, as upstream's; a client may also name none. */
const protocols = ["binary.k8s.io", base64Protocol] as const;

/** The longest piece in one message; a multiple of three, so that base64 pieces join. */
const maxMessageBytes = 48 * 1024;
const normalEnd = 1000;
const internalError = 1011;

/**
 * The subprotocol in which a stream is sent: empty where the client named none.
 * Throws Forbidden where it named only others, as upstream's handshake does.
 */
export function readerProtocol({ request }: ConnectTransport & { kind: "upgrade" }): string {
  const chosen = webSocketProtocol(request.headers, protocols);
  if (chosen !== undefined) return chosen;
  const named = String(request.headers["sec-websocket-protocol"] ?? "");
  if (named.trim() === "") return "";
  const why = `requested protocol(s) are not supported: [${named}]; supports [${protocols.join(" ")}]`;
  throw apiErrors.forbidden({ group: "", resource: "" }, "", why);
}

/**
 * Sends a backend's body in messages of a WebSocket: binary ones, or text in base64 where the
 * subprotocol says so. An empty message comes first, so that a client knows at once that it is
 * connected. Resolves when either side is over; what the client sends is ignored.
 */
export async function sendToWebSocket(
  body: HttpClientResponse["body"],
  { request, socket, head }: ConnectTransport & { kind: "upgrade" },
  protocol: string,
): Promise<void> {
  const upgrade = { headers: request.headers, socket, head };
  let messages: MessageSocket;
  try {
    messages = await acceptWebSocket(upgrade, protocol);
  } catch {
    body.destroy();
    return;
  }
  messages.onMessage(() => undefined);
  messages.closed.then(
    () => body.destroy(),
    () => undefined,
  );
  const encode = (piece: Buffer): Buffer | string =>
    protocol === base64Protocol ? piece.toString("base64") : piece;
  try {
    await messages.send(encode(Buffer.alloc(0)));
    for await (const bytes of body as AsyncIterable<Buffer>) {
      for (let start = 0; start < bytes.length; start += maxMessageBytes) {
        await messages.send(encode(bytes.subarray(start, start + maxMessageBytes)));
      }
    }
    messages.close(normalEnd);
  } catch {
    messages.close(internalError, "the stream broke off");
  } finally {
    body.destroy();
  }
}
