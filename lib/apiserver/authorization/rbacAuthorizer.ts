import type { ClusterRole, PolicyRule, RoleRef, Subject } from "../../api/gen/types/rbacV1.js";
import { type ServerCaches, subjectKey } from "../cache/serverCaches.js";
import type { UserInfo } from "../identity.js";
import { selectorMatches } from "../registry/labelSelectorRules.js";
import type { AuthorizationAttributes, Authorizer, Decision, ResolvedRules } from "./authorizer.js";
import { ruleAllows } from "./policyRule.js";

/** Users whose rules are kept resolved; beyond it the one unused for longest goes. */
const mostUsers = 1024;
/** Decisions kept for one user; beyond it all of that user's are dropped. */
const mostDecisions = 2048;

interface GrantedRule {
  readonly rule: PolicyRule;
  /** Why it holds for this user: goes into the decision's reason. */
  readonly reason: string;
}

interface Resolved {
  readonly rules: readonly GrantedRule[];
  readonly errors: readonly string[];
}

interface UserEntry {
  readonly generation: number;
  /** By namespace; "" for the whole cluster alone. */
  readonly resolved: Map<string, Resolved>;
  readonly decisions: Map<string, Decision>;
}

interface Binding {
  readonly metadata: { readonly name?: string; readonly namespace?: string };
  readonly roleRef: RoleRef;
  readonly subjects?: readonly Subject[];
}

/**
 * Role-based access control over the server's own view of roles and bindings, indexed by subject.
 */
export class RbacAuthorizer implements Authorizer {
  readonly name = "RBAC";
  readonly #caches: ServerCaches;
  readonly #users = new Map<string, UserEntry>();

  constructor(caches: ServerCaches) {
    this.#caches = caches;
  }

  authorize(attributes: AuthorizationAttributes): Decision | Promise<Decision> {
    const behind = this.#catchUp();
    return behind === undefined
      ? this.#decide(attributes)
      : behind.then(() => this.#decide(attributes));
  }

  async rulesFor(user: UserInfo, namespace: string): Promise<ResolvedRules> {
    await this.#catchUp();
    const { rules, errors } = this.#resolve(user, namespace);
    return {
      resourceRules: rules.flatMap(({ rule }) =>
        (rule.resources ?? []).length === 0
          ? []
          : [
              {
                verbs: rule.verbs,
                apiGroups: rule.apiGroups ?? [],
                resources: rule.resources ?? [],
                ...(rule.resourceNames?.length ? { resourceNames: rule.resourceNames } : {}),
              },
            ],
      ),
      nonResourceRules: rules.flatMap(({ rule }) =>
        (rule.nonResourceURLs ?? []).length === 0
          ? []
          : [{ verbs: rule.verbs, nonResourceURLs: rule.nonResourceURLs ?? [] }],
      ),
      incomplete: errors.length > 0,
      ...(errors.length > 0 ? { evaluationError: aggregate(errors) } : {}),
    };
  }

  /** The plain rules that a user holds in a namespace, for escalation checks. */
  async heldRules(user: UserInfo, namespace: string): Promise<PolicyRule[]> {
    await this.#catchUp();
    return this.#resolve(user, namespace).rules.map(({ rule }) => rule);
  }

  /** The rules of a referenced role; undefined where there is no such role. */
  async rulesOf(roleRef: RoleRef, namespace: string): Promise<PolicyRule[] | undefined> {
    await this.#catchUp();
    return this.#rulesOfRole(roleRef, namespace);
  }

  #catchUp(): Promise<void> | undefined {
    let behind: Promise<void>[] | undefined;
    const { clusterRoleBindings, clusterRoles, roleBindings, roles } = this.#caches;
    for (const cache of [clusterRoleBindings, clusterRoles, roleBindings, roles]) {
      const waiting = cache.catchUp();
      if (waiting !== undefined) {
        behind ??= [];
        behind.push(waiting);
      }
    }
    return behind === undefined ? undefined : Promise.all(behind).then(() => undefined);
  }

  #decide(attributes: AuthorizationAttributes): Decision {
    const entry = this.#entry(attributes.user);
    const key = attributes.isResourceRequest
      ? `${attributes.verb} ${attributes.group}/${attributes.resource}/${attributes.subresource} ${attributes.namespace}/${attributes.name}`
      : `${attributes.verb} ${attributes.path}`;
    const known = entry.decisions.get(key);
    if (known !== undefined) return known;
    const decision = this.#evaluate(attributes);
    if (entry.decisions.size >= mostDecisions) entry.decisions.clear();
    entry.decisions.set(key, decision);
    return decision;
  }

  #evaluate(attributes: AuthorizationAttributes): Decision {
    const { rules, errors } = this.#resolve(attributes.user, attributes.namespace);
    for (const { rule, reason } of rules) {
      if (ruleAllows(rule, attributes)) return { outcome: "allow", reason };
    }
    const reason = errors.length === 0 ? "" : `RBAC: ${aggregate(errors)}`;
    return { outcome: "noOpinion", reason };
  }

  #entry(user: UserInfo): UserEntry {
    const key = `${user.name}\n${user.groups.join("\n")}`;
    const { clusterRoleBindings, clusterRoles, roleBindings, roles } = this.#caches;
    const generation =
      clusterRoleBindings.generation +
      clusterRoles.generation +
      roleBindings.generation +
      roles.generation;
    const known = this.#users.get(key);
    this.#users.delete(key);
    const entry =
      known?.generation === generation
        ? known
        : { generation, resolved: new Map(), decisions: new Map() };
    // Insertion order is the order of use.
    this.#users.set(key, entry);
    if (this.#users.size > mostUsers) {
      for (const oldest of this.#users.keys()) {
        this.#users.delete(oldest);
        break;
      }
    }
    return entry;
  }

  #resolve(user: UserInfo, namespace: string): Resolved {
    const entry = this.#entry(user);
    const known = entry.resolved.get(namespace);
    if (known !== undefined) return known;
    const subjects = [`User:${user.name}`, ...user.groups.map((group) => `Group:${group}`)];
    const rules: GrantedRule[] = [];
    const errors: string[] = [];
    for (const subject of subjects) {
      for (const binding of this.#caches.clusterRoleBindings.byIndex("subject", subject)) {
        this.#grant(binding, "", subject, rules, errors);
      }
    }
    if (namespace !== "") {
      for (const subject of subjects) {
        const key = `${namespace}/${subject}`;
        for (const binding of this.#caches.roleBindings.byIndex("subject", key)) {
          this.#grant(binding, namespace, subject, rules, errors);
        }
      }
    }
    const resolved = { rules, errors };
    if (entry.resolved.size >= mostDecisions) entry.resolved.clear();
    entry.resolved.set(namespace, resolved);
    return resolved;
  }

  #grant(
    binding: Binding,
    namespace: string,
    subject: string,
    rules: GrantedRule[],
    errors: string[],
  ): void {
    const granted = this.#rulesOfRole(binding.roleRef, namespace);
    if (granted === undefined) {
      const kind = binding.roleRef.kind.toLowerCase();
      errors.push(
        `${kind}.rbac.authorization.k8s.io ${JSON.stringify(binding.roleRef.name)} not found`,
      );
      return;
    }
    const reason = describeGrant(binding, namespace, subject);
    for (const rule of granted) rules.push({ rule, reason });
  }

  #rulesOfRole(roleRef: RoleRef, namespace: string): PolicyRule[] | undefined {
    if (roleRef.kind === "Role") {
      const role = this.#caches.roles.get(namespace, roleRef.name);
      return role === undefined ? undefined : (role.rules ?? []);
    }
    const role = this.#caches.clusterRoles.get("", roleRef.name);
    return role === undefined ? undefined : this.#rulesOfClusterRole(role, new Set());
  }

  /**
   * An aggregated role's rules are its own and those of the roles that its selectors match, at
   * once: a controller writes the same into the role a moment later.
   */
  #rulesOfClusterRole(role: ClusterRole, visited: Set<ClusterRole>): PolicyRule[] {
    const own = role.rules ?? [];
    const selectors = role.aggregationRule?.clusterRoleSelectors ?? [];
    if (selectors.length === 0 || visited.has(role)) return own;
    visited.add(role);
    const rules = [...own];
    for (const part of this.#caches.clusterRoles.all()) {
      if (visited.has(part)) continue;
      const labels = part.metadata.labels ?? {};
      if (!selectors.some((selector) => selectorMatches(selector, labels))) continue;
      const known = new Set(rules.map((rule) => JSON.stringify(rule)));
      const added = this.#rulesOfClusterRole(part, visited);
      rules.push(...added.filter((rule) => !known.has(JSON.stringify(rule))));
    }
    return rules;
  }
}

function describeGrant(binding: Binding, namespace: string, key: string): string {
  const name = binding.metadata.name ?? "";
  const quoted = (text: string): string => JSON.stringify(text);
  const which =
    namespace === ""
      ? `ClusterRoleBinding ${quoted(name)}`
      : `RoleBinding ${quoted(`${name}/${namespace}`)}`;
  const subject = binding.subjects?.find((s) => subjectKey(s, namespace) === key);
  const who =
    subject?.kind === "ServiceAccount"
      ? `ServiceAccount ${quoted(`${subject.name}/${subject.namespace ?? namespace}`)}`
      : `${subject?.kind ?? ""} ${quoted(subject?.name ?? "")}`;
  const { kind, name: role } = binding.roleRef;
  return `RBAC: allowed by ${which} of ${kind} ${quoted(role)} to ${who}`;
}

function aggregate(errors: readonly string[]): string {
  const distinct = [...new Set(errors)];
  return distinct.length === 1 ? (distinct[0] ?? "") : `[${distinct.join(", ")}]`;
}
