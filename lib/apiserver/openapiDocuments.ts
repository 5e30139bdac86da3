import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { mediaTypes } from "../api/mediaTypes.js";
import { openApiV2ProtobufAccept, openApiV2ProtobufType } from "../api/openapi/documents.js";
import { SchemeDocuments } from "../api/openapi/schemeDocuments.js";
import type { Scheme } from "../api/scheme.js";
import { cachedDocument, contentHash } from "./cachedDocument.js";
import type { AuthenticatedRequest } from "./serverRequest.js";
import type { ServerResult } from "./serverResult.js";

const gunzipped = promisify(gunzip);

export const openApiPaths: readonly string[] = ["/openapi/v2", "/openapi/v3", "/openapi/v3/"];

/** /openapi/v2 and /openapi/v3: compressed documents go out as they are. */
export class OpenApiHandler {
  readonly #documents: SchemeDocuments;

  constructor(scheme: Scheme) {
    this.#documents = new SchemeDocuments(scheme);
  }

  async serve(request: AuthenticatedRequest, path: string): Promise<ServerResult | undefined> {
    if (!path.startsWith("/openapi/")) {
      return undefined;
    }
    if (path === "/openapi/v2") {
      return this.#serveV2(request);
    }
    if (path === "/openapi/v3") {
      return {
        kind: "document",
        code: 200,
        contentType: mediaTypes.json,
        body: JSON.stringify(await this.#documents.v3Index()),
      };
    }
    const document = await this.#documents.v3(path.slice("/openapi/v3/".length));
    if (document === undefined) {
      return undefined;
    }
    const asked = request.query?.get("hash");
    if (asked !== null && asked !== undefined && asked !== document.hash) {
      const location = `${path}?hash=${document.hash}`;
      const headers = { etag: JSON.stringify(document.hash), location };
      return { kind: "document", code: 301, contentType: mediaTypes.json, body: "", headers };
    }
    // An address with a hash names the content: clients may keep it.
    const headers: Record<string, string> =
      asked === document.hash ? { "cache-control": "public, immutable" } : {};
    return prepared(request, document.gzip, mediaTypes.json, document.hash, headers);
  }

  async #serveV2(request: AuthenticatedRequest): Promise<ServerResult> {
    const accept = headerText(request, "accept");
    const wantsProtobuf = accept.includes(openApiV2ProtobufAccept);
    const gzip = await this.#documents.v2(wantsProtobuf ? "protobuf" : "json");
    const contentType = wantsProtobuf ? openApiV2ProtobufType : mediaTypes.json;
    return prepared(request, gzip, contentType, contentHash(gzip), {});
  }
}

async function prepared(
  request: AuthenticatedRequest,
  gzip: Uint8Array,
  contentType: string,
  hash: string,
  more: Readonly<Record<string, string>>,
): Promise<ServerResult> {
  const takesGzip = headerText(request, "accept-encoding").includes("gzip");
  const headers = { ...more, vary: "Accept" };
  return cachedDocument(request, {
    contentType,
    body: takesGzip ? gzip : await gunzipped(gzip),
    headers: takesGzip ? { ...headers, "content-encoding": "gzip" } : headers,
    hash,
  });
}

function headerText(request: AuthenticatedRequest, name: string): string {
  const value = request.headers[name];
  return typeof value === "string" ? value : (value ?? []).join(",");
}
