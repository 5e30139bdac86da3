import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import {
  openApiV2,
  openApiV2ProtobufAccept,
  openApiV2ProtobufType,
  openApiV3,
  openApiV3Index,
} from "../api/openapi.js";
import type { AuthenticatedRequest } from "./serverRequest.js";
import type { ServerResult } from "./serverResult.js";

const gunzipped = promisify(gunzip);

export const openApiPaths: readonly string[] = ["/openapi/v2", "/openapi/v3", "/openapi/v3/"];

/** /openapi/v2 and /openapi/v3 from the prepared documents; compressed ones go out as they are. */
export async function answerOpenApi(
  request: AuthenticatedRequest,
  path: string,
): Promise<ServerResult | undefined> {
  if (!path.startsWith("/openapi/")) {
    return undefined;
  }
  if (path === "/openapi/v2") {
    return answerV2(request);
  }
  if (path === "/openapi/v3") {
    return {
      kind: "document",
      code: 200,
      contentType: "application/json",
      body: JSON.stringify(openApiV3Index()),
    };
  }
  const document = await openApiV3(path.slice("/openapi/v3/".length));
  if (document === undefined) {
    return undefined;
  }
  const asked = request.query?.get("hash");
  const isCurrent = asked === document.hash;
  return prepared(request, document.gzip, "application/json", {
    etag: JSON.stringify(document.hash),
    // The address names the content: clients may keep it.
    ...(isCurrent ? { "cache-control": "public, immutable" } : {}),
    vary: "Accept",
  });
}

async function answerV2(request: AuthenticatedRequest): Promise<ServerResult> {
  const accept = headerText(request, "accept");
  const wantsProtobuf = accept.includes(openApiV2ProtobufAccept);
  const gzip = await openApiV2(wantsProtobuf ? "protobuf" : "json");
  const contentType = wantsProtobuf ? openApiV2ProtobufType : "application/json";
  return prepared(request, gzip, contentType, { vary: "Accept" });
}

async function prepared(
  request: AuthenticatedRequest,
  gzip: Uint8Array,
  contentType: string,
  headers: Readonly<Record<string, string>>,
): Promise<ServerResult> {
  const takesGzip = headerText(request, "accept-encoding").includes("gzip");
  return {
    kind: "document",
    code: 200,
    contentType,
    body: takesGzip ? gzip : await gunzipped(gzip),
    headers: takesGzip ? { ...headers, "content-encoding": "gzip" } : headers,
  };
}

function headerText(request: AuthenticatedRequest, name: string): string {
  const value = request.headers[name];
  return typeof value === "string" ? value : (value ?? []).join(",");
}
