import { listKindOf } from "../../api/scheme.js";
import { ApiError, apiErrors } from "../../api/status.js";
import {
  type EncodedList,
  type ListOptions,
  type Revision,
  StorageError,
} from "../../storage/storage.js";
import type { AuthenticatedRequest } from "../serverRequest.js";
import type { ListHeader, ServerResult } from "../serverResult.js";
import { tableOfList } from "../table/tableOfList.js";
import { isTable, storageView } from "./answerView.js";
import { decodeContinue, encodeContinue } from "./continueToken.js";
import type { RegistryDependencies } from "./registryDependencies.js";
import { parseResourceVersion, requireReached, validateListOptions } from "./resourceVersion.js";
import { selectorOf } from "./selectors.js";
import type { ServedResource } from "./servedResource.js";

const expiredContinueMessage =
  "The provided continue parameter is too old to display a consistent list result. You can start " +
  "a new list without the continue parameter, or use the continue token in this response to " +
  "retrieve the remainder of the results. Continuing with the provided token results in an " +
  "inconsistent list - objects that were created, modified, or deleted between the time the first " +
  "chunk was returned and now may show up in the list.";

export async function listObjects(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  resource: ServedResource,
  namespace: string,
): Promise<ServerResult> {
  const { options } = request;
  validateListOptions(options, false);
  const view = storageView(request, resource);
  const list = await readList(deps, request, resource, {
    prefix: resource.prefix(namespace),
    view,
  });
  const header = headerOf(resource, list, resource.prefix(namespace), view.part === "metadata");
  if (isTable(request)) {
    return tableOfList(deps, request, resource, header, list.chunks);
  }
  return { kind: "list", header, format: view.format, chunks: list.chunks };
}

async function readList(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  resource: ServedResource,
  what: Pick<ListOptions, "prefix" | "view">,
): Promise<EncodedList> {
  const { options, info } = request;
  const name = info.isResourceRequest ? info.name : "";
  const selector = selectorOf(resource, options, name);
  const from = startOf(deps, options, what.prefix);
  try {
    const list = await deps.metrics.storage.measure(deps.clock, "list", resource, () =>
      deps.storage.list({
        ...what,
        ...from,
        ...(selector === undefined ? {} : { selector }),
        ...(options.limit > 0 ? { limit: options.limit } : {}),
      }),
    );
    deps.metrics.storage.listed(resource, list.count);
    return list;
  } catch (error) {
    throw listError(error, from, what.prefix);
  }
}

/**
 * Which revision is read, and after which key, by upstream's table of resourceVersion and its
 * match.
 */
function startOf(
  deps: RegistryDependencies,
  options: AuthenticatedRequest["options"],
  prefix: string,
): Pick<ListOptions, "revision" | "startAfterKey"> {
  const asked = parseResourceVersion(options.resourceVersion, "list");
  const current = deps.storage.currentRevision();
  if (options.continue !== "") {
    if (asked !== undefined && asked !== 0) {
      throw apiErrors.badRequest("specifying resource version is not allowed when using continue");
    }
    const token = decodeContinue(options.continue, prefix);
    if (token.revision > current) {
      throw apiErrors.tooLargeResourceVersion(String(token.revision), String(current));
    }
    return {
      startAfterKey: token.lastKey,
      ...(token.revision < 0 ? {} : { revision: token.revision }),
    };
  }
  requireReached(options, asked, current);
  const match = options.resourceVersionMatch;
  const exact = match === "Exact" || (match === "" && options.limit > 0);
  return asked !== undefined && asked !== 0 && exact ? { revision: asked } : {};
}

function listError(
  error: unknown,
  from: Pick<ListOptions, "revision" | "startAfterKey">,
  prefix: string,
): unknown {
  if (!(error instanceof StorageError) || error.reason !== "compacted") {
    return error;
  }
  if (from.startAfterKey === undefined) {
    return apiErrors.expired("The resourceVersion for the provided list is too old.");
  }
  const inconsistent = { revision: -1, lastKey: from.startAfterKey };
  const { status } = apiErrors.expired(expiredContinueMessage);
  return new ApiError({
    ...status,
    metadata: { continue: encodeContinue(inconsistent, prefix) },
  });
}

function headerOf(
  resource: ServedResource,
  list: { revision: Revision; nextKey?: string; remainingCount?: number },
  prefix: string,
  metadataOnly: boolean,
): ListHeader {
  return {
    apiVersion: metadataOnly ? "meta.k8s.io/v1" : resource.apiVersion,
    kind: metadataOnly ? "PartialObjectMetadataList" : listKindOf(resource.kind),
    resourceVersion: String(list.revision),
    continue:
      list.nextKey === undefined
        ? ""
        : encodeContinue({ revision: list.revision, lastKey: list.nextKey }, prefix),
    remainingItemCount: list.nextKey === undefined ? undefined : list.remainingCount,
  };
}
