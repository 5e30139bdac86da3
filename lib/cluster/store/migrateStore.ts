/**
 * A store's objects from a data directory into etcd and back: all but history, and what runs out by
 * itself soon (the leases of API servers). What was written is read again and compared, value by
 * value.
 */
import type { Clock } from "../../platform/clock.js";
import { type EtcdOptions, type EtcdStorage, openEtcdStorage } from "../../storage/etcdStorage.js";
import type { Operation, StoredValue } from "../../storage/storage.js";
import { loadStore, makeStore } from "../../storage/storeDirectory.js";

const everything = "/registry/";
/** Of API servers that run: none does. */
const serverLeases = ["/registry/masterleases/", "/registry/peerserverleases/"];
const keysAtOnce = 1000;
/** Bounds of one transaction: etcd's without a flag, with room for the rest of the request. */
const mostOperations = 128;
const mostBytes = 1 << 20;
/** So many revisions are made by writing; each is a transaction. */
const mostRevisions = 100_000;
const revisionsAtOnce = 256;
const raisedKey = "/registry/steersman-migration";
/** What has a lease is kept so long anew, which is the default of --event-ttl. */
const ttlSeconds = 3600;

export interface Migrated {
  readonly keys: number;
  readonly sourceRevision: number;
  readonly revision: number;
}

type Copied = Pick<StoredValue, "key" | "value" | "leaseId">;

/** Throws an Error of one line where it cannot be; what etcd has by then is named in it. */
export async function migrateToEtcd(
  directory: string,
  etcd: EtcdOptions,
  clock: Clock,
): Promise<Migrated> {
  const source = loadStore(directory);
  try {
    const values = [...source.values(keysAtOnce)].flat().filter(isCopied);
    const storage = await openEtcdStorage(etcd, { clock });
    try {
      await requireEmpty(storage);
      await raise(storage, source.revision);
      await copy(storage, values);
    } finally {
      await storage.close();
    }
    const revision = await compareWithEtcd(etcd, clock, values);
    return { keys: values.length, sourceRevision: source.revision, revision };
  } finally {
    source.close();
  }
}

/** The directory holds no store yet. */
export async function migrateFromEtcd(
  etcd: EtcdOptions,
  directory: string,
  clock: Clock,
): Promise<Migrated> {
  const storage = await openEtcdStorage(etcd, { clock });
  try {
    await requireNoServer(storage);
    const { values, revision: sourceRevision } = await allOf(storage);
    const maker = makeStore(directory);
    if (values.some(({ leaseId }) => leaseId !== 0)) maker.lease({ leaseId: 1, ttlSeconds });
    for (const value of values) maker.put({ ...value, leaseId: value.leaseId === 0 ? 0 : 1 });
    const { revision } = maker.finish(sourceRevision + 1);
    const made = loadStore(directory);
    try {
      requireSame(values, [...made.values(keysAtOnce)].flat());
    } finally {
      made.close();
    }
    requireIdle(values, (await allOf(storage)).values);
    return { keys: values.length, sourceRevision, revision };
  } finally {
    await storage.close();
  }
}

const isCopied = ({ key }: StoredValue): boolean =>
  !serverLeases.some((prefix) => key.startsWith(prefix));

/**
 * Nobody has written an object meanwhile. What runs out may go (Events do, for as long as their
 * leases last), and what is under other prefixes of etcd is of no concern here.
 */
function requireIdle(before: readonly StoredValue[], after: readonly StoredValue[]): void {
  const had = new Map(before.map((one) => [one.key, one]));
  const found = (key: string, what: string): never => {
    const why = `${key} was ${what} meanwhile`;
    throw new Error(`etcd is in use: ${why}; stop the API servers on it and begin anew`);
  };
  for (const { key, modRevision } of after) {
    const known = had.get(key);
    if (known === undefined) found(key, "made");
    else if (known.modRevision !== modRevision) found(key, "written");
    had.delete(key);
  }
  for (const { key, leaseId } of had.values()) if (leaseId === 0) found(key, "deleted");
}

/** At one revision, the newest. */
async function allOf(storage: EtcdStorage) {
  const all: StoredValue[] = [];
  let startAfterKey: string | undefined;
  let revision: number | undefined;
  do {
    const page = await storage.range(everything, {
      limit: keysAtOnce,
      ...(revision === undefined ? {} : { revision }),
      ...(startAfterKey === undefined ? {} : { startAfterKey }),
    });
    revision = page.revision;
    all.push(...page.values.filter(isCopied));
    startAfterKey = page.nextKey;
  } while (startAfterKey !== undefined);
  return { values: all, revision };
}

/** A server renews its lease all the time, and takes it away where it ends well. */
async function requireNoServer(storage: EtcdStorage): Promise<void> {
  let lease: StoredValue | undefined;
  for (const prefix of serverLeases) {
    lease ??= (await storage.range(prefix, { limit: 1 })).values[0];
  }
  if (lease === undefined) return;
  const why = `an API server runs on it, or was killed less than 15 seconds ago (${lease.key})`;
  throw new Error(`etcd is in use: ${why}; stop it, and begin anew`);
}

async function requireEmpty(storage: EtcdStorage): Promise<void> {
  await requireNoServer(storage);
  const { values } = await storage.range(everything, { limit: 1 });
  if (values.length === 0) return;
  throw new Error(`etcd has objects already, such as ${values[0]?.key}: it has to be empty`);
}

/**
 * Everything that is copied gets a revision above the source's: a client that has read there is
 * never taken for one that has read here.
 */
async function raise(storage: EtcdStorage, above: number): Promise<void> {
  const missing = above - storage.currentRevision();
  if (missing <= 0) return;
  if (missing > mostRevisions) {
    throw new Error(
      `etcd is at revision ${storage.currentRevision()} and the store at ${above}: raise etcd's ` +
        `first (etcdutl snapshot restore --bump-revision ${missing} --mark-compacted)`,
    );
  }
  const put = { type: "put", key: raisedKey, value: Buffer.from("{}") } as const;
  for (let made = 0; made < missing; made += revisionsAtOnce) {
    const count = Math.min(revisionsAtOnce, missing - made);
    const write = () => storage.transact({ compare: [], success: [put] });
    await Promise.all(Array.from({ length: count }, write));
  }
  const success = [{ type: "delete", key: raisedKey } as const];
  await storage.transact({ compare: [], success });
}

async function copy(storage: EtcdStorage, values: readonly Copied[]): Promise<void> {
  const leased = values.some(({ leaseId }) => leaseId !== 0);
  const leaseId = leased ? (await storage.grantLease(ttlSeconds)).leaseId : 0;
  let done = 0;
  for (const batch of batches(values)) {
    const success = batch.map(({ key, value, leaseId: had }): Operation => {
      return { type: "put", key, value, ...(had === 0 ? {} : { leaseId }) };
    });
    const compare = batch.map(({ key }) => ({ key, target: "modRevision", equals: 0 }) as const);
    const { succeeded } = await storage.transact({ compare, success });
    if (!succeeded) {
      const have = `${done} of ${values.length} objects are there`;
      throw new Error(`etcd is in use: somebody else writes there; ${have}`);
    }
    done += batch.length;
  }
}

function* batches(values: readonly Copied[]): Generator<readonly Copied[]> {
  let batch: Copied[] = [];
  let bytes = 0;
  for (const one of values) {
    const size = one.key.length + one.value.length;
    if (batch.length === mostOperations || (batch.length > 0 && bytes + size > mostBytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(one);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

/** Reads etcd anew, with nothing in memory of what was written. */
async function compareWithEtcd(
  etcd: EtcdOptions,
  clock: Clock,
  values: readonly Copied[],
): Promise<number> {
  const storage = await openEtcdStorage(etcd, { clock });
  try {
    const { values: there, revision } = await allOf(storage);
    requireSame(values, there);
    return revision;
  } finally {
    await storage.close();
  }
}

function requireSame(source: readonly Copied[], target: readonly Copied[]): void {
  if (source.length !== target.length) {
    throw new Error(`${source.length} objects were copied, and ${target.length} are there`);
  }
  for (const [index, { key, value }] of source.entries()) {
    const other = target[index];
    if (other?.key === key && Buffer.compare(value, other.value) === 0) continue;
    throw new Error(`${key} is not as it was written`);
  }
}
