import type { MaybePromise } from "../api/maybePromise.js";
import { apiErrors } from "../api/status.js";
import type { Headers } from "../platform/network.js";
import type { AuthorizationAttributes, Authorizer } from "./authorization/authorizer.js";
import type { UserInfo } from "./identity.js";

interface Wanted {
  readonly name: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

const extraPrefix = "impersonate-extra-";
const serviceAccountPrefix = "system:serviceaccount:";

/**
 * Who the request acts as by its Impersonate-* headers; undefined without them. Each part (user or
 * service account, groups, uid, extra) must be granted to the requester by the verb `impersonate`.
 */
export function impersonateUser(
  authorizer: Authorizer,
  requester: UserInfo,
  headers: Headers,
): MaybePromise<UserInfo | undefined> {
  const wanted = wantedUser(headers);
  return wanted === undefined ? undefined : grantedUser(authorizer, requester, wanted);
}

async function grantedUser(
  authorizer: Authorizer,
  requester: UserInfo,
  wanted: Wanted,
): Promise<UserInfo> {
  for (const attributes of requirements(requester, wanted)) {
    const decision = await authorizer.authorize(attributes);
    if (decision.outcome !== "allow") {
      throw forbidden(attributes, decision.reason);
    }
  }
  return { ...wanted, groups: groupsOf(wanted) };
}

function wantedUser(headers: Headers): Wanted | undefined {
  const name = oneOf(headers, "impersonate-user");
  const uid = oneOf(headers, "impersonate-uid");
  const groups = valuesOf(headers, "impersonate-group");
  const extra: Record<string, readonly string[]> = {};
  for (const header of Object.keys(headers)) {
    if (header.startsWith(extraPrefix)) {
      extra[decodeKey(header.slice(extraPrefix.length))] = valuesOf(headers, header);
    }
  }
  if (name !== "") {
    return { name, uid, groups, extra };
  }
  if (uid !== "" || groups.length > 0 || Object.keys(extra).length > 0) {
    throw apiErrors.badRequest(
      `requested ${shownUser(uid, groups)} without impersonating a user name`,
    );
  }
  return undefined;
}

function oneOf(headers: Headers, name: string): string {
  const value = headers[name];
  return typeof value === "string" ? value : (value?.[0] ?? "");
}

/** Several headers of one name come as a list; a comma is part of a name. */
function valuesOf(headers: Headers, name: string): string[] {
  const value = headers[name];
  if (value === undefined) {
    return [];
  }
  return typeof value === "string" ? [value] : [...value];
}

function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

function requirements(requester: UserInfo, wanted: Wanted): AuthorizationAttributes[] {
  const base = {
    user: requester,
    verb: "impersonate",
    isResourceRequest: true,
    version: "v1",
    subresource: "",
    namespace: "",
    path: "",
  } as const;
  const account = serviceAccountOf(wanted.name);
  const user =
    account === undefined
      ? { ...base, group: "", resource: "users", name: wanted.name }
      : { ...base, group: "", resource: "serviceaccounts", ...account };
  const groups = wanted.groups.map((name) => ({ ...base, group: "", resource: "groups", name }));
  const authentication = { ...base, group: "authentication.k8s.io" } as const;
  const uid = wanted.uid === "" ? [] : [{ ...authentication, resource: "uids", name: wanted.uid }];
  const extra = Object.entries(wanted.extra).flatMap(([key, values]) =>
    values.map((name) => ({
      ...authentication,
      resource: "userextras",
      subresource: key,
      name,
    })),
  );
  return [user, ...groups, ...uid, ...extra];
}

function serviceAccountOf(name: string): { namespace: string; name: string } | undefined {
  if (!name.startsWith(serviceAccountPrefix)) {
    return undefined;
  }
  const [namespace = "", account = "", ...rest] = name
    .slice(serviceAccountPrefix.length)
    .split(":");
  return rest.length > 0 || account === "" ? undefined : { namespace, name: account };
}

/**
 * Service accounts are in their groups without being asked; everybody is authenticated or
 * anonymous.
 */
function groupsOf(wanted: Wanted): string[] {
  const account = serviceAccountOf(wanted.name);
  const own =
    account !== undefined && wanted.groups.length === 0
      ? ["system:serviceaccounts", `system:serviceaccounts:${account.namespace}`]
      : wanted.groups;
  const standing =
    wanted.name === "system:anonymous" ? "system:unauthenticated" : "system:authenticated";
  return own.includes(standing) ? [...own] : [...own, standing];
}

function forbidden(attributes: AuthorizationAttributes, reason: string): Error {
  const { user, group, resource, subresource, namespace, name } = attributes;
  const what = subresource === "" ? resource : `${resource}/${subresource}`;
  const where =
    namespace === "" ? "at the cluster scope" : `in the namespace ${JSON.stringify(namespace)}`;
  return apiErrors.forbidden(
    { group, resource },
    name,
    `User ${JSON.stringify(user.name)} cannot impersonate resource ${JSON.stringify(what)} ` +
      `in API group ${JSON.stringify(group)} ${where}${reason === "" ? "" : `: ${reason}`}`,
  );
}

/** As Go shows who was asked for; what extra fields hold stays out of messages. */
function shownUser(uid: string, groups: readonly string[]): string {
  const list = groups.map((name) => JSON.stringify(name)).join(", ");
  const shown = groups.length === 0 ? "[]string(nil)" : `[]string{${list}}`;
  return `&user.DefaultInfo{Name:"", UID:${JSON.stringify(uid)}, Groups:${shown}, Extra:map[string][]string(nil)}`;
}
