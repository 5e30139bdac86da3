/**
 * Data directories that no store has open: whether they are sound, what can be kept of damaged
 * ones, and what they hold. Every function throws a StorageError: `locked` while a store runs on
 * the directory, `invalidRequest` where there is none, `corrupt`, `newerFormat`, `io`.
 */
import { addon } from "../native/addon.js";
import type {
  CheckOutput,
  KeptOutput,
  LeaseOutput,
  RepairOutput,
  StatisticsOutput,
} from "../native/gen/addon.js";
import { guardStorage } from "./embeddedStorage.js";
import type { StoredValue } from "./storage.js";

/** Changes nothing. `refusal` says why opening it is refused; absent: it is sound. */
export function checkStore(directory: string): CheckOutput {
  return guardStorage(() => addon.checkStore(directory));
}

/**
 * Replaces a directory that cannot be opened by what can be read of it. `losses` names what cannot;
 * the files so far are in the directory `originals`. A sound directory is left as it is.
 */
export function repairStore(directory: string): RepairOutput {
  return guardStorage(() => addon.repairStore(directory));
}

/** Writes the state as of the newest revision to one file. */
export function saveStore(directory: string, file: string): KeptOutput {
  return guardStorage(() => addon.saveStore(directory, file));
}

/** Makes a directory from such a file; its revisions go on `bump` above the file's. */
export function restoreStore(file: string, directory: string, bump: number): KeptOutput {
  return guardStorage(() => addon.restoreStore(file, directory, bump));
}

/** A directory's state, for reading. */
export interface LoadedStore {
  readonly revision: number;
  statistics(): StatisticsOutput;
  leases(): readonly LeaseOutput[];
  /** In the order of keys, so many at once. */
  values(atOnce: number): Generator<readonly StoredValue[]>;
  close(): void;
}

/** Reads a whole directory into memory. */
export function loadStore(directory: string): LoadedStore {
  const native = guardStorage(() => addon.loadStore(directory, () => {}));
  return {
    revision: native.currentRevision(),
    statistics: () => native.statistics(),
    leases: () => native.leaseTable(),
    *values(atOnce) {
      let after: string | undefined;
      for (;;) {
        const from = after;
        const { values, more } = guardStorage(() => native.range("", 0, atOnce, from));
        if (values.length > 0) yield values;
        after = values.at(-1)?.key;
        if (!more || after === undefined) return;
      }
    },
    close: () => {
      native.close();
      native.detach();
    },
  };
}

/** Makes a directory entry by entry, in the order of keys. */
export interface StoreMaker {
  put(value: StoredValue): void;
  lease(lease: LeaseOutput): void;
  /** Writes it as of a revision that is not below any value's. */
  finish(revision: number): KeptOutput;
}

/** The directory may be there, and holds no store. */
export function makeStore(directory: string): StoreMaker {
  const native = guardStorage(() => addon.StoreMaker.begin(directory));
  return {
    put: ({ key, value, createRevision, modRevision, version, leaseId }) =>
      guardStorage(() => native.put(key, value, createRevision, modRevision, version, leaseId)),
    lease: ({ leaseId, ttlSeconds }) => guardStorage(() => native.lease(leaseId, ttlSeconds)),
    finish: (revision) => guardStorage(() => native.finish(revision)),
  };
}
