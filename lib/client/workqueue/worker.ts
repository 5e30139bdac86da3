import { type Logger, silentLogger } from "../../platform/logger.js";
import { guardedCall } from "../guardedCall.js";
import type { WorkQueue } from "./workQueue.js";

/** Who works on what, and what happens when that fails. */
export interface WorkerOptions {
  readonly queue: WorkQueue;
  readonly workers: number;
  /**
   * Brings the world one step closer to what the key's object wants. Rejections are retried with
   * backoff.
   */
  readonly sync: (key: string) => Promise<void>;
  /** After so many failures the key is dropped until something adds it again. Default: never. */
  readonly maxRetries?: number;
  /** Told of every rejection, besides the logger. */
  readonly onError?: (key: string, error: Error) => void;
  readonly logger?: Logger;
}

/** Works on the queue's keys until it is shut down; resolves when the last sync has ended. */
export async function runWorkers(options: WorkerOptions): Promise<void> {
  await Promise.all(Array.from({ length: options.workers }, () => work(options)));
}

async function work(options: WorkerOptions): Promise<void> {
  const { queue, sync, maxRetries, onError, logger = silentLogger } = options;
  for (;;) {
    const key = await queue.get();
    if (key === undefined) return;
    try {
      await sync(key);
      queue.forget(key);
    } catch (error) {
      if (queue.isShutDown) continue;
      const failure = error instanceof Error ? error : new Error(String(error));
      guardedCall(
        () => onError?.(key, failure),
        (own) => logger.error("onError failed", { queue: queue.name, key, error: own }),
      );
      const values = { queue: queue.name, key, error };
      if (maxRetries !== undefined && queue.numberOfRequeues(key) >= maxRetries) {
        logger.warning("Dropping a key that keeps failing", values);
        queue.forget(key);
      } else {
        logger.verbose(2).info("Sync failed, trying again", values);
        queue.addRateLimited(key);
      }
    } finally {
      queue.done(key);
    }
  }
}
