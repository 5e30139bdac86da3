import type { ClusterRole, PolicyRule, RoleRef, Subject } from "../../api/gen/types/rbacV1.js";
import { type ServerCaches, subjectKey } from "../cache/serverCaches.js";
import type { Grounds } from "../grounds.js";
import type { UserInfo } from "../identity.js";
import { selectorMatches } from "../registry/labelSelectorRules.js";
import type { AuthorizationAttributes, Authorizer, Decision, ResolvedRules } from "./authorizer.js";
import { DecisionCache } from "./decisionCache.js";
import { ruleAllows } from "./policyRule.js";

interface GrantedRule {
  readonly rule: PolicyRule;
  /** Why it holds for this subject: goes into the decision's reason. */
  readonly reason: string;
}

/** All that decisions are made of. */
const grounds: Grounds = {
  keys: [],
  prefixes: [
    ...["/registry/clusterrolebindings/", "/registry/clusterroles/"],
    ...["/registry/rolebindings/", "/registry/roles/"],
  ],
};

interface Resolved {
  readonly scope: "namespace" | "cluster";
  readonly rules: readonly GrantedRule[];
  readonly errors: readonly string[];
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
  /** What is derived of roles and bindings holds for this sum of their generations. */
  #generation = -1;
  readonly #decisions = new DecisionCache();
  /**
   * What bindings grant one subject, by namespace ("" for the cluster) and subject: shared by all
   * users of a group. Bounded by the subjects that bindings name.
   */
  readonly #granted = new Map<string, Resolved>();
  /** Rules of aggregated roles. Bounded by the roles. */
  readonly #aggregated = new Map<ClusterRole, PolicyRule[]>();

  constructor(caches: ServerCaches) {
    this.#caches = caches;
  }

  authorize(attributes: AuthorizationAttributes): Decision | Promise<Decision> {
    const behind = this.#readYourWrites();
    return behind === undefined
      ? this.#decide(attributes)
      : behind.then(() => this.#decide(attributes));
  }

  async rulesFor(user: UserInfo, namespace: string): Promise<ResolvedRules> {
    await this.#readYourWrites();
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
    await this.#readYourWrites();
    return this.#resolve(user, namespace).rules.map(({ rule }) => rule);
  }

  /** The rules of a referenced role; undefined where there is no such role. */
  async rulesOf(roleRef: RoleRef, namespace: string): Promise<PolicyRule[] | undefined> {
    await this.#readYourWrites();
    return this.#rulesOfRole(roleRef, namespace);
  }

  #readYourWrites(): Promise<void> | undefined {
    let behind: Promise<void>[] | undefined;
    const { clusterRoleBindings, clusterRoles, roleBindings, roles } = this.#caches;
    for (const cache of [clusterRoleBindings, clusterRoles, roleBindings, roles]) {
      const waiting = cache.readYourWrites();
      if (waiting !== undefined) {
        behind ??= [];
        behind.push(waiting);
      }
    }
    return behind === undefined ? undefined : Promise.all(behind).then(() => undefined);
  }

  #decide(attributes: AuthorizationAttributes): Decision {
    this.#forgetOutdated();
    const key = decisionKey(attributes);
    const known = this.#decisions.get(key);
    if (known !== undefined) return known;
    const decision = this.#evaluate(attributes);
    this.#decisions.set(key, decision);
    return decision;
  }

  #evaluate(attributes: AuthorizationAttributes): Decision {
    const errors: string[] = [];
    for (const granted of this.#grantsOf(attributes.user, attributes.namespace)) {
      for (const { rule, reason } of granted.rules) {
        if (!ruleAllows(rule, attributes)) continue;
        const covers = (rule.resourceNames ?? []).length > 0 ? {} : { covers: granted.scope };
        return { outcome: "allow", reason, grounds, ...covers };
      }
      errors.push(...granted.errors);
    }
    const reason = errors.length === 0 ? "" : `RBAC: ${aggregate(errors)}`;
    return { outcome: "noOpinion", reason, grounds };
  }

  #forgetOutdated(): void {
    const { clusterRoleBindings, clusterRoles, roleBindings, roles } = this.#caches;
    const generation =
      clusterRoleBindings.generation +
      clusterRoles.generation +
      roleBindings.generation +
      roles.generation;
    if (generation === this.#generation) return;
    this.#generation = generation;
    this.#decisions.clear();
    this.#granted.clear();
    this.#aggregated.clear();
  }

  /** The cluster's grants of all of a user's subjects, then those of the namespace. */
  *#grantsOf(user: UserInfo, namespace: string): Iterable<Resolved> {
    const subjects = [`User:${user.name}`, ...user.groups.map((group) => `Group:${group}`)];
    for (const scope of namespace === "" ? [""] : ["", namespace]) {
      for (const subject of subjects) {
        const granted = this.#grantedTo(subject, scope);
        if (granted !== undefined) yield granted;
      }
    }
  }

  /** Undefined where no binding names the subject. */
  #grantedTo(subject: string, namespace: string): Resolved | undefined {
    const key = namespace === "" ? subject : `${namespace}/${subject}`;
    const { clusterRoleBindings, roleBindings } = this.#caches;
    const bindings = namespace === "" ? clusterRoleBindings : roleBindings;
    if (!bindings.hasIndexed("subject", key)) return undefined;
    const known = this.#granted.get(`${namespace}\n${subject}`);
    if (known !== undefined) return known;
    const rules: GrantedRule[] = [];
    const errors: string[] = [];
    for (const binding of bindings.byIndex("subject", key)) {
      this.#grant(binding, namespace, subject, rules, errors);
    }
    const scope = namespace === "" ? "cluster" : "namespace";
    const resolved: Resolved = { scope, rules, errors };
    this.#granted.set(`${namespace}\n${subject}`, resolved);
    return resolved;
  }

  #resolve(user: UserInfo, namespace: string): Omit<Resolved, "scope"> {
    this.#forgetOutdated();
    const grants = [...this.#grantsOf(user, namespace)];
    return {
      rules: grants.flatMap(({ rules }) => rules),
      errors: grants.flatMap(({ errors }) => errors),
    };
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
    if (role?.aggregationRule === undefined) return role && (role.rules ?? []);
    const known = this.#aggregated.get(role) ?? this.#rulesOfClusterRole(role, new Set());
    this.#aggregated.set(role, known);
    return known;
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

/** As JSON: names may hold any separator, and no two questions may share a key. */
function decisionKey({ user, ...asked }: AuthorizationAttributes): string {
  if (!asked.isResourceRequest) {
    return JSON.stringify([user.name, user.groups, asked.verb, asked.path]);
  }
  const { verb, group, resource, subresource, namespace, name } = asked;
  const question = [verb, group, resource, subresource, namespace, name];
  return JSON.stringify([user.name, user.groups, ...question]);
}

function describeGrant(binding: Binding, namespace: string, key: string): string {
  const name = binding.metadata.name ?? "";
  const quoted = (text: string): string => JSON.stringify(text);
  const which =
    namespace === ""
      ? `ClusterRoleBinding ${quoted(name)}`
      : `RoleBinding ${quoted(`${name}/${namespace}`)}`;
  // A binding may name thousands: only an account's key does not say what kind named it.
  const isAccount = key.startsWith("User:system:serviceaccount:");
  const subject = isAccount
    ? binding.subjects?.find((s) => subjectKey(s, namespace) === key)
    : undefined;
  const colon = key.indexOf(":");
  const who =
    subject?.kind === "ServiceAccount"
      ? `ServiceAccount ${quoted(`${subject.name}/${subject.namespace ?? namespace}`)}`
      : `${key.slice(0, colon)} ${quoted(key.slice(colon + 1))}`;
  const { kind, name: role } = binding.roleRef;
  return `RBAC: allowed by ${which} of ${kind} ${quoted(role)} to ${who}`;
}

function aggregate(errors: readonly string[]): string {
  const distinct = [...new Set(errors)];
  return distinct.length === 1 ? (distinct[0] ?? "") : `[${distinct.join(", ")}]`;
}
