import type { ApiObject } from "../../api/codec.js";
import { FieldSelector } from "../../api/fields.js";
import { apiErrors } from "../../api/status.js";
import { bytesField } from "../../api/wire.js";
import type { AuthenticatedRequest } from "../serverRequest.js";
import type { ServerResult } from "../serverResult.js";
import { tableOfList } from "../table/tableOfList.js";
import type { RegistryDependencies } from "./registryDependencies.js";
import { isTable, storageView } from "./responseView.js";
import { selectorOf } from "./selectors.js";
import type { ServedResource } from "./servedResource.js";
import { objectResult } from "./writeObject.js";

/** Another component that is asked how it is. */
export interface ComponentCheck {
  readonly name: string;
  /** Resolves with what it says when it is well; rejects with what is wrong. */
  check(): Promise<string>;
}

/** ComponentStatus is not stored: it is how the components are at this moment. */
export async function componentStatuses(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  resource: ServedResource,
  name: string,
): Promise<ServerResult> {
  const checks = [...deps.componentChecks, storeCheck(deps)];
  if (request.info.verb === "get") {
    const check = checks.find((candidate) => candidate.name === name);
    if (check === undefined) {
      throw apiErrors.notFound({ group: "", resource: "componentstatus" }, name);
    }
    return objectResult(deps, request, resource, await statusOf(deps, resource, check), "", 200);
  }
  if (request.info.verb !== "list") {
    throw apiErrors.methodNotSupported(resource, request.info.verb);
  }
  const { options } = request;
  const selector = selectorOf(resource, options);
  const wanted = selector?.labels === undefined ? checks : [];
  const named = wanted.filter((check) =>
    FieldSelector.parse(options.fieldSelector).matches((field) =>
      field === "metadata.name" ? check.name : "",
    ),
  );
  const statuses = await Promise.all(named.map((check) => statusOf(deps, resource, check)));
  const view = storageView(request, resource);
  const items = statuses.map((status) =>
    view.format === "json"
      ? status.encode("json", view.part)
      : bytesField(2, status.encode("message", view.part)),
  );
  const chunks = view.format === "json" ? separated(items) : items;
  const header = {
    apiVersion: resource.apiVersion,
    kind: resource.listKind,
    resourceVersion: "",
    continue: "",
    remainingItemCount: undefined,
  };
  return isTable(request)
    ? tableOfList(deps, request, resource, header, chunks)
    : { kind: "list", header, format: view.format, chunks };
}

function separated(items: readonly Uint8Array[]): Uint8Array[] {
  const comma = Buffer.from(",");
  return items.flatMap((item, index) => (index === 0 ? [item] : [comma, item]));
}

/** Under the name that clients have always seen for the store. */
function storeCheck(deps: RegistryDependencies): ComponentCheck {
  return { name: "etcd-0", check: () => deps.storage.health().then(() => "ok") };
}

async function statusOf(
  deps: RegistryDependencies,
  resource: ServedResource,
  { name, check }: ComponentCheck,
): Promise<ApiObject> {
  const condition = await check().then(
    (message) => ({ type: "Healthy", status: "True", message }),
    (failure: unknown) => ({
      type: "Healthy",
      status: "False",
      message: failure instanceof Error ? failure.message : String(failure),
    }),
  );
  const text = JSON.stringify({ metadata: { name }, conditions: [condition] });
  const decoded = deps.codec.decode(resource.message, Buffer.from(text), { format: "json" });
  if (decoded.object === undefined) {
    throw apiErrors.internal(decoded.errors[0]?.message ?? "");
  }
  return decoded.object;
}
