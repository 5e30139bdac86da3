import type { PolicyRule, RoleRef, Subject } from "../../api/gen/types/rbacV1.js";

/** A role as the data files write it: one line a rule. */
export interface RoleData {
  readonly name: string;
  readonly namespace?: string;
  /** It is part of this aggregated role (admin, edit, view, …). */
  readonly aggregateTo?: string;
  /** Its rules are those of the roles that aggregate to this name. */
  readonly aggregates?: string;
  /**
   * `verbs groups resources [names]`, each separated by commas, `core` for the core group;
   * or `verbs url paths`.
   */
  readonly rules: readonly string[];
}

export interface BindingData {
  readonly name: string;
  readonly namespace?: string;
  /** `ClusterRole name` or `Role name`. */
  readonly role: string;
  readonly subjects: readonly string[];
}

const rbacGroup = "rbac.authorization.k8s.io";

export function parseRule(line: string): PolicyRule {
  const [verbs = "", groups = "", targets = "", names] = line.split(" ");
  if (groups === "url") return { verbs: verbs.split(","), nonResourceURLs: targets.split(",") };
  return {
    verbs: verbs.split(","),
    apiGroups: groups.split(",").map((group) => (group === "core" ? "" : group)),
    resources: targets.split(","),
    ...(names === undefined ? {} : { resourceNames: names.split(",") }),
  };
}

export function parseSubject(text: string): Subject {
  const [kind = "", name = ""] = text.split(" ");
  if (kind !== "ServiceAccount") return { kind, apiGroup: rbacGroup, name };
  const [namespace = "", account = ""] = name.split("/");
  return { kind, name: account, namespace };
}

export function parseRoleRef(text: string): RoleRef {
  const [kind = "", name = ""] = text.split(" ");
  return { apiGroup: rbacGroup, kind, name };
}
