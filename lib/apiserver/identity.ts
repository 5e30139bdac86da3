/** Who is asking. From an authenticator; immutable. */
export interface UserInfo {
  readonly name: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

export const anonymousUser: UserInfo = {
  name: "system:anonymous",
  uid: "",
  groups: ["system:unauthenticated"],
  extra: {},
};

/** What the insecure port gives every request. */
export const unsecuredUser: UserInfo = {
  name: "system:unsecured",
  uid: "",
  groups: ["system:masters", "system:authenticated"],
  extra: {},
};

const namedUsers = new Set([
  "admin",
  "client",
  "kube_proxy",
  "kubelet",
  "system:serviceaccount:kube-system:default",
]);

/**
 * What metrics call a user. Names are many: what does not tell a person from a component becomes
 * one label.
 */
export function userLabel(name: string): string {
  if (namedUsers.has(name)) return name;
  return name.includes("@") ? "email_id" : "other";
}
