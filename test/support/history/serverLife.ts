import { nativeCodec } from "../../../lib/api/nativeCodec.js";
import type { Client } from "../../../lib/client/client.js";
import { configOf } from "../../../lib/client/config/clientConfig.js";
import { connectClient } from "../../../lib/client/connectClient.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import type { ApiserverProcess } from "../commands/apiserverProcess.js";
import type { HistoryLines } from "./historyLines.js";
import { ServerClient } from "./serverClient.js";
import { ServerWatch } from "./serverWatch.js";

const kinds = ["REST JSON", "REST JSON", "REST protobuf", "gRPC", "gRPC"] as const;
const watches = 4;
/** Numbers of its watches follow on those of its clients. */
const firstWatch = 20;

/** A small generator with a seed. */
export function dice(seed: number): (sides: number) => number {
  let state = (seed * 2654435761) >>> 0 || 1;
  return (sides) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % sides;
  };
}

/** What outlasts a server: where its data are, and what its clients saw of it. */
export interface Shown {
  /** Revisions that somebody was told. */
  readonly revisions: number[];
  /** How far the one watch of everything came. */
  observed: number;
  era: number;
}

/** What everybody who uses a server writes into, and chooses by. */
export interface Book {
  readonly lines: HistoryLines;
  readonly shown: Shown;
  readonly roll: (sides: number) => number;
}

export async function connectTo(
  server: ApiserverProcess,
  kind: (typeof kinds)[number],
): Promise<Client> {
  const url = `http://127.0.0.1:${server.insecurePort}`;
  return connectClient({
    platform: nodePlatform,
    codec: nativeCodec,
    credentials: configOf(nodePlatform, { server: url }).credentials,
    transport: kind === "gRPC" ? "auto" : "rest",
    contentType: kind === "REST protobuf" ? "protobuf" : "json",
  });
}

/** The one watch of everything, at one server after the other: it goes on where it was. */
export class Observer {
  #client: Client | undefined;
  #watch: ServerWatch | undefined;
  #closed = new AbortController();
  #running: Promise<void> = Promise.resolve();
  server: ApiserverProcess | undefined;

  constructor(readonly book: Book) {}

  async moveTo(server: ApiserverProcess): Promise<void> {
    await this.close();
    this.server = server;
    this.#closed = new AbortController();
    this.#client = await connectTo(server, "REST JSON");
    const { lines, shown, roll } = this.book;
    this.#watch = new ServerWatch(this.#client, lines, shown, roll, 0);
    this.#running = this.#watch.run(this.#closed.signal);
  }

  /** Resolves when it has seen everything up to this revision. */
  async until(revision: number): Promise<void> {
    await this.#watch?.until(revision);
  }

  async close(): Promise<void> {
    this.#closed.abort();
    this.#client?.close();
    await this.#running;
  }
}

/** A server that runs, and everybody who uses it. */
export class Life {
  readonly #clients: ServerClient[] = [];
  readonly #running: Promise<void>[] = [];
  readonly #connections: Client[] = [];
  readonly #closed = new AbortController();

  /** `first` is a number below those of its clients; no two lives have the same ones. */
  constructor(
    readonly server: ApiserverProcess,
    readonly book: Book,
    readonly first = 0,
  ) {}

  async #connect(kind: (typeof kinds)[number]): Promise<Client> {
    const client = await connectTo(this.server, kind);
    this.#connections.push(client);
    return client;
  }

  /** Ends everybody, and takes their connections away. */
  async close(): Promise<void> {
    this.stopAsking();
    this.#closed.abort();
    for (const client of this.#connections) client.close();
    await Promise.all(this.#running);
    this.server.plain.close();
  }

  /** `pauseMilliseconds` is how long a client rests between two requests. */
  async begin(pauseMilliseconds = 0): Promise<void> {
    const { lines, shown, roll } = this.book;
    for (const [at, kind] of kinds.entries()) {
      const connected = await this.#connect(kind);
      const client = new ServerClient(connected, lines, shown, roll, this.first + at + 1);
      this.#clients.push(client);
      this.#running.push(client.run(pauseMilliseconds));
    }
    for (let at = 0; at < watches; at++) {
      const connected = await this.#connect(at % 2 === 0 ? "REST JSON" : "gRPC");
      const number = this.first + firstWatch + at;
      const watch = new ServerWatch(connected, lines, shown, roll, number);
      this.#running.push(watch.run(this.#closed.signal));
    }
  }

  /** Nobody asks for anything more. */
  stopAsking(): void {
    for (const client of this.#clients) client.stop();
  }

  async kill(): Promise<void> {
    this.stopAsking();
    this.server.kill("SIGKILL");
    await this.server.ended;
  }

  /** Everything is answered; the revision of a last write. */
  async last(): Promise<number> {
    this.stopAsking();
    await Promise.all(this.#clients.map((client) => client.stopped));
    return (await this.#clients[0]?.last()) ?? 0;
  }
}
