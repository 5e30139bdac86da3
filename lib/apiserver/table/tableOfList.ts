import type { ObjectTree } from "../admission/admissionPlugin.js";
import { parseItems } from "../parseItems.js";
import type { RegistryDependencies } from "../registry/registryDependencies.js";
import type { ServedResource } from "../registry/servedResource.js";
import type { AuthenticatedRequest } from "../serverRequest.js";
import type { ListHeader, ServerResult } from "../serverResult.js";
import { TableWriter } from "./tableDocument.js";

/** A Table of a list's items, from their JSON. */
export function tableOfList(
  deps: Pick<RegistryDependencies, "clock">,
  request: AuthenticatedRequest,
  resource: ServedResource,
  header: ListHeader,
  chunks: readonly Uint8Array[],
): ServerResult {
  const items = parseItems<ObjectTree>(chunks);
  const metadata = {
    ...(header.resourceVersion === "" ? {} : { resourceVersion: header.resourceVersion }),
    ...(header.continue === "" ? {} : { continue: header.continue }),
    ...(header.remainingItemCount === undefined
      ? {}
      : { remainingItemCount: header.remainingItemCount }),
  };
  const text = new TableWriter(deps, request, resource).write(metadata, items);
  return { kind: "object", code: 200, bytes: Buffer.from(text) };
}
