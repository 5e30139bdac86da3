import { andThen, type MaybePromise } from "../api/maybePromise.js";
import { type ApiError, apiErrors } from "../api/status.js";
import type { AuthorizationAttributes, Authorizer, Decision } from "./authorization/authorizer.js";
import type { UserInfo } from "./identity.js";
import type { RequestInfo } from "./requestInfo.js";

/**
 * Where components ask, under whatever identity, at which addresses gRPC is served. No role of
 * upstream's names it.
 */
const endpointsPath = "/.well-known/steersman-endpoints";

/**
 * Asks the authorizer and throws Forbidden as upstream words it. What is allowed without being
 * asked for has no decision.
 */
export function authorizeRequest(
  authorizer: Authorizer,
  info: RequestInfo,
  user: UserInfo,
): MaybePromise<Decision | undefined> {
  const attributes = attributesOf(info, user);
  const asksEndpoints = attributes.path === endpointsPath && attributes.verb === "get";
  if (asksEndpoints && user.groups.includes("system:authenticated")) return undefined;
  return andThen(authorizer.authorize(attributes), (decision) => {
    if (decision.outcome !== "allow") throw forbidden(attributes, decision.reason);
    return decision;
  });
}

export function attributesOf(info: RequestInfo, user: UserInfo): AuthorizationAttributes {
  if (!info.isResourceRequest) {
    return {
      user,
      verb: info.verb,
      isResourceRequest: false,
      group: "",
      version: "",
      resource: "",
      subresource: "",
      namespace: "",
      name: "",
      path: info.path,
    };
  }
  return {
    user,
    verb: info.authorizationVerb,
    isResourceRequest: true,
    group: info.group,
    version: info.version,
    resource: info.resource,
    subresource: info.subresource,
    namespace: info.namespace,
    name: info.name,
    path: info.path,
    fieldSelector: info.fieldSelector,
  };
}

/** The refusal, in upstream's words. */
export function forbidden(attributes: AuthorizationAttributes, reason: string): ApiError {
  const { user, verb, path, group, resource, subresource, namespace, name } = attributes;
  const because = reason === "" ? "" : `: ${reason}`;
  const quoted = JSON.stringify(user.name);
  if (!attributes.isResourceRequest) {
    return apiErrors.forbidden(
      { group: "", resource: "" },
      "",
      `User ${quoted} cannot ${verb} path ${JSON.stringify(path)}${because}`,
    );
  }
  const what = subresource === "" ? resource : `${resource}/${subresource}`;
  const where =
    namespace === "" ? "at the cluster scope" : `in the namespace ${JSON.stringify(namespace)}`;
  return apiErrors.forbidden(
    { group, resource },
    name,
    `User ${quoted} cannot ${verb} resource ${JSON.stringify(what)} in API group ` +
      `${JSON.stringify(group)} ${where}${because}`,
  );
}
