import { FieldSelector } from "../../api/fields.js";
import { isPathSegmentName } from "../../api/names.js";
import type { RequestInfo, ResourceRequestInfo, Verb } from "../requestInfo.js";

/** A path that begins like a resource's and cannot be one. Answered as 500, as upstream does. */
export class RequestInfoError extends Error {}

const verbOfMethod: Readonly<Record<string, Verb>> = {
  POST: "create",
  GET: "get",
  HEAD: "get",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};

/** What follows the namespace's name and is a subresource of the namespace itself. */
const namespaceSubresources = new Set(["status", "finalize"]);

const connectSubresources = new Set([
  "pods/exec",
  "pods/attach",
  "pods/portforward",
  "pods/proxy",
  "pods/log",
  "services/proxy",
  "nodes/proxy",
]);

interface Target {
  group: string;
  version: string;
  namespace: string;
  resource: string;
  name: string;
  subresource: string;
  subpath: string;
  watchPrefix: boolean;
}

/**
 * Reads a request's method, path and query as upstream's RequestInfoFactory does.
 * `path` is still percent-encoded; throws RequestInfoError for `/api/v1/watch` without a kind.
 */
export function parseRequestInfo(
  method: string,
  path: string,
  query: URLSearchParams | undefined,
): RequestInfo {
  const target = parseTarget(path);
  if (target === undefined) {
    return { isResourceRequest: false, verb: method.toLowerCase(), path: decode(path) };
  }
  const labelSelector = query?.get("labelSelector") ?? "";
  const fieldSelector = query?.get("fieldSelector") ?? "";
  let name = target.name;
  const isConnect = connectSubresources.has(`${target.resource}/${target.subresource}`);
  const methodVerb = verbOfMethod[method];
  // What is proxied may be asked for its headers alone; objects may not.
  const isOtherMethod = target.watchPrefix
    ? method !== "GET"
    : (methodVerb === undefined || method === "HEAD") && !isConnect;
  let verb: Verb = methodVerb ?? "connect";
  if (target.watchPrefix) {
    verb = "watch";
  } else if (name === "" && verb === "get") {
    verb = isTrue(query?.get("watch")) ? "watch" : "list";
  } else if (name === "" && verb === "delete") {
    verb = "deletecollection";
  }
  if (name === "" && (verb === "list" || verb === "watch")) {
    name = exactName(fieldSelector);
  }
  // OPTIONS of a proxied path has no verb of its own: only a rule for every verb allows it.
  const authorizationVerb = methodVerb === undefined && !target.watchPrefix ? "" : verb;
  if (isConnect && !target.watchPrefix) {
    verb = "connect";
  } else if (verb === "connect") {
    verb = "get";
  }
  const info: ResourceRequestInfo = {
    isResourceRequest: true,
    verb,
    authorizationVerb,
    group: target.group,
    version: target.version,
    resource: target.resource,
    subresource: target.subresource,
    namespace: target.namespace,
    name,
    subpath: target.subpath,
    path,
    ...(target.watchPrefix ? { isWatchPath: true } : {}),
    ...(isOtherMethod ? { isOtherMethod: true } : {}),
    labelSelector,
    fieldSelector,
  };
  return info;
}

function parseTarget(path: string): Target | undefined {
  const parts = path.split("/");
  // A leading slash gives an empty first part.
  let at = parts[0] === "" ? 1 : 0;
  let end = parts.length;
  while (end > at && parts[end - 1] === "") {
    end -= 1;
  }
  const prefix = parts[at];
  if (end - at < 3 || (prefix !== "api" && prefix !== "apis")) {
    return undefined;
  }
  at += 1;
  let group = "";
  if (prefix === "apis") {
    if (end - at < 3) {
      return undefined;
    }
    group = decode(parts[at] ?? "");
    at += 1;
  }
  const version = decode(parts[at] ?? "");
  at += 1;
  let watchPrefix = false;
  if (parts[at] === "watch") {
    at += 1;
    watchPrefix = true;
    if (at >= end) {
      throw new RequestInfoError(`unable to determine kind and namespace from url, ${path}`);
    }
  }
  let namespace = "";
  if (parts[at] === "namespaces" && end - at > 1) {
    namespace = decode(parts[at + 1] ?? "");
    if (end - at > 2 && !namespaceSubresources.has(parts[at + 2] ?? "")) {
      at += 2;
    }
  }
  return {
    group,
    version,
    namespace,
    resource: decode(parts[at] ?? ""),
    name: at + 1 < end ? decode(parts[at + 1] ?? "") : "",
    subresource: at + 2 < end ? decode(parts[at + 2] ?? "") : "",
    subpath: subpathOf(parts, at + 3),
    watchPrefix,
  };
}

/** What follows a proxy subresource, as it was written: a last slash counts. */
function subpathOf(parts: readonly string[], from: number): string {
  return from < parts.length ? `/${parts.slice(from).join("/")}` : "";
}

function decode(part: string): string {
  if (!part.includes("%")) {
    return part;
  }
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Only absence, "false" and "0" are false, as upstream converts query parameters. */
export function isTrue(value: string | null | undefined): boolean {
  return value !== null && value !== undefined && value !== "0" && value.toLowerCase() !== "false";
}

/**
 * `metadata.name=x` alone or among others makes the request one for that name, for authorization.
 */
function exactName(fieldSelector: string): string {
  if (!fieldSelector.includes("metadata.name")) {
    return "";
  }
  try {
    const name = FieldSelector.parse(fieldSelector).requiredValue("metadata.name") ?? "";
    return isPathSegmentName(name).length === 0 ? name : "";
  } catch {
    // The list or watch itself answers what is wrong with the selector.
    return "";
  }
}
