import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { nodeClock } from "../../../lib/platform/node/nodeClock.js";
import { openEmbeddedStorage } from "../../../lib/storage/embeddedStorage.js";
import { storedConfigMap } from "../storage/storedConfigMap.js";

const workerPath = fileURLToPath(new URL("./storeWorker.js", import.meta.url));
const WORKERS = 200;
const AT_ONCE = 8;

describe("worker threads on one store", () => {
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
