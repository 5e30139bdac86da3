import { lasting } from "../grounds.js";
import type { AuthorizationAttributes, Authorizer, Decision, ResolvedRules } from "./authorizer.js";

const allow: Decision = { outcome: "allow", reason: "", grounds: lasting, covers: "cluster" };
const noOpinion: Decision = { outcome: "noOpinion", reason: "", grounds: lasting };
const everything: ResolvedRules = {
  resourceRules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }],
  nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
  incomplete: false,
};

const nothing: ResolvedRules = { resourceRules: [], nonResourceRules: [], incomplete: false };

/** --authorization-mode=AlwaysAllow. */
export const alwaysAllowAuthorizer: Authorizer = {
  name: "AlwaysAllow",
  authorize: () => allow,
  rulesFor: () => Promise.resolve(everything),
};

/** --authorization-mode=AlwaysDeny. */
export const alwaysDenyAuthorizer: Authorizer = {
  name: "AlwaysDeny",
  authorize: () => ({ outcome: "noOpinion", reason: "Everything is forbidden." }),
  rulesFor: () => Promise.resolve(nothing),
};

const superuserGroup = "system:masters";

/**
 * Members of system:masters may do everything, whatever the modes say: nobody can lock the
 * cluster's owner out.
 */
export const superuserAuthorizer: Authorizer = {
  name: "Superuser",
  authorize: ({ user }: AuthorizationAttributes) =>
    user.groups.includes(superuserGroup) ? allow : noOpinion,
  // As upstream: the modes list the rules, and of RBAC's these are the same once more.
  rulesFor: () => Promise.resolve(nothing),
};
