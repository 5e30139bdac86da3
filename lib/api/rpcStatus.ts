import { RpcCode, RpcError } from "../platform/rpc.js";
import type { Status } from "./gen/types/metaV1.js";
import { decodeMessage, encodeMessage } from "./messageCodec.js";
import { ApiError, apiErrors, type StatusReason, statusReasons } from "./status.js";

const detailsKey = "grpc-status-details-bin";
const statusUrl = "type.googleapis.com/k8s.io.apimachinery.pkg.apis.meta.v1.Status";

/** gRPC's code by HTTP's. 409 is told apart by the reason. */
const codes: Readonly<Record<number, RpcCode>> = {
  400: RpcCode.invalidArgument,
  401: RpcCode.unauthenticated,
  403: RpcCode.permissionDenied,
  404: RpcCode.notFound,
  405: RpcCode.unimplemented,
  406: RpcCode.invalidArgument,
  409: RpcCode.aborted,
  410: RpcCode.outOfRange,
  413: RpcCode.resourceExhausted,
  415: RpcCode.invalidArgument,
  422: RpcCode.invalidArgument,
  429: RpcCode.resourceExhausted,
  500: RpcCode.internal,
  503: RpcCode.unavailable,
  504: RpcCode.deadlineExceeded,
};

/** How a Status ends a gRPC call: see proto/steersman/v1/requests.proto. */
export function rpcErrorOf(status: Status): RpcError {
  const isTaken = status.reason === "AlreadyExists";
  const code = isTaken ? RpcCode.alreadyExists : (codes[status.code ?? 500] ?? RpcCode.unknown);
  const message = status.message ?? "";
  const value = encodeMessage("Status", status);
  const details = [{ type_url: statusUrl, value }];
  return new RpcError(code, message, {
    [detailsKey]: encodeMessage("ErrorDetails", { code, message, details }),
  });
}

/** The refusal that a gRPC call ended with; one of an equal meaning where it carries no Status. */
export function apiErrorOf(error: RpcError): ApiError {
  const bytes = error.metadata[detailsKey];
  const status = bytes instanceof Uint8Array ? statusIn(bytes) : undefined;
  return new ApiError(status ?? statusOfCode(error));
}

function statusIn(bytes: Uint8Array): Status | undefined {
  try {
    const { details } = decodeMessage("ErrorDetails", bytes);
    const value = details?.find((detail) => detail.type_url === statusUrl)?.value;
    if (value === undefined) return undefined;
    const status = decodeMessage("Status", value) as Status;
    return { kind: "Status", apiVersion: "v1", ...status, metadata: status.metadata ?? {} };
  } catch {
    return undefined;
  }
}

const reasons: Readonly<Partial<Record<RpcCode, StatusReason>>> = {
  [RpcCode.invalidArgument]: "BadRequest",
  [RpcCode.deadlineExceeded]: "Timeout",
  [RpcCode.notFound]: "NotFound",
  [RpcCode.alreadyExists]: "AlreadyExists",
  [RpcCode.permissionDenied]: "Forbidden",
  [RpcCode.resourceExhausted]: "TooManyRequests",
  [RpcCode.aborted]: "Conflict",
  [RpcCode.outOfRange]: "Expired",
  [RpcCode.unimplemented]: "MethodNotAllowed",
  [RpcCode.unavailable]: "ServiceUnavailable",
  [RpcCode.unauthenticated]: "Unauthorized",
};

function statusOfCode({ code, message }: RpcError): Status {
  const reason = reasons[code];
  const { status } = apiErrors.internal(message);
  if (reason === undefined) return status;
  const { details: _, ...rest } = status;
  return { ...rest, message, reason, code: statusReasons[reason] };
}
