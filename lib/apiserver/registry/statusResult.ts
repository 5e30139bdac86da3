import type { Status } from "../../api/gen/types/metaV1.js";
import type { AuthenticatedRequest } from "../serverRequest.js";
import type { ServerResult } from "../serverResult.js";
import { encodeStatus } from "./encodeStatus.js";
import type { RegistryDependencies } from "./registryDependencies.js";
import { viewOf } from "./responseView.js";

/** A Status as the result of a request that succeeded. */
export function statusResult(
  deps: Pick<RegistryDependencies, "codec">,
  request: AuthenticatedRequest,
  status: Status,
  code: number,
): Extract<ServerResult, { kind: "object" }> {
  const view = viewOf(request);
  const format =
    view.transport === "rpc"
      ? view.format
      : view.accepted.format === "protobuf"
        ? "protobuf"
        : "json";
  return { kind: "object", code, bytes: encodeStatus(deps.codec, status, format), status };
}
