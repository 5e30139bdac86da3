import { FieldSelector } from "../../api/fields.js";
import type {
  DeleteOptions,
  ListOptions,
  PatchOptions,
  ResourceReference,
} from "../../api/gen/rpcMessages.js";
import { mediaTypes } from "../../api/mediaTypes.js";
import { type ApiVerb, methodOfVerb } from "../../api/verbs.js";
import type { RpcCall } from "../../platform/rpc.js";
import type { UserInfo } from "../identity.js";
import { bareMessage } from "../registry/decodeBody.js";
import type { ResourceRequestInfo } from "../requestInfo.js";
import { noOptions, type RequestOptions } from "../requestOptions.js";
import type { ServerRequest } from "../serverRequest.js";

/** In which form a call's objects go out: bare messages of typed services, or the dynamic one's. */
export interface RpcView {
  readonly format: "message" | "json" | "protobuf";
  /** metadata: PartialObjectMetadata of meta.k8s.io/v1; of the dynamic service only. */
  readonly part: "object" | "metadata";
}

/** What the request messages have between them. */
export interface RpcRequestParts {
  readonly namespace?: string;
  readonly name?: string;
  readonly object?: Uint8Array;
  readonly patch?: Uint8Array;
  readonly patchType?: string;
  readonly mediaType?: string;
  readonly options?: ListOptions & PatchOptions & DeleteOptions;
  readonly deleteOptions?: DeleteOptions;
  readonly resource?: ResourceReference;
  readonly accept?: string;
}

export interface RpcIdentities {
  readonly trustedUser: UserInfo | undefined;
  readonly knownUser: UserInfo | undefined;
}

/** The request as the pipeline takes it. */
export function rpcServerRequest(
  identities: RpcIdentities,
  verb: ApiVerb,
  call: RpcCall,
  parts: RpcRequestParts,
  reference: ResourceReference,
  view: RpcView,
): ServerRequest {
  const headers = headersOf(call);
  const { "user-agent": ownAgent, "x-user-agent": agent = ownAgent } = call.metadata;
  const { body, contentType } = bodyOf(verb, parts, view);
  return {
    info: infoOf(verb, parts, reference),
    method: methodOfVerb[verb],
    query: undefined,
    options: optionsOf(verb, parts),
    view: { transport: "rpc", ...view },
    contentType,
    userAgent: typeof agent === "string" ? agent : "",
    headers,
    connection: call.connection,
    trustedUser: identities.trustedUser,
    knownUser: identities.knownUser,
    signal: () => call.signal,
    readBody: () => body,
    connectTransport: undefined,
    hold: call.hold === undefined ? undefined : (bytes, onTaken) => call.hold?.(bytes, onTaken),
    room: (isLarge) => call.room?.(isLarge),
    warnings: [],
  };
}

function infoOf(
  verb: ApiVerb,
  parts: RpcRequestParts,
  reference: ResourceReference,
): ResourceRequestInfo {
  const { group = "", version = "", resource = "", subresource = "" } = reference;
  const namespace =
    group === "" && resource === "namespaces" ? (parts.name ?? "") : (parts.namespace ?? "");
  return {
    isResourceRequest: true,
    verb,
    authorizationVerb: verb,
    group,
    version,
    resource,
    subresource,
    namespace,
    name: parts.name || exactName(verb, parts),
    subpath: "",
    path: `/${group}/${version}/${resource}`,
    labelSelector: parts.options?.labelSelector ?? "",
    fieldSelector: parts.options?.fieldSelector ?? "",
  };
}

/** As REST: a list or watch of one name is authorized for that name. */
function exactName(verb: ApiVerb, parts: RpcRequestParts): string {
  const text = parts.options?.fieldSelector ?? "";
  if ((verb !== "list" && verb !== "watch") || !text.includes("metadata.name")) {
    return "";
  }
  try {
    return FieldSelector.parse(text).requiredValue("metadata.name") ?? "";
  } catch {
    return "";
  }
}

function optionsOf(verb: ApiVerb, parts: RpcRequestParts): RequestOptions {
  const { options } = parts;
  if (options === undefined) {
    return verb === "watch" ? { ...noOptions, watch: true } : noOptions;
  }
  return {
    ...noOptions,
    labelSelector: options.labelSelector ?? "",
    fieldSelector: options.fieldSelector ?? "",
    watch: verb === "watch",
    allowWatchBookmarks: options.allowWatchBookmarks ?? false,
    sendInitialEvents: options.sendInitialEvents,
    resourceVersion: options.resourceVersion ?? "",
    resourceVersionMatch: options.resourceVersionMatch ?? "",
    timeoutSeconds: options.timeoutSeconds,
    limit: options.limit ?? 0,
    continue: options.continue ?? "",
    dryRun: options.dryRun ?? [],
    fieldManager: options.fieldManager ?? "",
    fieldValidation: options.fieldValidation ?? "",
    force: options.force,
  };
}

function bodyOf(
  verb: ApiVerb,
  parts: RpcRequestParts,
  view: RpcView,
): { body: Uint8Array; contentType: string } {
  switch (verb) {
    case "create":
    case "update":
      return {
        body: parts.object ?? new Uint8Array(),
        contentType: view.format === "message" ? bareMessage : (parts.mediaType ?? ""),
      };
    case "patch":
      return { body: parts.patch ?? new Uint8Array(), contentType: parts.patchType ?? "" };
    case "delete":
      return deleteBody(parts.options);
    case "deletecollection":
      return deleteBody(parts.deleteOptions);
    default:
      return { body: new Uint8Array(), contentType: "" };
  }
}

/** The messages' fields are called as in JSON. */
function deleteBody(options: DeleteOptions | undefined): { body: Uint8Array; contentType: string } {
  const body = options === undefined ? new Uint8Array() : Buffer.from(JSON.stringify(options));
  return { body, contentType: mediaTypes.json };
}

function headersOf(call: RpcCall): Record<string, string | readonly string[]> {
  const headers: Record<string, string | readonly string[]> = {};
  for (const [name, value] of Object.entries(call.metadata)) {
    if (typeof value === "string") {
      headers[name] = value;
    }
  }
  return Object.assign(headers, call.repeated);
}
