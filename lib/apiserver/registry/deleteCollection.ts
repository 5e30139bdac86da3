import { withOwnObjects } from "../../api/ownedCodec.js";
import { apiErrors, hasReason } from "../../api/status.js";
import type { AuthenticatedRequest } from "../serverRequest.js";
import type { ServerResult } from "../serverResult.js";
import { requireUid, runDelete } from "./deleteObject.js";
import {
  type DeleteOptions,
  readDeleteOptions,
  refuseIgnoredReadErrors,
  warnOfDefaultPropagation,
} from "./deleteOptions.js";
import { type ListedItem, listedItems } from "./listedItems.js";
import { collectionResult, readCollection } from "./listObjects.js";
import type { RegistryDependencies } from "./registryDependencies.js";
import type { ServedResource } from "./servedResource.js";

/** Deletions of one request that run at once. */
const concurrency = 8;

/**
 * Deletes the objects of one list and returns that list: whatever the list options leave out
 * (limit, continue, an exact resourceVersion, selectors) stays. An object that has gone since, also
 * where another one has its name now, is no error. The first deletion that fails is the response,
 * once those that run beside it have ended; no further one begins then, nor when the client goes.
 */
export async function deleteCollection(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  resource: ServedResource,
  namespace: string,
): Promise<ServerResult> {
  const options = await readDeleteOptions(deps, request);
  refuseIgnoredReadErrors(options);
  warnOfDefaultPropagation(resource, options, request);
  // Upstream lists in pages here, so that a resourceVersion without a match is exact.
  const read = await readCollection(deps, request, resource, namespace, true);
  await deleteListed(deps, request, resource, listedItems(read.list, read.view.format), options);
  return collectionResult(deps, request, resource, read);
}

async function deleteListed(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  resource: ServedResource,
  items: Generator<ListedItem>,
  options: DeleteOptions,
): Promise<void> {
  const signal = request.signal();
  let failure: { readonly error: unknown } | undefined;
  const worker = async (): Promise<void> => {
    while (failure === undefined) {
      if (signal.aborted) {
        failure = { error: apiErrors.timeout("the client went before everything was deleted") };
        return;
      }
      const item = items.next();
      if (item.done === true) return;
      try {
        await deleteOne(deps, request, resource, item.value, options);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  if (failure !== undefined) throw failure.error;
}

async function deleteOne(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  resource: ServedResource,
  { namespace, name, uid }: ListedItem,
  options: DeleteOptions,
): Promise<void> {
  try {
    const target = { resource, namespace, name, subresource: "" };
    const check = requireUid(target, uid);
    await withOwnObjects(deps, (own) => runDelete(own, request, target, options, check));
  } catch (error) {
    if (!hasReason(error, "NotFound")) throw error;
  }
}
