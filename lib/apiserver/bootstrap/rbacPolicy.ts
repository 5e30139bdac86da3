import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  Role,
  RoleBinding,
} from "../../api/gen/types/rbacV1.js";
import type { BindingData, RoleData } from "./roleData.js";
import { parseRoleRef, parseRule, parseSubject } from "./roleData.js";

const aggregateLabel = "rbac.authorization.k8s.io/aggregate-to-";
const labels = { "kubernetes.io/bootstrapping": "rbac-defaults" };
const annotations = { "rbac.authorization.kubernetes.io/autoupdate": "true" };
const apiVersion = "rbac.authorization.k8s.io/v1";

export interface RbacPolicy {
  readonly clusterRoles: readonly ClusterRole[];
  readonly clusterRoleBindings: readonly ClusterRoleBinding[];
  readonly roles: readonly Role[];
  readonly roleBindings: readonly RoleBinding[];
}

/** The roles and bindings of a fresh cluster; the data is loaded when it is asked for. */
export async function rbacPolicy(): Promise<RbacPolicy> {
  const [{ clusterRoles }, { controllerRoles }, namespaced, bindings] = await Promise.all([
    import("./data/clusterRoles.js"),
    import("./data/controllerRoles.js"),
    import("./data/roles.js"),
    import("./data/bindings.js"),
  ]);
  const all = [...clusterRoles, ...controllerRoles];
  return {
    clusterRoles: all.map((data) => clusterRole(data, all)),
    clusterRoleBindings: bindings.clusterRoleBindings.map((data) =>
      binding("ClusterRoleBinding", data),
    ),
    roles: namespaced.roles.map((data) => ({
      apiVersion,
      kind: "Role",
      metadata: metadata(data),
      rules: data.rules.map(parseRule),
    })),
    roleBindings: bindings.roleBindings.map((data) => binding("RoleBinding", data)),
  };
}

/** What every node may do at all: the rules of the role system:node. */
export async function nodeRules(): Promise<PolicyRule[]> {
  const { clusterRoles } = await import("./data/clusterRoles.js");
  const role = clusterRoles.find(({ name }) => name === "system:node");
  return (role?.rules ?? []).map(parseRule);
}

function metadata({ name, namespace, aggregateTo }: RoleData) {
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    labels:
      aggregateTo === undefined
        ? { ...labels }
        : { ...labels, [`${aggregateLabel}${aggregateTo}`]: "true" },
    annotations: { ...annotations },
  };
}

function clusterRole(data: RoleData, all: readonly RoleData[]): ClusterRole {
  const common = { apiVersion, kind: "ClusterRole", metadata: metadata(data) } as const;
  if (data.aggregates === undefined) return { ...common, rules: data.rules.map(parseRule) };
  const matchLabels = { [`${aggregateLabel}${data.aggregates}`]: "true" };
  return {
    ...common,
    rules: aggregated(data.aggregates, all).map(parseRule),
    aggregationRule: { clusterRoleSelectors: [{ matchLabels }] },
  };
}

/** As the aggregation controller would fill it in: rules of the parts by name, each rule once. */
function aggregated(name: string, all: readonly RoleData[]): string[] {
  const lines = new Set<string>();
  const parts = all.filter(({ aggregateTo }) => aggregateTo === name);
  for (const part of parts.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const rules = part.aggregates === undefined ? part.rules : aggregated(part.aggregates, all);
    for (const line of rules) lines.add(line);
  }
  return [...lines];
}

function binding<K extends "ClusterRoleBinding" | "RoleBinding">(kind: K, data: BindingData) {
  return {
    apiVersion: apiVersion as "rbac.authorization.k8s.io/v1",
    kind,
    metadata: {
      name: data.name,
      ...(data.namespace === undefined ? {} : { namespace: data.namespace }),
      labels: { ...labels },
      annotations: { ...annotations },
    },
    subjects: data.subjects.map(parseSubject),
    roleRef: parseRoleRef(data.role),
  };
}
