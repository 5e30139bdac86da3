import type { ApiObject } from "../../api/codec.js";
import { apiErrors } from "../../api/status.js";
import type { ObjectTree } from "../admission/admissionPlugin.js";
import type { RegistryDependencies } from "./registryDependencies.js";
import type { ServedResource } from "./servedResource.js";
import { transactFor } from "./transactFor.js";
import { fromTree } from "./writeObject.js";

const maxAttempts = 200;

/**
 * Changes one object without its strategy, for rules of the server itself (binding, eviction):
 * read, change the tree, write under a lock, again after a lost race. NotFound when it is absent.
 */
export async function rawUpdate(
  deps: RegistryDependencies,
  resource: ServedResource,
  namespace: string,
  name: string,
  dryRun: boolean,
  change: (tree: ObjectTree) => void,
): Promise<{ object: ApiObject; resourceVersion: string }> {
  const key = resource.key(namespace, name);
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    const stored = await deps.storage.get(key);
    if (stored === undefined) {
      throw apiErrors.notFound(resource, name);
    }
    const revision = String(stored.modRevision);
    const current = deps.codec.decodeStored(stored.value, resource.storageMessage, revision);
    const tree = JSON.parse(current.json()) as ObjectTree;
    change(tree);
    const object = fromTree(current, tree, resource);
    if (dryRun) {
      return { object, resourceVersion: revision };
    }
    const result = await transactFor(deps, "update", resource, {
      compare: [{ key, target: "modRevision", equals: stored.modRevision }],
      success: [{ type: "put", key, value: object.stored(), leaseId: stored.leaseId }],
    });
    if (result.succeeded) {
      return { object, resourceVersion: String(result.revision) };
    }
  }
  throw apiErrors.conflict(resource, name);
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
