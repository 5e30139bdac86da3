import type { ApiObject } from "../../api/codec.js";
import { listKindOf } from "../../api/scheme.js";
import { apiErrors } from "../../api/status.js";
import type { AuthenticatedRequest } from "../serverRequest.js";
import type { ServerResult } from "../serverResult.js";
import { tableOfList } from "../table/tableOfList.js";
import { isTable, storageView } from "./answerView.js";
import { bytesField } from "./protobufBytes.js";
import type { RegistryDependencies } from "./registryDependencies.js";
import type { ServedResource } from "./servedResource.js";
import { answerObject } from "./writeObject.js";

/** The name that clients have always seen for the store. */
const storeName = "etcd-0";

/** ComponentStatus is not stored: it is how the store is at this moment. */
export async function componentStatuses(
  deps: RegistryDependencies,
  request: AuthenticatedRequest,
  resource: ServedResource,
  name: string,
): Promise<ServerResult> {
  const status = await storeStatus(deps, resource);
  if (name !== "") {
    if (name !== storeName) {
      throw apiErrors.notFound({ group: "", resource: "componentstatus" }, name);
    }
    return answerObject(deps, request, resource, status, "", 200);
  }
  const view = storageView(request, resource);
  const item =
    view.format === "json"
      ? status.encode("json", view.part)
      : bytesField(2, status.encode("message", view.part));
  const header = {
    apiVersion: resource.apiVersion,
    kind: listKindOf(resource.kind),
    resourceVersion: "",
    continue: "",
    remainingItemCount: undefined,
  };
  return isTable(request)
    ? tableOfList(deps, request, resource, header, [item])
    : { kind: "list", header, format: view.format, chunks: [item] };
}

async function storeStatus(
  deps: RegistryDependencies,
  resource: ServedResource,
): Promise<ApiObject> {
  const error = await deps.storage.health().then(
    () => "",
    (failure: unknown) => (failure instanceof Error ? failure.message : String(failure)),
  );
  const healthy = error === "";
  const condition = {
    type: "Healthy",
    status: healthy ? "True" : "False",
    ...(healthy ? { message: "ok" } : { error }),
  };
  const text = JSON.stringify({ metadata: { name: storeName }, conditions: [condition] });
  const decoded = deps.codec.decode(resource.message, Buffer.from(text), { format: "json" });
  if (decoded.object === undefined) {
    throw apiErrors.internal(decoded.errors[0]?.message ?? "");
  }
  return decoded.object;
}
