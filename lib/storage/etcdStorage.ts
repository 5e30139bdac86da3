/**
 * The driver over etcd (crates/etcd): a store in this process follows it, and is what a watch cache
 * is elsewhere. Lists and watches come from memory, encoded once; writes go to etcd and are here
 * when they are acknowledged. A read of the newest asks etcd for its revision, once for all who
 * read at the same time, and waits until that is here.
 */

import type { MaybePromise } from "../api/maybePromise.js";
import { addon } from "../native/addon.js";
import type { Clock, Timer } from "../platform/clock.js";
import { EmbeddedStorage, type EmbeddedStorageOptions, storeLimits } from "./embeddedStorage.js";
import type {
  EncodedList,
  EncodedObject,
  GetOptions,
  ListOptions,
  Revision,
  StorageStatistics,
  StoredValue,
  View,
} from "./storage.js";
import { StorageError } from "./storage.js";

/** Where etcd is, and how it is spoken to. */
export interface EtcdOptions {
  /** `https://host:port`, `http://host:port`, or `host:port`, which is http. One at least. */
  readonly endpoints: readonly string[];
  /** PEM of the authorities of its certificates; absent: the machine's own. */
  readonly authorities?: Uint8Array;
  /** PEM: who this is. */
  readonly identity?: { readonly certificate: Uint8Array; readonly key: Uint8Array };
  readonly user?: { readonly name: string; readonly password: string };
  /** Stands in etcd's keys in the place of `/registry`, which is the default. */
  readonly prefix?: string;
  /** Within what time a member responds at the start; absent: as long as a call may take. */
  readonly patienceMilliseconds?: number;
  /** How often etcd is asked how large its file is; absent: never. */
  readonly sizeMilliseconds?: number;
}

/** One line for the log: etcd is lost, or back, each once. */
export interface EtcdNotice {
  readonly isWell: boolean;
  readonly text: string;
}

/** Bounds of what is kept in memory, and the form of values, as of an embedded store. */
export type EtcdStorageLimits = Pick<
  EmbeddedStorageOptions,
  | "maxHistoryChanges"
  | "maxHistoryBytes"
  | "maxQueueEvents"
  | "maxQueueBytes"
  | "maxWatchers"
  | "form"
>;

const HEALTH_TIMEOUT_MILLISECONDS = 2000;
/** What crosses into the driver has 32 bits. */
const longestMilliseconds = 2 ** 32 - 1;
/** How late a notice may be. */
const NOTICE_MILLISECONDS = 500;

/**
 * Reads everything under the prefix, and follows it until the storage is closed. Fails with a
 * StorageError that says what came of each endpoint: `io`, or `invalidRequest` where an option
 * cannot be.
 */
export async function openEtcdStorage(
  etcd: EtcdOptions,
  options: EtcdStorageLimits & {
    readonly clock: Clock;
    readonly onNotice?: (notice: EtcdNotice) => void;
  },
): Promise<EtcdStorage> {
  const limits = { nowMillis: 0, ...storeLimits(options) };
  const opened = await addon.openEtcdStore(etcdInput(etcd), limits);
  let driver: Driver | undefined;
  const storage = new EtcdStorage(options, (wake) => {
    const native = opened.attach(wake);
    driver = native;
    return native;
  });
  if (driver !== undefined) storage.tell(driver, options.onNotice);
  return storage;
}

type OpenNative = ConstructorParameters<typeof EmbeddedStorage>[1];
/** What only such a store is asked. */
type Driver = Pick<ReturnType<OpenNative>, "takeEtcdNotices" | "etcdSize">;

export class EtcdStorage extends EmbeddedStorage {
  readonly #clock: Clock;
  #driver: Driver | undefined;
  #noticeTimer: Timer | undefined;
  override readonly isShared = true;
  override readonly isElsewhere = true;
  /** A listener's own reads would not ask etcd what is newest. */
  override readonly directGets: undefined = undefined;

  constructor(options: EmbeddedStorageOptions, open: OpenNative) {
    super(options, open);
    this.#clock = options.clock;
  }

  /** From now on notices of the driver are handed on, until the storage is closed. */
  tell(driver: Driver, onNotice: ((notice: EtcdNotice) => void) | undefined): void {
    this.#driver = driver;
    if (onNotice === undefined) return;
    const look = (): void => {
      for (const { well, text } of driver.takeEtcdNotices()) onNotice({ isWell: well, text });
      this.#noticeTimer = this.#clock.setTimer(NOTICE_MILLISECONDS, look);
    };
    look();
  }

  override close(): Promise<void> {
    this.#noticeTimer?.cancel();
    return super.close();
  }

  override statistics(): StorageStatistics {
    const databaseBytes = this.#driver?.etcdSize() ?? undefined;
    return { ...super.statistics(), ...(databaseBytes === undefined ? {} : { databaseBytes }) };
  }

  override async newestRevision(): Promise<Revision> {
    await this.followNewest();
    return this.currentRevision();
  }

  override async get(key: string, options?: GetOptions): Promise<StoredValue | undefined> {
    await this.reached(options);
    return await super.get(key, options);
  }

  override async getEncoded(
    key: string,
    view: View,
    options?: GetOptions,
  ): Promise<EncodedObject | undefined> {
    await this.reached(options);
    return await super.getEncoded(key, view, options);
  }

  override async list(options: ListOptions): Promise<EncodedList> {
    await this.reached(options);
    return await super.list(options);
  }

  override async range(
    prefix: string,
    options?: { revision?: Revision; limit?: number; startAfterKey?: string },
  ): Promise<{ revision: Revision; values: readonly StoredValue[]; nextKey?: string }> {
    await this.reached(options);
    return await super.range(prefix, options);
  }

  override async compact(revision: Revision): Promise<void> {
    await this.compactLeader(revision);
  }

  override async health(bound = HEALTH_TIMEOUT_MILLISECONDS): Promise<void> {
    await super.health();
    await new Promise<void>((resolve, reject) => {
      const timer = this.#clock.setTimer(bound, () => {
        reject(new StorageError("io", `etcd did not say its revision within ${bound} ms`));
      });
      this.followNewest()
        .then(resolve, reject)
        .finally(() => timer.cancel());
    });
  }

  protected override reached(
    options: Pick<GetOptions, "revision" | "mayBeOld"> | undefined,
  ): MaybePromise<void> {
    const { revision, mayBeOld } = options ?? {};
    if (mayBeOld === true) return;
    if (revision !== undefined && revision !== 0 && revision <= this.currentRevision()) return;
    return this.followNewest();
  }
}

function etcdInput(etcd: EtcdOptions) {
  const { authorities, identity, user, patienceMilliseconds: patience } = etcd;
  const { sizeMilliseconds } = etcd;
  return {
    endpoints: [...etcd.endpoints],
    prefix: etcd.prefix ?? "/registry",
    ...(patience === undefined ? {} : { patienceMillis: patience }),
    ...(sizeMilliseconds === undefined
      ? {}
      : { sizeIntervalMillis: Math.min(Math.ceil(sizeMilliseconds), longestMilliseconds) }),
    ...(authorities === undefined ? {} : { authorities: Buffer.from(authorities) }),
    ...(identity === undefined
      ? {}
      : { certificate: Buffer.from(identity.certificate), key: Buffer.from(identity.key) }),
    ...(user === undefined ? {} : { user: user.name, password: user.password }),
  };
}
