import type { Logger } from "../platform/logger.js";
import type { Platform } from "../platform/platform.js";
import { type EtcdNotice, type EtcdOptions, openEtcdStorage } from "../storage/etcdStorage.js";
import { type Storage, StorageError } from "../storage/storage.js";
import { formOption, type StoredForm } from "./storedForm.js";

export type { EtcdOptions } from "../storage/etcdStorage.js";

/** Between two attempts, growing by the double. */
const firstPauseMilliseconds = 250;
const lastPauseMilliseconds = 5000;
/** So long at least a member may take, in the last attempt too. */
const leastPatienceMilliseconds = 1000;

/**
 * etcd as a server's storage. Where no member can be reached it is tried again for some
 * milliseconds; the log says so when that begins, when the reason changes, and at its end. So it
 * does of later outages. Throws an Error that says what came of each member, or which option cannot be.
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
  const open = (): Promise<Storage> => {
    const left = until - clock.monotonic();
    const patienceMilliseconds = Math.max(left, leastPatienceMilliseconds);
    const onNotice = ({ isWell, text }: EtcdNotice): void => {
      if (isWell) logger.info(text);
      else logger.warning(text);
    };
    const options = { clock, onNotice, ...formOption(form) };
    return openEtcdStorage({ ...etcd, patienceMilliseconds }, options);
  };
  let said: string | undefined;
  for (let pause = firstPauseMilliseconds; ; pause *= 2) {
    try {
      const storage = await open();
      if (said !== undefined) logger.info("etcd is reached");
      return storage;
    } catch (error) {
      const canPass = error instanceof StorageError && error.reason !== "invalidRequest";
      const left = until - clock.monotonic();
      if (!canPass || left <= 0) throw error;
      if (said !== error.message) logger.warning("etcd is tried again", { error: error.message });
      said = error.message;
      await clock.sleep(Math.min(pause, lastPauseMilliseconds, left));
    }
  }
}
