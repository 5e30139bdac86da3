import type { ResourceType } from "../../../lib/api/resourceType.js";
import type { Client } from "../../../lib/client/client.js";
import { objectKey } from "../../../lib/client/informer/indexer.js";
import type { KubernetesObject } from "../../../lib/client/resourceClient.js";

/**
 * Follows a resource until the condition holds over everything of it, and gives that. The test's
 * own timeout is the bound: nothing is polled.
 */
export async function until<T extends KubernetesObject>(
  client: Client,
  type: ResourceType<T>,
  holds: (objects: readonly T[]) => boolean,
  namespace?: string,
): Promise<T[]> {
  const stop = new AbortController();
  const objects = new Map<string, T>();
  const where = namespace === undefined ? {} : { namespace };
  const options = { ...where, signal: stop.signal };
  try {
    for (;;) {
      objects.clear();
      const list = await client.resource(type).list(options);
      for (const object of list.items) objects.set(objectKey(object), object);
      if (holds([...objects.values()])) return [...objects.values()];
      const { resourceVersion = "" } = list.metadata;
      const watch = client.resource(type).watch({ ...options, resourceVersion });
      for await (const event of watch) {
        if (event.type === "BOOKMARK") continue;
        const key = objectKey(event.object);
        if (event.type === "DELETED") objects.delete(key);
        else objects.set(key, event.object);
        if (holds([...objects.values()])) return [...objects.values()];
      }
    }
  } finally {
    stop.abort();
  }
}
