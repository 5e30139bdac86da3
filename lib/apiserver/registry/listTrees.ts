import type { Selector } from "../../storage/storage.js";
import type { ObjectTree } from "../admission/admissionPlugin.js";
import { parseItems } from "../parseItems.js";
import type { RegistryDependencies } from "./registryDependencies.js";
import type { ServedResource } from "./servedResource.js";

/** Objects of the storage version as trees, for rules that look at few. */
export async function listTrees(
  deps: Pick<RegistryDependencies, "storage">,
  resource: ServedResource,
  namespace: string,
  selector?: Selector,
): Promise<ObjectTree[]> {
  const list = await deps.storage.list({
    prefix: resource.prefix(namespace),
    view: { messageType: resource.storageMessage, format: "json", part: "object" },
    ...(selector === undefined ? {} : { selector }),
  });
  return parseItems<ObjectTree>(list.chunks);
}
