import { callable, having, logger, type OptionCheck, whole } from "../api/optionChecks.js";
import { runWorkers as run, type WorkerOptions } from "../client/workqueue/worker.js";
import { checkProgramOptions } from "./checkProgramOptions.js";

const optionChecks: Readonly<Record<keyof WorkerOptions, OptionCheck>> = {
  queue: having("a queue, as `workQueue()` makes it", "get", "done", "forget", "addRateLimited"),
  workers: whole(1, Number.MAX_SAFE_INTEGER),
  sync: callable,
  maxRetries: whole(0, Number.MAX_SAFE_INTEGER),
  onError: callable,
  logger,
};

/**
 * Works on the queue's keys until it is shut down; resolves when the last sync has ended. Rejects
 * with an OptionError for options that are missing or make no sense.
 *
 * @example
 * ```ts
 * import { runWorkers, workQueue } from "steersman";
 *
 * const queue = workQueue("example");
 * queue.add("default/web");
 * await runWorkers({
 *   queue,
 *   workers: 2,
 *   sync: async (key) => {
 *     console.log(key); // → default/web
 *     queue.shutDown();
 *   },
 * });
 * ```
 */
export async function runWorkers(options: WorkerOptions): Promise<void> {
  checkProgramOptions(options, optionChecks, ["queue", "workers", "sync"]);
  await run(options);
}
