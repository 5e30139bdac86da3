import { basename } from "node:path";
import type { Files } from "../../platform/files.js";
import { StorageError } from "../../storage/storage.js";
import {
  checkStore,
  type LoadedStore,
  loadStore,
  repairStore,
  restoreStore,
  saveStore,
} from "../../storage/storeDirectory.js";

export type StoreCheck = ReturnType<typeof checkStore>;
export type StoreRepair = ReturnType<typeof repairStore>;
export type StoreKept = ReturnType<typeof saveStore>;

/**
 * The directory of the store in a data directory, which may be named itself. A new one is where
 * `steersman up --data-dir` and `kube-apiserver --data-dir` look for it.
 */
export async function storeDirectory(
  platform: { readonly files: Files },
  path: string,
  kind: "existing" | "new" = "existing",
): Promise<string> {
  const inside = `${path}/store`;
  if (kind === "new") return basename(path) === "store" ? path : inside;
  const status = await platform.files.status(inside);
  return status?.kind === "directory" ? inside : path;
}

/** Throws an Error of one line for a person, which names one of the paths. */
function shownPlainly<T>(call: () => T, path: string, ...others: string[]): T {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    const { message } = error;
    const isNamed = [path, ...others].some((one) => message.includes(one));
    throw new Error(isNamed ? message : `${path}: ${message}`);
  }
}

export function checkDirectory(directory: string): StoreCheck {
  return shownPlainly(() => checkStore(directory), directory);
}

export function repairDirectory(directory: string): StoreRepair {
  return shownPlainly(() => repairStore(directory), directory);
}

export function saveDirectory(directory: string, file: string): StoreKept {
  return shownPlainly(() => saveStore(directory, file), directory, file);
}

export function restoreDirectory(file: string, directory: string, bump: number): StoreKept {
  return shownPlainly(() => restoreStore(file, directory, bump), directory, file);
}

export function loadDirectory(directory: string): LoadedStore {
  return shownPlainly(() => loadStore(directory), directory);
}
