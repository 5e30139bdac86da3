import { methodOfVerb } from "../../../lib/api/verbs.js";
import type { ResourceRequestInfo, Verb } from "../../../lib/apiserver/requestInfo.js";
import { noOptions } from "../../../lib/apiserver/requestOptions.js";
import type { ServerRequest } from "../../../lib/apiserver/serverRequest.js";

export interface Asked {
  readonly verb: string;
  readonly resource: string;
  readonly group?: string;
  readonly version?: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
}

const never = new AbortController();

/** A request as a transport hands it to the pipeline, for JSON and with nobody's credentials. */
export function serverRequest(
  asked: Asked,
  parts: Partial<ServerRequest> & { readonly body?: object | Uint8Array },
): ServerRequest {
  const { body, ...others } = parts;
  const bytes = body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body ?? {}));
  return {
    info: infoOf(asked),
    method: methodOfVerb[asked.verb as keyof typeof methodOfVerb],
    query: undefined,
    options: noOptions,
    view: {
      transport: "rest",
      accepted: {
        format: "json",
        mediaType: "application/json",
        as: "object",
        asVersion: "v1",
        discoveryVersion: undefined,
        pretty: false,
        takesObject: true,
      },
    },
    contentType: "application/json",
    userAgent: "test/1",
    headers: {},
    connection: undefined,
    trustedUser: undefined,
    knownUser: undefined,
    signal: () => never.signal,
    readBody: () => bytes,
    connectTransport: undefined,
    warnings: [],
    ...others,
  };
}

function infoOf(asked: Asked): ResourceRequestInfo {
  return {
    isResourceRequest: true,
    verb: asked.verb as Verb,
    authorizationVerb: asked.verb,
    group: asked.group ?? "",
    version: asked.version ?? "v1",
    resource: asked.resource,
    subresource: asked.subresource ?? "",
    namespace: asked.namespace ?? "",
    name: asked.name ?? "",
    subpath: "",
    path: "",
    labelSelector: "",
    fieldSelector: "",
  };
}
