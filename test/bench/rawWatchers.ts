import { type ClientHttp2Session, connect as connectHttp2, constants } from "node:http2";
import { encodeMessage } from "../../lib/api/messageCodec.js";
import type { Credentials } from "../../lib/client/config/credentials.js";
import type { Transport } from "./benchUser.js";

const connectionCount = 8;
const path = "/api/v1/namespaces/default/pods";
const rpcPath = "/steersman.api.core.v1.PodService/Watch";

/**
 * Watchers of all pods of a namespace that only count events: they share few connections, as the
 * clients of one machine do, and decode nothing, so that the server is what is measured.
 */
export class RawWatchers {
  readonly #sessions: ClientHttp2Session[] = [];
  readonly #transport: Transport;
  #events = 0;
  #isClosing = false;

  private constructor(transport: Transport) {
    this.#transport = transport;
  }

  static async open(
    credentials: Credentials,
    transport: Transport,
    server: string,
    revision: string,
    count: number,
  ): Promise<RawWatchers> {
    const watchers = new RawWatchers(transport);
    const authorization = (await credentials.authorization()) ?? "";
    const ca = credentials.tls?.certificateAuthorities ?? "";
    const sessions = Math.min(connectionCount, count);
    for (let index = 0; index < sessions; index++) {
      const session = connectHttp2(server, { ca, settings: { initialWindowSize: 1 << 20 } });
      session.once("connect", () => session.setLocalWindowSize(64 << 20));
      session.on("error", (error) => {
        if (!watchers.#isClosing) throw error;
      });
      watchers.#sessions.push(session);
    }
    const opened = Array.from({ length: count }, (_, index) =>
      watchers.#watch(watchers.#sessions[index % sessions]!, authorization, revision),
    );
    await Promise.all(opened);
    return watchers;
  }

  /** Received by all watchers together. */
  get events(): number {
    return this.#events;
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    const closed = this.#sessions.map(
      (session) =>
        new Promise<void>((resolve) => {
          session.once("close", () => resolve());
          session.destroy();
        }),
    );
    await Promise.all(closed);
  }

  /** Resolves with the answer's head. */
  #watch(session: ClientHttp2Session, authorization: string, revision: string): Promise<void> {
    const { HTTP2_HEADER_PATH, HTTP2_HEADER_METHOD } = constants;
    const isRpc = this.#transport === "gRPC";
    const query = `?watch=true&allowWatchBookmarks=false&resourceVersion=${revision}`;
    const accept = this.#transport === "REST JSON" ? "json" : "vnd.kubernetes.protobuf";
    const stream = session.request(
      isRpc
        ? {
            [HTTP2_HEADER_PATH]: rpcPath,
            [HTTP2_HEADER_METHOD]: "POST",
            "content-type": "application/grpc",
            te: "trailers",
            authorization,
          }
        : { [HTTP2_HEADER_PATH]: path + query, accept: `application/${accept}`, authorization },
      { endStream: !isRpc },
    );
    if (isRpc) {
      const options = { resourceVersion: revision };
      const body = Buffer.from(encodeMessage("WatchRequest", { namespace: "default", options }));
      const head = Buffer.alloc(5);
      head.writeUInt32BE(body.length, 1);
      stream.end(Buffer.concat([head, body]));
    }
    const count = counterOf(this.#transport);
    stream.on("data", (part: Buffer) => {
      this.#events += count(part);
    });
    return new Promise((resolve, reject) => {
      stream.once("error", reject);
      stream.once("response", (headers) => {
        const status = headers[":status"];
        if (status === 200) resolve();
        else reject(new Error(`a watch was answered ${status}`));
      });
    });
  }
}

/** Counts whole events in the pieces of one stream. */
function counterOf(transport: Transport): (part: Buffer) => number {
  if (transport === "REST JSON") return countLines;
  const [prefix, eventsOf] =
    transport === "gRPC" ? ([5, countBatch] as const) : ([4, () => 1] as const);
  let rest: Buffer = Buffer.alloc(0);
  return (part) => {
    let bytes = rest.length === 0 ? part : Buffer.concat([rest, part]);
    let events = 0;
    while (bytes.length >= prefix) {
      const end = prefix + bytes.readUInt32BE(prefix - 4);
      if (bytes.length < end) break;
      events += eventsOf(bytes.subarray(prefix, end));
      bytes = bytes.subarray(end);
    }
    rest = bytes;
    return events;
  };
}

function countLines(part: Buffer): number {
  let lines = 0;
  for (let at = part.indexOf(10); at >= 0; at = part.indexOf(10, at + 1)) lines++;
  return lines;
}

/** Field 1 of a WatchBatch, length-delimited, once for each event. */
function countBatch(batch: Buffer): number {
  let events = 0;
  let at = 0;
  while (at < batch.length) {
    let length = 0;
    let shift = 0;
    const isEvent = batch[at++] === 0x0a;
    for (;;) {
      const byte = batch[at++] ?? 0;
      length |= (byte & 0x7f) << shift;
      shift += 7;
      if (byte < 0x80) break;
    }
    at += length;
    if (isEvent) events++;
  }
  return events;
}
