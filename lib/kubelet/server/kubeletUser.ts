/** Who asks the kubelet's server for something. */
export interface KubeletUser {
  readonly name: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

export const anonymousUser: KubeletUser = {
  name: "system:anonymous",
  uid: "",
  groups: ["system:unauthenticated"],
  extra: {},
};

export function withAuthenticatedGroup(groups: readonly string[]): readonly string[] {
  return groups.includes("system:authenticated") ? groups : [...groups, "system:authenticated"];
}
