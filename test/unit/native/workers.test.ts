import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { nodeClock } from "../../../lib/platform/node/nodeClock.js";
import { openEmbeddedStorage } from "../../../lib/storage/embeddedStorage.js";
import { storedConfigMap } from "../../support/storage/storedConfigMap.js";

const writerPath = fileURLToPath(new URL("../../support/native/storeWriter.js", import.meta.url));
const endsPath = fileURLToPath(new URL("../../support/native/endsByItself.js", import.meta.url));
const loneWorkersPath = fileURLToPath(
  new URL("../../support/native/loneWorkers.js", import.meta.url),
);
const workerPath = fileURLToPath(new URL("../../support/native/storeWorker.js", import.meta.url));
const WORKERS = 200;
const AT_ONCE = 8;

describe("worker threads on one store", () => {
  it("see each other's writes, in memory and on disk", async () => {
    const directory = await mkdtemp(join(tmpdir(), "steersman-workers-"));
    const writes = 200;
    for (const where of [{}, { directory }]) {
      const storage = await openEmbeddedStorage({ ...where, clock: nodeClock });
      const events = new Promise<number>((resolve) => {
        let seen = 0;
        let wakeUps = 0;
        const stream = storage.watch({
          prefix: "/registry/configmaps/",
          afterRevision: storage.currentRevision(),
          view: { messageType: "k8s.io.api.core.v1.ConfigMap", format: "json", part: "object" },
          framing: "json",
          onReady: () => {
            wakeUps++;
            seen += stream.take(1 << 20).events;
            if (seen === writes) {
              resolve(wakeUps);
            }
          },
        });
      });
      const worker = new Worker(writerPath, { workerData: { storeId: storage.storeId, writes } });
      const ended = once(worker, "exit");
      assert.ok((await events) <= writes);
      assert.deepEqual(await ended, [0]);
      await storage.close();
    }
    await rm(directory, { recursive: true });
  });

  it("hold a process only while an answer is outstanding", async () => {
    const directory = await mkdtemp(join(tmpdir(), "steersman-ends-"));
    const child = spawn(process.execPath, [endsPath, directory], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exited = once(child, "exit");
    let output = "";
    for await (const part of child.stdout) {
      output += String(part);
    }
    assert.deepEqual(await exited, [0, null]);
    assert.equal(output, "2\n2\n");
    await rm(directory, { recursive: true });
  });

  it("may be all that loaded the addon, and be terminated amid its work", async function () {
    this.timeout(240_000);
    const child = spawn(process.execPath, [loneWorkersPath, String(WORKERS), String(AT_ONCE)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exited = once(child, "exit");
    let output = "";
    for await (const part of child.stdout) {
      output += String(part);
    }
    assert.deepEqual(await exited, [0, null]);
    assert.equal(output, `${WORKERS}\n`);
  });

  it("leave nothing behind when they are terminated amid traffic", async function () {
    this.timeout(180_000);
    const directory = await mkdtemp(join(tmpdir(), "steersman-workers-"));
    const memory = await openEmbeddedStorage({ clock: nodeClock });
    const disk = await openEmbeddedStorage({ directory, clock: nodeClock });
    const storeIds = [memory.storeId, disk.storeId];
    try {
      for (let first = 0; first < WORKERS; first += AT_ONCE) {
        const workers = Array.from(
          { length: AT_ONCE },
          (_, at) => new Worker(workerPath, { workerData: { storeIds, number: first + at } }),
        );
        await Promise.all(workers.map((worker) => once(worker, "message")));
        await Promise.all(workers.map((worker) => worker.terminate()));
      }
      for (const storage of [memory, disk]) {
        assert.equal(storage.statistics().watchers, 0, "watches of ended workers are gone");
        const key = "/registry/configmaps/default/after";
        const result = await storage.transact({
          compare: [],
          success: [{ type: "put", key, value: storedConfigMap("after", "x") }],
        });
        assert.ok(result.succeeded);
        // Reads of ended workers pin no revision any more: history can go.
        await storage.compact(result.revision);
        assert.equal(storage.statistics().historyChanges, 0);
      }
    } finally {
      await memory.close();
      await disk.close();
      await rm(directory, { recursive: true, force: true });
    }
  });
});
