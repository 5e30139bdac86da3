import type { ResourceReference } from "../../api/gen/rpcMessages.js";
import { mediaTypes } from "../../api/mediaTypes.js";
import { decodeMessage, encodeMessage } from "../../api/messageCodec.js";
import { dynamicPath, type RpcMethod, rpcMethods } from "../../api/rpcMethods.js";
import { rpcErrorOf } from "../../api/rpcStatus.js";
import { ApiError, apiErrors } from "../../api/status.js";
import { type ApiVerb, apiVerbs } from "../../api/verbs.js";
import type { RpcCall, RpcHandler, RpcHandlers, RpcSend } from "../../platform/rpc.js";
import { negotiateMediaType } from "../http/negotiateMediaType.js";
import type { UserInfo } from "../identity.js";
import type { Pipeline } from "../pipeline.js";
import type { LoggedRequest, RequestLog } from "../requestLog.js";
import type { ServerResult } from "../serverResult.js";
import { warningValues } from "../warningValues.js";
import { type RpcRequestParts, type RpcView, rpcServerRequest } from "./rpcServerRequest.js";
import { sendList, sendWatch } from "./rpcStreams.js";

export interface RpcHandlersOptions {
  readonly pipeline: Pipeline;
  /**
   * Neither authenticated nor authorized: the plain listener's user, or a caller of this process.
   */
  readonly trustedUser: UserInfo | undefined;
  /** Not authenticated but authorized: a component of this process under its own identity. */
  readonly knownUser: UserInfo | undefined;
  /** Calls back when the server stops, so that watches end; returns what forgets it. */
  readonly onStop: (callback: () => void) => () => void;
  /** Absent where requests are not logged. */
  readonly requestLog?: RequestLog;
}

/** The typed services and the dynamic one, over the same pipeline as REST. */
export function makeRpcHandlers(options: RpcHandlersOptions): RpcHandlers {
  const handlers = new Map<string, RpcHandler>();
  for (const path of [...rpcMethods().keys(), ...apiVerbs.map(dynamicPath)]) {
    const handler = makeRpcHandler(options, path);
    if (handler !== undefined) {
      handlers.set(path, handler);
    }
  }
  return handlers;
}

/** One method's handler; undefined where nothing is served. */
export function makeRpcHandler(options: RpcHandlersOptions, path: string): RpcHandler | undefined {
  const method = rpcMethods().get(path);
  if (method !== undefined) {
    return method.resource.enabledByDefault ? typedHandler(options, method) : undefined;
  }
  const verb = apiVerbs.find((candidate) => dynamicPath(candidate) === path);
  return verb === undefined ? undefined : dynamicHandler(options, verb);
}

function typedHandler(options: RpcHandlersOptions, method: RpcMethod): RpcHandler {
  const { group, version, resource } = method.resource;
  const reference = { group, version, resource, subresource: method.subresource };
  return handlerOf(options, method.verb, () => ({
    reference,
    view: { format: "message", part: "object" },
  }));
}

function dynamicHandler(options: RpcHandlersOptions, verb: ApiVerb): RpcHandler {
  return handlerOf(options, verb, (parts) => {
    if (parts.resource?.resource === undefined) {
      throw apiErrors.badRequest("a dynamic call names its resource");
    }
    return { reference: parts.resource, view: dynamicView(parts.accept ?? "") };
  });
}

/** As in REST, but for YAML and Tables, which no program asks for. */
function dynamicView(accept: string): RpcView {
  const accepted = accept === "" ? negotiateMediaType(undefined) : negotiateMediaType(accept);
  if (
    accepted === undefined ||
    accepted.format === "yaml" ||
    accepted.as === "table" ||
    accepted.asVersion !== "v1" ||
    accepted.discoveryVersion !== undefined
  ) {
    throw apiErrors.notAcceptable([mediaTypes.json, mediaTypes.protobuf]);
  }
  return { format: accepted.format, part: accepted.as === "object" ? "object" : "metadata" };
}

type Addressing = (parts: RpcRequestParts) => { reference: ResourceReference; view: RpcView };

function handlerOf(options: RpcHandlersOptions, verb: ApiVerb, address: Addressing): RpcHandler {
  const mayWait = verb === "get" || verb === "list";
  const isStream = verb === "list" || verb === "watch" || verb === "deletecollection";
  if (isStream) {
    return {
      kind: "serverStream",
      mayWait,
      handle: (call, bytes, send) =>
        withStatus(options, call, async () => {
          const { result, view } = await resultOf(options, verb, address, call, bytes);
          await stream(options, result, view, call, send);
        }),
    };
  }
  return {
    kind: "unary",
    mayWait,
    handle: (call, bytes) =>
      withStatus(options, call, async () => {
        const { result, view } = await resultOf(options, verb, address, call, bytes);
        return unaryResponse(result, verb, view);
      }),
  };
}

/** Errors end the call with their code and the whole Status. The log has a line of each call. */
async function withStatus<T>(
  { requestLog }: RpcHandlersOptions,
  call: RpcCall,
  work: () => Promise<T>,
): Promise<T> {
  const begun = requestLog?.begun() ?? 0;
  const log = (status: number): void => requestLog?.ended(begun, loggedCall(call), status);
  try {
    const result = await work();
    log(200);
    return result;
  } catch (error) {
    log(error instanceof ApiError ? error.code : 500);
    throw error instanceof ApiError ? rpcErrorOf(error.status) : error;
  }
}

function loggedCall({ method, connection, metadata }: RpcCall): LoggedRequest {
  const agent = metadata["x-user-agent"] ?? metadata["user-agent"];
  return {
    info: undefined,
    method: method.slice(method.lastIndexOf("/") + 1),
    target: method,
    userAgent: typeof agent === "string" ? agent : "",
    auditId: "",
    connection,
  };
}

async function resultOf(
  options: RpcHandlersOptions,
  verb: ApiVerb,
  address: Addressing,
  call: RpcCall,
  bytes: Uint8Array,
): Promise<{ result: ServerResult; view: RpcView }> {
  const parts = readParts(verb, bytes);
  const { reference, view } = address(parts);
  const request = rpcServerRequest(options, verb, call, parts, reference, view);
  const result = await options.pipeline.handle(request);
  if (request.warnings.length > 0) {
    call.sendInitialMetadata({ warning: warningValues(request.warnings).join(", ") });
  }
  return { result, view };
}

function readParts(verb: ApiVerb, bytes: Uint8Array): RpcRequestParts {
  try {
    switch (verb) {
      case "get":
        return decodeMessage("GetRequest", bytes);
      case "list":
        return decodeMessage("ListRequest", bytes);
      case "watch":
        return decodeMessage("WatchRequest", bytes);
      case "create":
        return decodeMessage("CreateRequest", bytes);
      case "update":
        return decodeMessage("UpdateRequest", bytes);
      case "patch":
        return decodeMessage("PatchRequest", bytes);
      case "delete":
        return decodeMessage("DeleteRequest", bytes);
      case "deletecollection": {
        const { listOptions, ...rest } = decodeMessage("DeleteCollectionRequest", bytes);
        return listOptions === undefined ? rest : { ...rest, options: listOptions };
      }
    }
  } catch (error) {
    throw apiErrors.badRequest(error instanceof Error ? error.message : String(error));
  }
}

function unaryResponse(result: ServerResult, verb: ApiVerb, view: RpcView): Uint8Array {
  if (result.kind !== "object") {
    throw apiErrors.internal(`${verb} gave ${result.kind}`);
  }
  if (verb === "delete") {
    return result.status === undefined
      ? encodeMessage("DeleteResponse", { object: result.bytes })
      : encodeMessage("DeleteResponse", { status: result.status });
  }
  // Typed methods return the object itself, the dynamic ones an envelope around its bytes.
  return view.format === "message"
    ? result.bytes
    : encodeMessage("ObjectResponse", { object: result.bytes });
}

async function stream(
  options: RpcHandlersOptions,
  result: ServerResult,
  view: RpcView,
  call: RpcCall,
  send: RpcSend,
): Promise<void> {
  if (result.kind === "list") {
    await sendList(result, view, send);
  } else if (result.kind === "watch") {
    // What its client does not take is counted from then on.
    result.session.onStateSent(() => call.hold?.(0, () => undefined));
    await sendWatch(result.session, call, send, options.onStop);
  } else {
    throw apiErrors.internal(`a stream gave ${result.kind}`);
  }
}
