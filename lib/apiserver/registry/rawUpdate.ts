import type { ApiObject } from "../../api/codec.js";
import { apiErrors } from "../../api/status.js";
import type { StoredValue } from "../../storage/storage.js";
import type { ObjectTree } from "../admission/admissionPlugin.js";
import type { KeyTurn } from "./keyTurns.js";
import { decodeStored, storedOf, treeOf } from "./longObjects.js";
import type { RegistryDependencies } from "./registryDependencies.js";
import type { ServedResource } from "./servedResource.js";
import { transactFor } from "./transactFor.js";
import { untilDurable } from "./untilDurable.js";
import { fromTree } from "./writeObject.js";

/** Lost races; from the second attempt on the key's writers stand in line, so that few are lost. */
const maxAttempts = 200;

export interface RawUpdated {
  readonly object: ApiObject;
  readonly resourceVersion: string;
}

/** What is done to an object. */
export interface RawChange {
  /** The changed object without a tree; undefined where the tree is needed. */
  readonly native?: (current: ApiObject) => ApiObject | undefined;
  readonly tree: (tree: ObjectTree, current: ApiObject) => void;
}

/**
 * Changes one object without its strategy, for rules of the server itself (binding, eviction):
 * read, change the tree, write under a lock, again after a lost race. What changes nothing is not
 * written. NotFound when it is absent; rejects with what `change` throws.
 */
export async function rawUpdate(
  deps: RegistryDependencies,
  resource: ServedResource,
  namespace: string,
  name: string,
  dryRun: boolean,
  change: RawChange,
): Promise<RawUpdated> {
  const key = resource.key(namespace, name);
  let turn = deps.turns.isTaken(key) ? await deps.turns.take(key) : undefined;
  try {
    for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
      const stored = await deps.storage.get(key, { pending: turn !== undefined });
      let next: { readonly current: ApiObject; readonly object: ApiObject };
      try {
        if (stored === undefined) throw apiErrors.notFound(resource, name);
        next = await changed(deps, resource, stored, change);
      } catch (error) {
        // An error also tells of the pending version.
        if (turn !== undefined) await untilDurable(deps.storage, key, stored);
        throw error;
      }
      const { object, current } = next;
      if (dryRun || object.equals(current, true)) {
        if (turn !== undefined) await untilDurable(deps.storage, key, stored);
        return { object, resourceVersion: String(stored.modRevision) };
      }
      const revision = await put(deps, resource, key, stored, object, turn);
      if (revision !== undefined) return { object, resourceVersion: String(revision) };
      turn = await deps.turns.take(key);
    }
    throw apiErrors.conflict(resource, name);
  } finally {
    turn?.end();
  }
}

async function changed(
  deps: RegistryDependencies,
  resource: ServedResource,
  stored: StoredValue,
  change: RawChange,
): Promise<{ readonly current: ApiObject; readonly object: ApiObject }> {
  const current = await decodeStored(deps, stored, resource);
  const native = change.native?.(current);
  if (native !== undefined) return { current, object: native };
  const tree = await treeOf(deps, current);
  change.tree(tree, current);
  return { current, object: await fromTree(deps, current, tree, resource, current) };
}

/** The revision it was written at; undefined when somebody was faster. The turn ends at once. */
async function put(
  deps: RegistryDependencies,
  resource: ServedResource,
  key: string,
  over: StoredValue,
  object: ApiObject,
  turn: KeyTurn | undefined,
): Promise<number | undefined> {
  const value = await storedOf(deps, object);
  const writing = transactFor(deps, "update", resource, {
    compare: [{ key, target: "modRevision", equals: over.modRevision }],
    success: [{ type: "put", key, value, leaseId: over.leaseId }],
  });
  turn?.end();
  const result = await writing;
  return result.succeeded ? result.revision : undefined;
}

/** The stored object as a tree; undefined where there is none. */
export async function readTree(
  deps: Pick<RegistryDependencies, "storage" | "codec">,
  resource: ServedResource,
  namespace: string,
  name: string,
): Promise<ObjectTree | undefined> {
  const stored = await deps.storage.get(resource.key(namespace, name));
  if (stored === undefined) {
    return undefined;
  }
  const revision = String(stored.modRevision);
  const object = deps.codec.decodeStored(stored.value, resource.storageMessage, revision);
  return JSON.parse(object.json()) as ObjectTree;
}
