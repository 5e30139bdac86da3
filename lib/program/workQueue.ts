import { type OptionCheck, object, shown, someMachine, text } from "../api/optionChecks.js";
import { OptionError } from "../api/optionError.js";
import { WorkQueue, type WorkQueueOptions } from "../client/workqueue/workQueue.js";
import { checkProgramOptions } from "./checkProgramOptions.js";
import { type MachineOptions, machineOf } from "./machine.js";

/** How soon keys that failed come again. */
export type QueueOptions = MachineOptions & Omit<WorkQueueOptions, "clock" | "name">;

const optionChecks: Readonly<Record<keyof QueueOptions, OptionCheck>> = {
  platform: someMachine,
  rateLimiter: object,
  metrics: object,
};

/**
 * A queue of keys with upstream's rate limits; `runWorkers` works on it.
 *
 * @example
 * ```ts
 * import { workQueue } from "steersman";
 *
 * const queue = workQueue("example");
 * queue.add("default/web");
 * queue.add("default/web");
 * console.log(queue.length); // → 1
 * const key = await queue.get();
 * console.log(key); // → default/web
 * if (key !== undefined) queue.done(key);
 * queue.shutDown();
 * ```
 */
export function workQueue(name: string, options: QueueOptions = {}): WorkQueue {
  if (text(name) !== undefined) throw new OptionError("name", `${shown(name)} is no name`);
  checkProgramOptions(options, optionChecks);
  return new WorkQueue({ ...options, name, clock: machineOf(options).clock });
}
