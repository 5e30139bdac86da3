import type { MaybePromise } from "../api/maybePromise.js";
import type { Storage, Transaction } from "./storage.js";

/** What one attempt has decided from what it has read. */
export interface Swap<T> {
  /** Compares with every version that was read. Absent: there is nothing to write. */
  readonly transaction?: Transaction;
  readonly value: T;
}

/**
 * Changes several keys together: read, decide, write if all are as they were read, else again. For
 * the server's own writers of many objects at once; single objects are the registry's
 * guaranteedUpdate. Undefined when all attempts have lost their races.
 */
export async function compareAndSwap<T>(
  storage: Pick<Storage, "transact">,
  attempts: number,
  decide: () => MaybePromise<Swap<T>>,
): Promise<{ readonly value: T } | undefined> {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const { transaction, value } = await decide();
    if (transaction === undefined) return { value };
    const { succeeded } = await storage.transact(transaction);
    if (succeeded) return { value };
  }
  return undefined;
}
