import type { ApiObject } from "../../api/codec.js";
import { andThen, type MaybePromise } from "../../api/maybePromise.js";
import { apiErrors } from "../../api/status.js";
import type { ObjectTree } from "../admission/admissionPlugin.js";
import { guaranteedUpdate } from "./guaranteedUpdate.js";
import { decodeStored, storedOf, treeOf } from "./longObjects.js";
import type { RegistryDependencies } from "./registryDependencies.js";
import type { ServedResource } from "./servedResource.js";
import { fromTree } from "./writeObject.js";

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
 * Changes one object without its strategy, for rules of the server itself (binding, eviction). What
 * changes nothing is not written. NotFound when it is absent; throws what `change` throws.
 */
export function rawUpdate(
  deps: RegistryDependencies,
  resource: ServedResource,
  namespace: string,
  name: string,
  dryRun: boolean,
  change: RawChange,
): MaybePromise<RawUpdated> {
  return guaranteedUpdate<RawUpdated>(deps, {
    resource,
    namespace,
    name,
    operation: "update",
    retries: true,
    propose({ stored }) {
      if (stored === undefined) throw apiErrors.notFound(resource, name);
      return andThen(decodeStored(deps, stored, resource), (current) =>
        andThen(changed(deps, resource, current, change), (object) => {
          const result = (resourceVersion: string) => ({ object, resourceVersion });
          if (dryRun || object.equals(current, true)) return { result };
          return andThen(storedOf(deps, object), (value) => ({ write: { value }, result }));
        }),
      );
    },
  });
}

function changed(
  deps: RegistryDependencies,
  resource: ServedResource,
  current: ApiObject,
  change: RawChange,
): MaybePromise<ApiObject> {
  const native = change.native?.(current);
  if (native !== undefined) return native;
  return andThen(treeOf(deps, current), (tree) => {
    change.tree(tree, current);
    return fromTree(deps, current, tree, resource, current);
  });
}

/** The stored object as a tree; undefined where there is none. */
export async function readTree(
  deps: Pick<RegistryDependencies, "storage" | "codec">,
  resource: ServedResource,
  namespace: string,
  name: string,
): Promise<ObjectTree | undefined> {
  const stored = await deps.storage.get(resource.key(namespace, name));
  if (stored === undefined) return undefined;
  const revision = String(stored.modRevision);
  const object = deps.codec.decodeStored(stored.value, resource.storageMessage, revision);
  return JSON.parse(object.json()) as ObjectTree;
}
