import type { Logger } from "../platform/logger.js";
import type { Platform } from "../platform/platform.js";
import { type EtcdOptions, openEtcdStorage } from "../storage/etcdStorage.js";
import { type Storage, StorageError } from "../storage/storage.js";
import { formOption, type StoredForm } from "./storedForm.js";

export type { EtcdOptions } from "../storage/etcdStorage.js";

/** Between two attempts. */
const RETRY_MILLISECONDS = 1000;

/**
 * etcd as a server's storage. Where no member can be reached it is tried again for some
 * milliseconds. Throws an Error that says what came of each member, or which option cannot be.
 */
export async function openEtcd(
  etcd: EtcdOptions,
  platform: Platform,
  logger: Logger,
  milliseconds: number,
  form: StoredForm = "protobuf",
): Promise<Storage> {
  const { clock } = platform;
  const until = clock.monotonic() + milliseconds;
  for (;;) {
    try {
      const left = until - clock.monotonic();
      const patienceMilliseconds = Math.max(left, RETRY_MILLISECONDS);
      return await openEtcdStorage(
        { ...etcd, patienceMilliseconds },
        { clock, ...formOption(form) },
      );
    } catch (error) {
      const canPass = error instanceof StorageError && error.reason !== "invalidRequest";
      if (!canPass || clock.monotonic() + RETRY_MILLISECONDS > until) throw error;
      logger.warning("etcd is tried again", { error: error.message });
      await clock.sleep(RETRY_MILLISECONDS);
    }
  }
}
