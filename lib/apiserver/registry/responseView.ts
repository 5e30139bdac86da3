import { mediaTypes } from "../../api/mediaTypes.js";
import { listKindOf } from "../../api/resourceType.js";
import { apiErrors } from "../../api/status.js";
import type { View } from "../../storage/storage.js";
import type { Accepted } from "../http/negotiateMediaType.js";
import { mediaTypeNotProduced, notAcceptableView } from "../plainError.js";
import type { ResponseView, ServerRequest } from "../serverRequest.js";
import type { ServedResource } from "./servedResource.js";

export const acceptedMediaTypes: readonly string[] = [
  mediaTypes.json,
  mediaTypes.yaml,
  mediaTypes.protobuf,
];

export const streamedMediaTypes = [mediaTypes.json, mediaTypes.protobuf].map(
  (type) => `${type};stream=watch`,
);

/** Of objects that have no protobuf form. */
export const jsonMediaTypes: readonly string[] = [mediaTypes.json, mediaTypes.yaml];

/** The request's view, or 406 when the client accepts nothing that the server has. */
export function viewOf(request: ServerRequest, resource?: ServedResource): ResponseView {
  if (request.view === undefined) {
    const { info, headers } = request;
    if (resource?.isUnstructured === true) throw apiErrors.notAcceptable(jsonMediaTypes);
    // A form of a media type that the server has gets an error of its own, not the router's.
    if (acceptedMediaTypes.some((type) => String(headers.accept).includes(type))) {
      throw apiErrors.notAcceptable(acceptedMediaTypes);
    }
    const streams = info.isResourceRequest && (info.verb === "list" || info.verb === "watch");
    throw mediaTypeNotProduced(
      streams ? [...acceptedMediaTypes, ...streamedMediaTypes] : acceptedMediaTypes,
    );
  }
  return request.view;
}

/** The view of what has no Table: reviews and tokens, which nobody lists. */
export function viewWithoutTable(request: ServerRequest): ResponseView {
  const view = viewOf(request);
  if (view.transport === "rest" && view.accepted.as === "table" && !view.accepted.takesObject) {
    throw apiErrors.notAcceptable(acceptedMediaTypes);
  }
  return view;
}

export function isTable(request: ServerRequest): boolean {
  return request.view?.transport === "rest" && request.view.accepted.as === "table";
}

/** How storage encodes for this request. YAML and Table are made from JSON. */
export function storageView(request: ServerRequest, resource: ServedResource): View {
  const view = viewOf(request, resource);
  if (view.transport === "rpc") {
    if (resource.isUnstructured && view.format !== "json" && view.part === "object") {
      throw apiErrors.notAcceptable(jsonMediaTypes);
    }
    return { messageType: resource.message, format: view.format, part: view.part };
  }
  const { accepted } = view;
  checkPart(request, resource, accepted.as);
  return {
    messageType: resource.message,
    format: accepted.format === "protobuf" ? "protobuf" : "json",
    part: accepted.as === "metadata" || accepted.as === "metadataList" ? "metadata" : "object",
  };
}

/** Metadata of one object is no response to a request for a list, nor the other way round. */
function checkPart(request: ServerRequest, resource: ServedResource, as: Accepted["as"]): void {
  const { info } = request;
  if (!info.isResourceRequest || (as !== "metadata" && as !== "metadataList")) return;
  const isList = info.verb === "list" || info.verb === "deletecollection";
  if (info.verb === "watch" || isList === (as === "metadataList")) return;
  const room = resource.storage.group.split(".")[0] || "core";
  const { kind } = resource.storage;
  const listKind = listKindOf({ ...resource.type, kind });
  throw notAcceptableView(
    isList
      ? `you requested PartialObjectMetadata, but the requested object is a list (*${room}.${listKind})`
      : `you requested PartialObjectMetadataList, but the requested object is not a list (*${room}.${kind})`,
  );
}
