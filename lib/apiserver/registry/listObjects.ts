import { ApiError, apiErrors } from "../../api/status.js";
import type { PipeEnd } from "../../platform/network.js";
import {
  type EncodedList,
  type ListOptions,
  type Revision,
  StorageError,
  unreadableKey,
  type View,
} from "../../storage/storage.js";
import { ListStream } from "../listStream.js";
import type { AuthenticatedRequest } from "../serverRequest.js";
import type { ListHeader, ServerResult } from "../serverResult.js";
import { tableOfList } from "../table/tableOfList.js";
import { decodeContinue, encodeContinue } from "./continueToken.js";
import type { RegistryDependencies } from "./registryDependencies.js";
import { parseResourceVersion, requireReached, validateListOptions } from "./resourceVersion.js";
import { isTable, storageView } from "./responseView.js";
import { selectorOf } from "./selectors.js";
import type { ServedResource } from "./servedResource.js";

const expiredContinueMessage =
  "The provided continue parameter is too old to display a consistent list result. You can start " +
  "a new list without the continue parameter, or use the continue token in this response to " +
  "retrieve the remainder of the results. Continuing with the provided token results in an " +
  "inconsistent list - objects that were created, modified, or deleted between the time the first " +
  "chunk was returned and now may show up in the list.";

/** One read of a collection, in the form that the request wants it in. */
export interface CollectionRead {
  readonly list: EncodedList;
  readonly view: View;
  readonly header: ListHeader;
}

export async function listObjects(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  resource: ServedResource,
  namespace: string,
): Promise<ServerResult> {
  const isPaged = request.options.limit > 0;
  if (request.takesSource === true) {
    const stream = await streamCollection(deps, request, resource, namespace, isPaged);
    if (stream !== undefined) return { kind: "listStream", stream };
  }
  const read = await readCollection(deps, request, resource, namespace, isPaged);
  return collectionResult(deps, request, resource, read);
}

type ListStart = Pick<ListOptions, "revision" | "startAfterKey" | "mayBeOld">;

/** Shorter lists are sent in one piece, with their length. */
const leastStreamed = 500;

/** Undefined where the list has to pass through here. */
async function streamCollection(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  resource: ServedResource,
  namespace: string,
  isPaged: boolean,
): Promise<ListStream | undefined> {
  const { options } = request;
  const { direct } = deps.storage;
  const isWhole = limitOf(request) === 0 && options.continue === "";
  if (direct === undefined || !isWhole) return undefined;
  const prefix = resource.prefix(namespace);
  if (isTable(request) || (await deps.storage.count(prefix)) < leastStreamed) return undefined;
  const asked = askedOf(request, resource, prefix);
  const from = await startOf(deps, request, prefix, isPaged);
  try {
    const source = await direct.list({ ...asked, ...from });
    const isPartial = asked.view.part === "metadata";
    const header = headerOf(resource, { revision: source.revision }, prefix, isPartial);
    const stream = new ListStream(source, header);
    const started = deps.clock.monotonic();
    const end = ({ count }: PipeEnd): void => {
      const seconds = (deps.clock.monotonic() - started) / 1000;
      deps.metrics.storage.observe("list", resource, seconds);
      deps.metrics.storage.listed(resource, count);
    };
    stream.on({ end });
    return stream;
  } catch (error) {
    throw listError(error, from, prefix, resource);
  }
}

/** What is asked of storage, wherever the list begins. Throws for options that cannot be. */
function askedOf(
  request: AuthenticatedRequest,
  resource: ServedResource,
  prefix: string,
): Pick<ListOptions, "prefix" | "view" | "selector"> {
  const { options, info } = request;
  validateListOptions(options, false);
  const view = storageView(request, resource);
  const selector = selectorOf(resource, options, info.isResourceRequest ? info.name : "");
  return selector === undefined ? { prefix, view } : { prefix, view, selector };
}

/** Upstream's servers answer resourceVersion 0 from their cache, whole whatever the limit. */
function limitOf({ options }: AuthenticatedRequest): number {
  return options.resourceVersion === "0" ? 0 : options.limit;
}

/**
 * Reads what the request's list options select. `isPaged` says whether a resourceVersion without a
 * match is that exact revision, as it is for pages, or the oldest that may be returned.
 */
export async function readCollection(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  resource: ServedResource,
  namespace: string,
  isPaged: boolean,
): Promise<CollectionRead> {
  const prefix = resource.prefix(namespace);
  const asked = askedOf(request, resource, prefix);
  const { view } = asked;
  const from = await startOf(deps, request, prefix, isPaged);
  const limit = limitOf(request);
  try {
    const list = await deps.metrics.storage.measure(deps.clock, "list", resource, () =>
      deps.storage.list({ ...asked, ...from, ...(limit > 0 ? { limit } : {}) }),
    );
    deps.metrics.storage.listed(resource, list.count);
    return { list, view, header: headerOf(resource, list, prefix, view.part === "metadata") };
  } catch (error) {
    throw listError(error, from, prefix, resource);
  }
}

export function collectionResult(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  resource: ServedResource,
  { list, view, header }: CollectionRead,
): ServerResult {
  return isTable(request)
    ? tableOfList(deps, request, resource, header, list.chunks)
    : { kind: "list", header, format: view.format, chunks: list.chunks };
}

/**
 * Which revision is read, and after which key, by upstream's table of resourceVersion and its
 * match. Waits for a revision that is still to come.
 */
async function startOf(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  prefix: string,
  isPaged: boolean,
): Promise<ListStart> {
  const { options } = request;
  const asked = parseResourceVersion(options.resourceVersion, "list");
  if (options.continue !== "") {
    if (asked !== undefined && asked !== 0) {
      throw apiErrors.badRequest("specifying resource version is not allowed when using continue");
    }
    const token = decodeContinue(options.continue, prefix);
    await requireReached(deps, request, token.revision, String(token.revision));
    return {
      startAfterKey: token.lastKey,
      ...(token.revision < 0 ? {} : { revision: token.revision }),
    };
  }
  await requireReached(deps, request, asked, options.resourceVersion);
  const match = options.resourceVersionMatch;
  const exact = match === "Exact" || (match === "" && isPaged);
  if (asked === undefined) return {};
  return asked !== 0 && exact ? { revision: asked } : { mayBeOld: true };
}

function listError(
  error: unknown,
  from: ListStart,
  prefix: string,
  resource: ServedResource,
): unknown {
  const unreadable = unreadableKey(error);
  if (unreadable !== undefined)
    return apiErrors.storageRead(resource, unreadable, (error as Error).message);
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
    kind: metadataOnly ? "PartialObjectMetadataList" : resource.listKind,
    resourceVersion: String(list.revision),
    continue:
      list.nextKey === undefined
        ? ""
        : encodeContinue({ revision: list.revision, lastKey: list.nextKey }, prefix),
    remainingItemCount: list.nextKey === undefined ? undefined : list.remainingCount,
  };
}
