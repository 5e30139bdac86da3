import type { Logger } from "../platform/logger.js";
import type { Platform } from "../platform/platform.js";
import { type EtcdNotice, type EtcdOptions, openEtcdStorage } from "../storage/etcdStorage.js";
import { type Storage, StorageError } from "../storage/storage.js";
import { checkEtcdParts, type EtcdNames, etcdPartError } from "./etcdAdvice.js";
import { formOption, type StoredForm } from "./storedForm.js";

export type { EtcdOptions } from "../storage/etcdStorage.js";

/** Between two attempts, growing by the double. */
const firstPauseMilliseconds = 250;
const lastPauseMilliseconds = 5000;
/** So long at least a member may take, in the last attempt too. */
const leastPatienceMilliseconds = 1000;

export interface OpenEtcdOptions {
  /** For errors: what is wrong is said by its name. */
  readonly names: EtcdNames;
  /** How long it is tried. */
  readonly milliseconds: number;
  readonly form?: StoredForm | undefined;
}

/**
 * etcd as a server's storage. Where no member can be reached it is tried again for some
 * milliseconds; the log says so once for each reason, and when that ends. So it does of later
 * outages. Throws an Error that says what came of each member, or which option cannot be, and an
 * EtcdPartError where TLS fails.
 */
export async function openEtcd(
  etcd: EtcdOptions,
  platform: Platform,
  logger: Logger,
  { names, milliseconds, form = "protobuf" }: OpenEtcdOptions,
): Promise<Storage> {
  checkEtcdParts(etcd, names);
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
  /** Bounded by the attempts. */
  const said = new Set<string>();
  for (let pause = firstPauseMilliseconds; ; pause *= 2) {
    try {
      const storage = await open();
      if (said.size > 0) logger.info("etcd is reached");
      return storage;
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      const advised = etcdPartError(error, etcd, names, clock.now()) ?? error;
      const left = until - clock.monotonic();
      if (error.reason === "invalidRequest" || left <= 0) throw advised;
      const { message } = advised;
      if (!said.has(message)) logger.warning("etcd is tried again", { error: message });
      said.add(message);
      await clock.sleep(Math.min(pause, lastPauseMilliseconds, left));
    }
  }
}
