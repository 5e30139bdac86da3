import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { nativeCodec } from "../../../lib/api/nativeCodec.js";
import type { Client } from "../../../lib/client/client.js";
import { configOf } from "../../../lib/client/config/clientConfig.js";
import { connectClient } from "../../../lib/client/connectClient.js";
import { resources } from "../../../lib/index.js";
import { nodePlatform } from "../../../lib/platform/node/nodePlatform.js";
import { ApiserverProcess } from "../commands/apiserverProcess.js";
import { HistoryLines } from "./historyLines.js";
import { createNamespaces, ServerClient } from "./serverClient.js";
import { ServerWatch } from "./serverWatch.js";

const kinds = ["REST JSON", "REST JSON", "REST protobuf", "gRPC", "gRPC"] as const;
const watches = 4;
/** How long a server lives that will be killed. */
const lifeMilliseconds = { least: 30, most: 700 };
const lastLifeMilliseconds = 400;

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

/** A server that runs, and everybody who uses it. */
class Life {
  readonly #clients: ServerClient[] = [];
  readonly #running: Promise<void>[] = [];
  readonly #connections: Client[] = [];
  readonly #closed = new AbortController();
  #observer: ServerWatch | undefined;

  constructor(
    readonly server: ApiserverProcess,
    readonly lines: HistoryLines,
    readonly shown: Shown,
    readonly roll: (sides: number) => number,
  ) {}

  async #connect(kind: (typeof kinds)[number]): Promise<Client> {
    const server = `http://127.0.0.1:${this.server.insecurePort}`;
    const client = await connectClient({
      platform: nodePlatform,
      codec: nativeCodec,
      credentials: configOf(nodePlatform, { server }).credentials,
      transport: kind === "gRPC" ? "auto" : "rest",
      contentType: kind === "REST protobuf" ? "protobuf" : "json",
    });
    this.#connections.push(client);
    return client;
  }

  async #close(): Promise<void> {
    this.#closed.abort();
    for (const client of this.#connections) client.close();
    await Promise.all(this.#running);
    this.server.plain.close();
  }

  async begin(): Promise<void> {
    const { lines, shown, roll } = this;
    const observing = await this.#connect("REST JSON");
    await createNamespaces(observing);
    if (shown.observed === 0) {
      const list = await observing.resource(resources.configmaps).list();
      shown.observed = Number(list.metadata.resourceVersion);
    }
    lines.open();
    this.#observer = new ServerWatch(observing, lines, shown, roll, 0);
    this.#running.push(this.#observer.run(this.#closed.signal));
    for (const [at, kind] of kinds.entries()) {
      const connected = await this.#connect(kind);
      const client = new ServerClient(connected, lines, shown, roll, at + 1);
      this.#clients.push(client);
      this.#running.push(client.run());
    }
    for (let at = 0; at < watches; at++) {
      const connected = await this.#connect(at % 2 === 0 ? "REST JSON" : "gRPC");
      const watch = new ServerWatch(connected, lines, shown, roll, 20 + at);
      this.#running.push(watch.run(this.#closed.signal));
    }
  }

  /** Nobody asks for anything more. */
  #stopAsking(): void {
    for (const client of this.#clients) client.stop();
  }

  async kill(): Promise<void> {
    this.#stopAsking();
    this.server.kill("SIGKILL");
    await this.server.ended;
    this.lines.crash();
    await this.#close();
  }

  /** Everything is answered, and the watch of everything has seen it. */
  async end(): Promise<void> {
    this.#stopAsking();
    await Promise.all(this.#clients.map((client) => client.stopped));
    const [client] = this.#clients;
    const last = (await client?.last()) ?? 0;
    await this.#observer?.until(last);
    await this.#close();
    this.lines.end();
    await this.server.close();
  }
}

/**
 * Histories of a `kube-apiserver` in a process of its own that is killed again and again, with
 * clients over REST, in JSON and protobuf, and over gRPC. A seed chooses what is asked and when the
 * process dies, but not how the machine interleaves it.
 */
export async function writeServerHistory(
  folder: string,
  seed: number,
  crashes: number,
): Promise<string> {
  const file = join(folder, `server-${seed}.jsonl`);
  const directory = join(folder, `server-data-${seed}`);
  mkdirSync(directory, { mode: 0o700 });
  const target = openSync(file, "w");
  const lines = new HistoryLines((line) => writeSync(target, line), seed);
  const shown: Shown = { revisions: [], observed: 0, era: 0 };
  const roll = dice(seed);
  let server: ApiserverProcess | undefined;
  try {
    for (; shown.era <= crashes; shown.era++) {
      server = await ApiserverProcess.start(directory);
      const life = new Life(server, lines, shown, roll);
      await life.begin();
      const isLast = shown.era === crashes;
      const { least, most } = lifeMilliseconds;
      await sleep(isLast ? lastLifeMilliseconds : least + roll(most - least));
      await (isLast ? life.end() : life.kill());
    }
  } finally {
    await server?.close();
    closeSync(target);
    rmSync(directory, { recursive: true, force: true });
  }
  return file;
}
