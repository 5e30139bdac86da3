/**
 * The driver over etcd (crates/etcd): a store in this process follows it, and is what a watch cache
 * is elsewhere. Lists and watches come from memory, encoded once; writes go to etcd and are here
 * when they are acknowledged. A read of the newest asks etcd for its revision, once for all who
 * read at the same time, and waits until that is here.
 */

import type { MaybePromise } from "../api/maybePromise.js";
import { addon } from "../native/addon.js";
import type { Clock } from "../platform/clock.js";
import { EmbeddedStorage, type EmbeddedStorageOptions, storeLimits } from "./embeddedStorage.js";
import type {
  EncodedList,
  EncodedObject,
  GetOptions,
  ListOptions,
  Revision,
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

/**
 * Reads everything under the prefix, and follows it until the storage is closed. Fails with a
 * StorageError that says what came of each endpoint: `io`, or `invalidRequest` where an option
 * cannot be.
 */
export async function openEtcdStorage(
  etcd: EtcdOptions,
  options: EtcdStorageLimits & { readonly clock: Clock },
): Promise<EtcdStorage> {
  const limits = { nowMillis: 0, ...storeLimits(options) };
  const opened = await addon.openEtcdStore(etcdInput(etcd), limits);
  return new EtcdStorage(options, (wake) => opened.attach(wake));
}

export class EtcdStorage extends EmbeddedStorage {
  readonly #clock: Clock;
  override readonly isShared = true;
  /** A listener's own reads would not ask etcd what is newest. */
  override readonly directGets: undefined = undefined;

  constructor(
    options: EmbeddedStorageOptions,
    open: ConstructorParameters<typeof EmbeddedStorage>[1],
  ) {
    super(options, open);
    this.#clock = options.clock;
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
  return {
    endpoints: [...etcd.endpoints],
    prefix: etcd.prefix ?? "/registry",
    ...(patience === undefined ? {} : { patienceMillis: patience }),
    ...(authorities === undefined ? {} : { authorities: Buffer.from(authorities) }),
    ...(identity === undefined
      ? {}
      : { certificate: Buffer.from(identity.certificate), key: Buffer.from(identity.key) }),
    ...(user === undefined ? {} : { user: user.name, password: user.password }),
  };
}
