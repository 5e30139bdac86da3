import { apiErrors } from "../../api/status.js";
import type { View } from "../../storage/storage.js";
import type { AnswerView, ServerRequest } from "../serverRequest.js";
import type { ServedResource } from "./servedResource.js";

export const acceptedMediaTypes: readonly string[] = [
  "application/json",
  "application/yaml",
  "application/vnd.kubernetes.protobuf",
];

/** The request's view, or 406 when the client accepts nothing that the server has. */
export function viewOf(request: ServerRequest): AnswerView {
  if (request.view === undefined) {
    throw apiErrors.notAcceptable(acceptedMediaTypes);
  }
  return request.view;
}

export function isTable(request: ServerRequest): boolean {
  return request.view?.transport === "rest" && request.view.accepted.as === "table";
}

/** How storage encodes for this request. YAML and Table are made from JSON. */
export function storageView(request: ServerRequest, resource: ServedResource): View {
  const view = viewOf(request);
  if (view.transport === "rpc") {
    return { messageType: resource.message, format: view.format, part: "object" };
  }
  const { accepted } = view;
  return {
    messageType: resource.message,
    format: accepted.format === "protobuf" ? "protobuf" : "json",
    part: accepted.as === "metadata" || accepted.as === "metadataList" ? "metadata" : "object",
  };
}
