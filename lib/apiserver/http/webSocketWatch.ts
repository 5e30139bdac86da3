import {
  acceptWebSocket,
  type MessageSocket,
  protocolNames,
} from "../../platform/streaming/messageSocket.js";
import type { ConnectTransport } from "../connect.js";
import type { WatchSession, WatchSink } from "../registry/watchSession.js";

const lineFeed = 0x0a;
const lengthBytes = 4;
const normalEnd = 1000;
/** Bytes that may be on their way to one client before its watch waits. */
const maxUnsentBytes = 64 * 1024;
const bearerPrefix = "base64url.bearer.authorization.k8s.io.";

/**
 * Sends a watch's events over a WebSocket, one in each message: JSON as text, protobuf as bytes
 * without the length that stands before it in a stream. What the client sends is ignored. Resolves
 * when the handshake is over; a malformed one ends the watch.
 */
export async function watchOverWebSocket(
  { request, socket, head }: ConnectTransport & { kind: "upgrade" },
  session: WatchSession,
): Promise<void> {
  const names = protocolNames(request.headers).filter((name) => !name.startsWith(bearerPrefix));
  let messages: MessageSocket;
  try {
    messages = await acceptWebSocket({ headers: request.headers, socket, head }, names[0] ?? "");
  } catch {
    session.close();
    return;
  }
  messages.onMessage(() => undefined);
  messages.closed.then(
    () => session.close(),
    () => undefined,
  );
  session.start(new EventMessages(messages, /^application\/json\b/.test(session.contentType)));
}

/** A stream of events as messages. */
class EventMessages implements WatchSink {
  readonly #messages: MessageSocket;
  readonly #isText: boolean;
  /** The beginning of an event whose end has not been written yet. */
  #rest: Buffer = Buffer.alloc(0);
  #unsent = 0;
  #onDrain: (() => void) | undefined;

  constructor(messages: MessageSocket, isText: boolean) {
    this.#messages = messages;
    this.#isText = isText;
  }

  write(bytes: Uint8Array): boolean {
    this.#rest = this.#rest.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#rest, bytes]);
    for (let event = this.#next(); event !== undefined; event = this.#next()) this.#send(event);
    return this.#unsent < maxUnsentBytes;
  }

  #next(): Buffer | undefined {
    const [start, end] = this.#isText
      ? [0, this.#rest.indexOf(lineFeed) + 1]
      : [lengthBytes, this.#binaryEnd()];
    if (end === 0 || end > this.#rest.length) return undefined;
    const event = this.#rest.subarray(start, end);
    this.#rest = this.#rest.subarray(end);
    return event;
  }

  #binaryEnd(): number {
    if (this.#rest.length < lengthBytes) return 0;
    return lengthBytes + this.#rest.readUInt32BE(0);
  }

  #send(event: Buffer): void {
    this.#unsent += event.length;
    const sent = (): void => {
      this.#unsent -= event.length;
      if (this.#unsent >= maxUnsentBytes) return;
      const onDrain = this.#onDrain;
      this.#onDrain = undefined;
      onDrain?.();
    };
    // One that is gone ends the session by itself.
    this.#messages.send(this.#isText ? event.toString("utf8") : event).then(sent, () => undefined);
  }

  onDrain(callback: () => void): void {
    this.#onDrain = callback;
  }

  end(): void {
    this.#messages.close(normalEnd);
  }
}
