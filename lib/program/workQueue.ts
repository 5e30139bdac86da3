import { WorkQueue, type WorkQueueOptions } from "../client/workqueue/workQueue.js";
import { type MachineOptions, machineOf } from "./machine.js";

export type QueueOptions = MachineOptions & Omit<WorkQueueOptions, "clock" | "name">;

/** A queue of keys with upstream's rate limits; `runWorkers` works on it. */
export function workQueue(name: string, options: QueueOptions = {}): WorkQueue {
  return new WorkQueue({ ...options, name, clock: machineOf(options).clock });
}
