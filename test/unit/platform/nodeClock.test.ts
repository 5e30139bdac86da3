import assert from "node:assert/strict";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { nodeClock } from "../../../lib/platform/node/nodeClock.js";

const moduleUrl = new URL("../../../lib/platform/node/nodeClock.js", import.meta.url).href;

describe("nodeClock", () => {
  it("has one monotonic time for all threads", async () => {
    const before = nodeClock.monotonic();
    const code = `
      import(${JSON.stringify(moduleUrl)}).then(({ nodeClock }) =>
        require("node:worker_threads").parentPort.postMessage(nodeClock.monotonic()));`;
    const worker = new Worker(code, { eval: true });
    const [inWorker] = (await once(worker, "message")) as [number];
    await worker.terminate();
    const after = nodeClock.monotonic();
    assert.ok(before <= inWorker && inWorker <= after, `${before} ${inWorker} ${after}`);
  });
});
