import type { Storage, StoredValue } from "../../storage/storage.js";

/**
 * Resolves when the version of a key that was read as pending is on disk; rejects when it never
 * will be. `stored` is what was read: undefined where there was nothing.
 */
export async function untilDurable(
  storage: Storage,
  key: string,
  stored: StoredValue | undefined,
): Promise<void> {
  const equals = stored?.modRevision ?? 0;
  await storage.transact({ compare: [{ key, target: "modRevision", equals }], success: [] });
}
