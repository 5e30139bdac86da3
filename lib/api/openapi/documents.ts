import { builtInKinds } from "../builtInKinds.js";
import { type ServedGroup, servedGroups } from "../discovery.js";
import { documents } from "../gen/openapi/index.js";

/** A document as it was prepared: gzip, which clients that accept it get as it is. */
export interface OpenApiDocument {
  readonly gzip: Uint8Array;
  /** Changes with the content; `hash` of the index's addresses. */
  readonly hash: string;
}

/**
 * The media type that clients ask /openapi/v2 for, and the one that the response must have: Go
 * cannot parse the first.
 */
export const openApiV2ProtobufAccept = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
export const openApiV2ProtobufType = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

/** OpenAPI 2 of the API that is served by default, in gzip, as JSON or as protobuf. */
export async function openApiV2(form: "json" | "protobuf"): Promise<Uint8Array> {
  const { data } =
    form === "json"
      ? await import("../gen/openapi/v2Json.js")
      : await import("../gen/openapi/v2Protobuf.js");
  return Buffer.from(data, "base64");
}

/**
 * The body of `/openapi/v3`: where the documents of what is served are, by paths like
 * `apis/apps/v1`.
 */
export function openApiV3Index(groups: readonly ServedGroup[] = servedGroups(builtInKinds)): {
  paths: Record<string, { serverRelativeURL: string }>;
} {
  const served = new Set(["api", "apis", "version"]);
  for (const { name, versions } of groups) {
    const path = name === "" ? "api" : `apis/${name}`;
    served.add(path);
    for (const { version } of versions) served.add(`${path}/${version}`);
  }
  const paths: Record<string, { serverRelativeURL: string }> = {};
  for (const [path, { hash }] of Object.entries(documents)) {
    if (served.has(path)) {
      paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` };
    }
  }
  return { paths };
}

/** One document of OpenAPI 3, as JSON; undefined where there is none at this path. */
export async function openApiV3(path: string): Promise<OpenApiDocument | undefined> {
  if (!Object.hasOwn(documents, path)) return undefined;
  const { hash, load } = documents[path]!;
  return { gzip: Buffer.from(await load(), "base64"), hash };
}
