import type { Revision, Storage, View } from "../../storage/storage.js";
import { StorageError } from "../../storage/storage.js";
import type { ObjectTree } from "../admission/admissionPlugin.js";
import { parseItems } from "../parseItems.js";

/** How many objects one page holds: bounds the time one turn of the loop takes. */
const pageLimit = 500;

export interface ReadableRequest {
  /** Storage prefix, ending in `/`. */
  readonly prefix: string;
  readonly view: View;
  /** As ListOptions. */
  readonly mayBeOld?: boolean;
  readonly revision?: Revision;
}

export interface ReadableObjects<T> {
  readonly objects: T[];
  /**
   * Keys whose values are none that the view can be made of, or have no name, as what is left of
   * one that was cut may have none; in their order.
   */
  readonly unreadable: string[];
  /** All is as it was then. */
  readonly revision: Revision;
}

/**
 * Everything of a kind that can be read, in a view that has names, for the server's own rules: one
 * value that somebody has broken must not end what has nothing to do with it. Clients' lists fail
 * instead, and name its key.
 */
export async function listReadable<T = ObjectTree>(
  storage: Pick<Storage, "list" | "range" | "getEncoded">,
  { prefix, view, mayBeOld = false, revision: asked }: ReadableRequest,
): Promise<ReadableObjects<T>> {
  const objects: T[] = [];
  const unreadable: string[] = [];
  let revision = asked;
  let startAfterKey: string | undefined;
  do {
    const at = {
      mayBeOld,
      ...(revision === undefined ? {} : { revision }),
      ...(startAfterKey === undefined ? {} : { startAfterKey }),
      limit: pageLimit,
    };
    try {
      const page = await storage.list({ prefix, view, ...at });
      const items = parseItems<T>(page.chunks);
      if (items.some(isNameless))
        throw new StorageError("corrupt", `${prefix} has a nameless value`);
      for (const object of items) objects.push(object);
      revision = page.revision;
      startAfterKey = page.nextKey;
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      const page = await storage.range(prefix, at);
      revision = page.revision;
      startAfterKey = page.nextKey;
      for (const { key } of page.values) {
        const object = await readable<T>(storage, key, view, revision);
        if (object === undefined) unreadable.push(key);
        else objects.push(object);
      }
    }
  } while (startAfterKey !== undefined);
  return { objects, unreadable, revision };
}

async function readable<T>(
  storage: Pick<Storage, "getEncoded">,
  key: string,
  view: View,
  revision: Revision,
): Promise<T | undefined> {
  try {
    const found = await storage.getEncoded(key, view, { revision });
    const object = found && (JSON.parse(Buffer.from(found.bytes).toString("utf8")) as T);
    return isNameless(object) ? undefined : object;
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return undefined;
  }
}

/** Whether it has no name, which every object has. */
export function isNameless(object: unknown): boolean {
  const { metadata } = (object ?? {}) as { metadata?: { name?: string } };
  return (metadata?.name ?? "") === "";
}

/** Also of a store whose disk is broken: then the reads that follow fail as well. */
function isUnreadable(error: unknown): boolean {
  return error instanceof StorageError && error.reason === "corrupt";
}
