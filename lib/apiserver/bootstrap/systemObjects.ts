import { semanticEqual } from "../../api/equality.js";
import { apiregistrationV1, coreV1, rbacV1, schedulingV1 } from "../../api/gen/resources.js";
import type { ObjectMeta } from "../../api/gen/types/metaV1.js";
import type { PolicyRule, RoleRef, Subject } from "../../api/gen/types/rbacV1.js";
import { uncoveredRules } from "../authorization/policyRule.js";
import { flowControlObjects } from "./flowControlObjects.js";
import type { WantedObject } from "./objectWriter.js";
import { rbacPolicy } from "./rbacPolicy.js";

const systemNamespaces = ["default", "kube-system", "kube-public", "kube-node-lease"];
const rbacAutoUpdate = "rbac.authorization.kubernetes.io/autoupdate";

/** Everything that a fresh server has before its first request, and keeps as it should be. */
export async function systemObjects(nowMilliseconds: number): Promise<WantedObject[]> {
  return [
    ...systemNamespaces.map(namespaceObject),
    ...(await rbacObjects()),
    ...priorityClasses(),
    ...(await flowControlObjects(nowMilliseconds)),
    ...(await apiServices()),
  ];
}

function namespaceObject(name: string): WantedObject {
  return {
    type: coreV1.namespaces,
    object: {
      metadata: { name, labels: { "kubernetes.io/metadata.name": name } },
      spec: { finalizers: ["kubernetes"] },
      status: { phase: "Active" },
    } as WantedObject["object"],
  };
}

interface RoleTree {
  metadata: ObjectMeta;
  rules?: PolicyRule[];
  aggregationRule?: unknown;
}

interface BindingTree {
  metadata: ObjectMeta;
  subjects?: Subject[];
  roleRef: RoleRef;
}

async function rbacObjects(): Promise<WantedObject[]> {
  const policy = await rbacPolicy();
  const role = (type: WantedObject["type"], wanted: RoleTree): WantedObject => ({
    type,
    object: wanted,
    reconcile: (existing) => reconcileRole(existing as RoleTree, wanted),
  });
  const binding = (type: WantedObject["type"], wanted: BindingTree): WantedObject => ({
    type,
    object: wanted,
    reconcile: (existing) => reconcileBinding(existing as BindingTree, wanted),
  });
  return [
    ...policy.clusterRoles.map((wanted) => role(rbacV1.clusterroles, wanted)),
    ...policy.clusterRoleBindings.map((wanted) => binding(rbacV1.clusterrolebindings, wanted)),
    ...policy.roles.map((wanted) => role(rbacV1.roles, wanted)),
    ...policy.roleBindings.map((wanted) => binding(rbacV1.rolebindings, wanted)),
  ];
}

function keepsItself(metadata: ObjectMeta): boolean {
  return metadata.annotations?.[rbacAutoUpdate] === "false";
}

function addMissing(
  existing: Record<string, string> | undefined,
  wanted: Record<string, string> | undefined,
): Record<string, string> | undefined {
  const added = { ...wanted, ...existing };
  return Object.keys(added).length === Object.keys(existing ?? {}).length ? undefined : added;
}

/** Gives back what was taken away; what people added stays. */
function reconcileRole(existing: RoleTree, wanted: RoleTree): RoleTree | undefined {
  if (keepsItself(existing.metadata)) return undefined;
  const labels = addMissing(existing.metadata.labels, wanted.metadata.labels);
  const annotations = addMissing(existing.metadata.annotations, wanted.metadata.annotations);
  const unchanged =
    wanted.aggregationRule !== undefined || semanticEqual(existing.rules, wanted.rules);
  const missing = unchanged ? [] : uncoveredRules(existing.rules ?? [], wanted.rules ?? []);
  const aggregates = semanticEqual(existing.aggregationRule, wanted.aggregationRule);
  if (!labels && !annotations && missing.length === 0 && aggregates) return undefined;
  const metadata = {
    ...existing.metadata,
    ...(labels ? { labels } : {}),
    ...(annotations ? { annotations } : {}),
  };
  return {
    ...existing,
    metadata,
    rules: [...(existing.rules ?? []), ...missing],
    ...(wanted.aggregationRule ? { aggregationRule: wanted.aggregationRule } : {}),
  };
}

function reconcileBinding(existing: BindingTree, wanted: BindingTree): BindingTree | undefined {
  if (keepsItself(existing.metadata)) return undefined;
  // A binding of another role cannot be changed into this one: it is made anew under the same
  // name.
  if (!semanticEqual(existing.roleRef, wanted.roleRef)) {
    const { uid, creationTimestamp } = existing.metadata;
    const kept = {
      ...(uid === undefined ? {} : { uid }),
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    };
    return { ...wanted, metadata: { ...wanted.metadata, ...kept } };
  }
  const missing = (wanted.subjects ?? []).filter(
    (subject) => !(existing.subjects ?? []).some((known) => semanticEqual(known, subject)),
  );
  if (missing.length === 0) return undefined;
  return { ...existing, subjects: [...(existing.subjects ?? []), ...missing] };
}

function priorityClasses(): WantedObject[] {
  const classes = [
    {
      name: "system-cluster-critical",
      value: 2_000_000_000,
      description:
        "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
    },
    {
      name: "system-node-critical",
      value: 2_000_001_000,
      description: "Used for system critical pods that must not be moved from their current node.",
    },
  ];
  return classes.map(({ name, value, description }) => ({
    type: schedulingV1.priorityclasses,
    object: {
      metadata: { name, generation: 1 },
      value,
      description,
      preemptionPolicy: "PreemptLowerPriority",
    } as WantedObject["object"],
  }));
}

async function apiServices(): Promise<WantedObject[]> {
  const { localApiServices } = await import("./data/apiServices.js");
  return localApiServices.map(([group, version, groupPriorityMinimum, versionPriority]) => ({
    type: apiregistrationV1.apiservices,
    object: {
      metadata: {
        name: `${version}.${group}`,
        labels: { "kube-aggregator.kubernetes.io/automanaged": "onstart" },
      },
      spec: {
        ...(group === "" ? {} : { group }),
        version,
        groupPriorityMinimum,
        versionPriority,
      },
      status: {
        conditions: [
          {
            type: "Available",
            status: "True",
            // Local services are available from their first moment.
            lastTransitionTime: "1970-01-01T00:00:00Z",
            reason: "Local",
            message: "Local APIServices are always available",
          },
        ],
      },
    } as WantedObject["object"],
  }));
}
