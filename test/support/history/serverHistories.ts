import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { resources } from "../../../lib/index.js";
import { ApiserverProcess } from "../commands/apiserverProcess.js";
import { HistoryLines } from "./historyLines.js";
import { createNamespaces } from "./serverClient.js";
import { type Book, connectTo, dice, Life, Observer } from "./serverLife.js";

/** How long a server lives that will be killed. */
const lifeMilliseconds = { least: 30, most: 700 };
const lastLifeMilliseconds = 400;

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
  const book: Book = { lines, shown: { revisions: [], observed: 0, era: 0 }, roll: dice(seed) };
  const { shown, roll } = book;
  let server: ApiserverProcess | undefined;
  try {
    for (; shown.era <= crashes; shown.era++) {
      server = await ApiserverProcess.start(directory);
      await prepare(server, book);
      lines.open();
      const observer = new Observer(book);
      await observer.moveTo(server);
      const life = new Life(server, book);
      await life.begin();
      const isLast = shown.era === crashes;
      const { least, most } = lifeMilliseconds;
      await sleep(isLast ? lastLifeMilliseconds : least + roll(most - least));
      if (isLast) await observer.until(await life.last());
      else {
        await life.kill();
        lines.crash();
      }
      await Promise.all([life.close(), observer.close()]);
      if (isLast) lines.end();
      await server.close();
    }
  } finally {
    await server?.close();
    closeSync(target);
    rmSync(directory, { recursive: true, force: true });
  }
  return file;
}

/** Makes the namespaces, and begins to observe where nobody has. */
export async function prepare(server: ApiserverProcess, { shown }: Book): Promise<void> {
  const client = await connectTo(server, "REST JSON");
  try {
    await createNamespaces(client);
    if (shown.observed > 0) return;
    const list = await client.resource(resources.configmaps).list();
    shown.observed = Number(list.metadata.resourceVersion);
  } finally {
    client.close();
  }
}
