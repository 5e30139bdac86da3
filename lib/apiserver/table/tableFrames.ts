import type { ObjectTree } from "../admission/admissionPlugin.js";
import { metadataOf } from "../registry/objectMeta.js";
import type { RegistryDependencies } from "../registry/registryDependencies.js";
import type { ServedResource } from "../registry/servedResource.js";
import type { AuthenticatedRequest } from "../serverRequest.js";
import { TableWriter } from "./tableDocument.js";

/**
 * Rewrites a watch's JSON frames: each object becomes a Table of one row, columns only in the
 * first. A bookmark is a row as well: its annotations are its object's.
 */
export function tableFrames(
  deps: Pick<RegistryDependencies, "clock">,
  request: AuthenticatedRequest,
  resource: ServedResource,
): (frames: Uint8Array) => Uint8Array {
  const writer = new TableWriter(deps, request, resource);
  let first = true;
  return (frames) => {
    const text = Buffer.from(frames).toString("utf8");
    const lines: string[] = [];
    for (const line of text.split("\n")) {
      if (line === "") {
        continue;
      }
      const { type, object } = JSON.parse(line) as { type: string; object: ObjectTree };
      if (type === "ERROR") {
        lines.push(line, "\n");
        continue;
      }
      const { resourceVersion } = metadataOf(object);
      const table = writer.write({ resourceVersion }, [object], first);
      first = false;
      lines.push(`{"type":"${type}","object":${table}}\n`);
    }
    return Buffer.from(lines.join(""));
  };
}
