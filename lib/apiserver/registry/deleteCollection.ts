import { hasReason } from "../../api/status.js";
import type { AuthenticatedRequest } from "../serverRequest.js";
import type { ServerResult } from "../serverResult.js";
import { runDelete } from "./deleteObject.js";
import { readDeleteOptions } from "./deleteOptions.js";
import { listObjects } from "./listObjects.js";
import type { RegistryDependencies } from "./registryDependencies.js";
import { selectorOf } from "./selectors.js";
import type { ServedResource } from "./servedResource.js";

/** Deletions that run at once. */
const concurrency = 8;

/** Deletes what a list would give and answers that list. What vanishes meanwhile is no error. */
export async function deleteCollection(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  resource: ServedResource,
  namespace: string,
): Promise<ServerResult> {
  const options = await readDeleteOptions(deps, request);
  const answer = await listObjects(deps, request, resource, namespace);
  const names = await matchingNames(deps, request, resource, namespace);
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < names.length) {
      const item = names[next];
      next += 1;
      if (item !== undefined) {
        await deleteOne(deps, request, resource, item, options);
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return answer;
}

async function deleteOne(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  resource: ServedResource,
  item: { namespace: string; name: string },
  options: Awaited<ReturnType<typeof readDeleteOptions>>,
): Promise<void> {
  try {
    await runDelete(deps, request, { resource, ...item, subresource: "" }, options);
  } catch (error) {
    if (!hasReason(error, "NotFound")) {
      throw error;
    }
  }
}

async function matchingNames(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  resource: ServedResource,
  namespace: string,
): Promise<{ namespace: string; name: string }[]> {
  const selector = selectorOf(resource, request.options);
  const list = await deps.storage.list({
    prefix: resource.prefix(namespace),
    view: { messageType: resource.storageMessage, format: "json", part: "metadata" },
    ...(selector === undefined ? {} : { selector }),
  });
  const text = Buffer.concat(list.chunks).toString("utf8");
  const items = JSON.parse(`[${text}]`) as { metadata: { namespace?: string; name: string } }[];
  return items.map(({ metadata }) => ({
    namespace: metadata.namespace ?? "",
    name: metadata.name,
  }));
}
