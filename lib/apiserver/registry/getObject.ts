import { andThen, type MaybePromise } from "../../api/maybePromise.js";
import { apiErrors } from "../../api/status.js";
import type { GetOptions } from "../../storage/storage.js";
import type { AuthenticatedRequest } from "../serverRequest.js";
import type { ServerResult } from "../serverResult.js";
import { tableOfObject } from "../table/tableOfObject.js";
import type { RegistryDependencies } from "./registryDependencies.js";
import { parseResourceVersion, requireReached } from "./resourceVersion.js";
import { isTable, storageView } from "./responseView.js";
import type { ServedResource } from "./servedResource.js";

/** resourceVersion means "not older than" here; the newest always is, once it is reached. */
export function getObject(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  resource: ServedResource,
  namespace: string,
  name: string,
): MaybePromise<ServerResult> {
  const asked = parseResourceVersion(request.options.resourceVersion, "get");
  const waiting = requireReached(deps, request, asked, request.options.resourceVersion);
  const key = resource.key(namespace, name);
  const options = asked === undefined ? undefined : mayBeOld;
  return waiting === undefined
    ? readObject(deps, request, resource, { name, key, options })
    : waiting.then(() => readObject(deps, request, resource, { name, key, options }));
}

interface Wanted {
  readonly name: string;
  readonly key: string;
  readonly options: GetOptions | undefined;
}

const mayBeOld: GetOptions = { mayBeOld: true };

function readObject(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  resource: ServedResource,
  { name, key, options }: Wanted,
): MaybePromise<ServerResult> {
  const view = storageView(request, resource);
  const reading = deps.metrics.storage.measure(deps.clock, "get", resource, () =>
    deps.storage.getEncoded(key, view, options),
  );
  return andThen(reading, (found) => {
    if (found === undefined) throw apiErrors.notFound(resource, name);
    return isTable(request)
      ? tableOfObject(deps, request, resource, found.bytes)
      : { kind: "object", code: 200, bytes: found.bytes };
  });
}
