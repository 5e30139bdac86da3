import { semanticEqual } from "../../api/equality.js";
import type { PolicyRule, RoleRef } from "../../api/gen/types/rbacV1.js";
import { apiErrors } from "../../api/status.js";
import type { Authorizer } from "../authorization/authorizer.js";
import { compactRules, describeRule, uncoveredRules } from "../authorization/policyRule.js";
import type { RbacAuthorizer } from "../authorization/rbacAuthorizer.js";
import type {
  AdmissionAttributes,
  AdmissionOperation,
  AdmissionPlugin,
} from "./admissionPlugin.js";
import { forbidden } from "./forbidden.js";
import { objectAs, oldObjectAs } from "./typedObjects.js";

const group = "rbac.authorization.k8s.io";
const roles = new Set(["roles", "clusterroles"]);
const bindings = new Set(["rolebindings", "clusterrolebindings"]);

const kinds = ["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"];

interface RbacTree {
  readonly metadata: { readonly name?: string };
  readonly rules?: PolicyRule[];
  readonly roleRef?: RoleRef;
  readonly subjects?: unknown;
  readonly aggregationRule?: unknown;
}

/**
 * Nobody hands out what they do not hold, unless they may escalate or bind. Upstream does this
 * in the storage of these kinds; here it is the first validating plugin, which is always on.
 */
export class RbacEscalation implements AdmissionPlugin {
  readonly name = "RbacEscalation";
  readonly #rbac: RbacAuthorizer;
  readonly #authorizer: Authorizer;

  constructor(rbac: RbacAuthorizer, authorizer: Authorizer) {
    this.#rbac = rbac;
    this.#authorizer = authorizer;
  }

  handles(
    operation: AdmissionOperation,
    wantedGroup: string,
    resource: string,
    subresource: string,
  ): boolean {
    const writes = operation === "CREATE" || operation === "UPDATE";
    const known = roles.has(resource) || bindings.has(resource);
    return writes && wantedGroup === group && subresource === "" && known;
  }

  async validate(attributes: AdmissionAttributes): Promise<void> {
    if (attributes.user.groups.includes("system:masters")) return;
    const object = objectAs<RbacTree>(attributes, ...kinds);
    const old = oldObjectAs<RbacTree>(attributes, ...kinds);
    if (object === undefined) return;
    if (roles.has(attributes.resource)) await this.#role(attributes, object, old);
    else await this.#binding(attributes, object, old);
  }

  async #role(
    attributes: AdmissionAttributes,
    object: RbacTree,
    old: RbacTree | undefined,
  ): Promise<void> {
    const sameRules = old !== undefined && semanticEqual(object.rules, old.rules);
    const sameAggregation = semanticEqual(object.aggregationRule, old?.aggregationRule);
    if (sameRules && sameAggregation) return;
    const name = object.metadata.name ?? "";
    if (await this.#may(attributes, "escalate", attributes.resource, name)) return;
    if (!sameRules) await this.#confirm(attributes, object.rules ?? []);
    if (!sameAggregation && object.aggregationRule) {
      await this.#confirm(attributes, [
        { verbs: ["*"], apiGroups: ["*"], resources: ["*"] },
        { verbs: ["*"], nonResourceURLs: ["*"] },
      ]);
    }
  }

  async #binding(
    attributes: AdmissionAttributes,
    object: RbacTree,
    old: RbacTree | undefined,
  ): Promise<void> {
    if (
      old !== undefined &&
      semanticEqual(object.roleRef, old.roleRef) &&
      semanticEqual(object.subjects, old.subjects)
    ) {
      return;
    }
    const { roleRef } = object;
    if (roleRef === undefined) return;
    const resource = roleRef.kind === "Role" ? "roles" : "clusterroles";
    if (await this.#may(attributes, "bind", resource, roleRef.name)) return;
    const rules = await this.#rbac.rulesOf(roleRef, attributes.namespace);
    if (rules === undefined) {
      // Upstream responds as if the binding itself were missing, by the role's name.
      throw apiErrors.notFound({ group, resource: attributes.resource }, roleRef.name);
    }
    await this.#confirm(attributes, rules);
  }

  async #may(
    attributes: AdmissionAttributes,
    verb: string,
    resource: string,
    name: string,
  ): Promise<boolean> {
    const decision = await this.#authorizer.authorize({
      user: attributes.user,
      verb,
      isResourceRequest: true,
      group,
      version: "*",
      resource,
      subresource: "",
      namespace: attributes.namespace,
      name,
      path: "",
    });
    return decision.outcome === "allow";
  }

  async #confirm(attributes: AdmissionAttributes, wanted: readonly PolicyRule[]): Promise<void> {
    const { user, namespace } = attributes;
    const held = await this.#rbac.heldRules(user, namespace);
    const missing = uncoveredRules(held, wanted);
    if (missing.length === 0) return;
    const shown = compactRules(missing).map(describeRule).sort().join("\n");
    const groups = user.groups.map((name) => JSON.stringify(name)).join(" ");
    const why =
      `user ${JSON.stringify(user.name)} (groups=[${groups}]) is attempting to grant RBAC ` +
      `permissions not currently held:\n${shown}`;
    throw forbidden(attributes, why);
  }
}
