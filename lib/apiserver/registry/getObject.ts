import { apiErrors } from "../../api/status.js";
import type { AuthenticatedRequest } from "../serverRequest.js";
import type { ServerResult } from "../serverResult.js";
import { tableOfObject } from "../table/tableOfObject.js";
import { isTable, storageView } from "./answerView.js";
import type { RegistryDependencies } from "./registryDependencies.js";
import { parseResourceVersion, requireReached } from "./resourceVersion.js";
import type { ServedResource } from "./servedResource.js";

/** resourceVersion means "not older than" here; the newest always is, once it is reached. */
export async function getObject(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  resource: ServedResource,
  namespace: string,
  name: string,
): Promise<ServerResult> {
  const asked = parseResourceVersion(request.options.resourceVersion, "get");
  await requireReached(deps, request, asked, request.options.resourceVersion);
  const view = storageView(request, resource);
  const found = await deps.metrics.storage.measure(deps.clock, "get", resource, () =>
    deps.storage.getEncoded(resource.key(namespace, name), view),
  );
  if (found === undefined) {
    throw apiErrors.notFound(resource, name);
  }
  return isTable(request)
    ? tableOfObject(deps, request, resource, found.bytes)
    : { kind: "object", code: 200, bytes: found.bytes };
}
