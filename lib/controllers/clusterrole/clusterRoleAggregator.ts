import { equalJson } from "../../api/equality.js";
import { rbacV1 } from "../../api/gen/resources.js";
import type { ClusterRole, PolicyRule } from "../../api/gen/types/rbacV1.js";
import { Selector } from "../../api/labels.js";
import type { Indexer } from "../../client/informer/indexer.js";
import type { ControllerContext } from "../controllerContext.js";
import { QueueController } from "../queueController.js";

/** Fills aggregated cluster roles with the rules of the roles that they select. */
export class ClusterRoleAggregator extends QueueController {
  readonly #roles: Indexer<ClusterRole>;

  constructor(context: ControllerContext) {
    super("clusterrole-aggregation-controller", context);
    const roles = this.informer(rbacV1.clusterroles);
    this.#roles = roles.indexer;
    // A role may be part of any aggregated one.
    const all = (): void => {
      for (const role of this.#roles.values()) {
        if (role.aggregationRule !== undefined) this.enqueue(role);
      }
    };
    roles.addEventHandler({ onAdd: all, onUpdate: all, onDelete: all });
  }

  protected override async sync(key: string, signal: AbortSignal): Promise<void> {
    const role = this.#roles.get(key);
    if (role?.aggregationRule === undefined) return;
    const parts = new Map<string, ClusterRole>();
    for (const labelSelector of role.aggregationRule.clusterRoleSelectors ?? []) {
      const selector = Selector.ofLabelSelector(labelSelector);
      for (const other of this.#roles.values()) {
        const name = other.metadata.name ?? "";
        if (name !== key && selector.matches(other.metadata.labels)) parts.set(name, other);
      }
    }
    const rules: PolicyRule[] = [];
    for (const [, part] of [...parts].sort(([a], [b]) => (a < b ? -1 : 1))) {
      for (const rule of part.rules ?? []) {
        if (!rules.some((known) => equalJson(known, rule))) rules.push(rule);
      }
    }
    if (equalJson(rules, role.rules ?? [])) return;
    await this.context.client.resource(rbacV1.clusterroles).update({ ...role, rules }, { signal });
  }
}
