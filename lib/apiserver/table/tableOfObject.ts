import type { ObjectTree } from "../admission/admissionPlugin.js";
import { metadataOf } from "../registry/objectMeta.js";
import type { RegistryDependencies } from "../registry/registryDependencies.js";
import type { AuthenticatedRequest } from "../serverRequest.js";
import type { ServerResult } from "../serverResult.js";
import { type Tabled, TableWriter } from "./tableDocument.js";

/** A Table of one row. */
export function tableOfObject(
  deps: Pick<RegistryDependencies, "clock">,
  request: AuthenticatedRequest,
  resource: Tabled,
  json: Uint8Array,
  code = 200,
): ServerResult {
  const object = JSON.parse(Buffer.from(json).toString("utf8")) as ObjectTree;
  const { resourceVersion } = metadataOf(object);
  const text = new TableWriter(deps, request, resource).write({ resourceVersion }, [object]);
  return { kind: "object", code, bytes: Buffer.from(text) };
}
