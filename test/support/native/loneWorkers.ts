/** A process for tests whose workers alone load the addon, and are terminated amid their work. */

import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";

const workerPath = fileURLToPath(new URL("./loneWorker.js", import.meta.url));
const [workers = 0, atOnce = 1] = process.argv.slice(2).map(Number);

for (let first = 0; first < workers; first += atOnce) {
  const batch = Array.from({ length: atOnce }, () => new Worker(workerPath));
  await Promise.all(batch.map((worker) => once(worker, "message")));
  await Promise.all(batch.map((worker) => worker.terminate()));
}
process.stdout.write(`${workers}\n`);
