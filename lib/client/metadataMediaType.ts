import type { ApiVerb } from "../api/verbs.js";

/** The media type by which a verb is answered with metadata only (API concepts). */
export function metadataMediaType(verb: ApiVerb): string {
  const isList = verb === "list" || verb === "deletecollection";
  const kind = isList ? "PartialObjectMetadataList" : "PartialObjectMetadata";
  return `application/json;as=${kind};g=meta.k8s.io;v=v1`;
}
