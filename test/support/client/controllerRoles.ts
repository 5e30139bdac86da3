import type { PolicyRule } from "../../../lib/api/gen/types/rbacV1.js";
import { apiErrors } from "../../../lib/api/status.js";
import { ruleAllows } from "../../../lib/apiserver/authorization/policyRule.js";
import { clusterRoleBindings } from "../../../lib/apiserver/bootstrap/data/bindings.js";
import { clusterRoles } from "../../../lib/apiserver/bootstrap/data/clusterRoles.js";
import { controllerRoles } from "../../../lib/apiserver/bootstrap/data/controllerRoles.js";
import { parseRule } from "../../../lib/apiserver/bootstrap/roleData.js";
import type { ApiCall, Transport, WatchFrame } from "../../../lib/client/transport.js";
import { controllerTable } from "../../../lib/controllers/controllerTable.js";
import type { HttpClientResponse, WebSocketResponse } from "../../../lib/platform/network.js";

/** What all who are known may do, beside their own roles. */
const forEverybody = ["system:discovery", "system:basic-user"];

/**
 * The rules that the controller's service account has in a cluster; undefined for one that acts as
 * the manager itself, or that is no controller of the manager's.
 */
export function rulesOfController(controller: string): readonly PolicyRule[] | undefined {
  const account = controllerTable.find(({ name }) => name === controller)?.serviceAccount;
  if (account === undefined) return undefined;
  const subject = `ServiceAccount kube-system/${account}`;
  const bound = clusterRoleBindings
    .filter(({ namespace, subjects }) => namespace === undefined && subjects.includes(subject))
    .map(({ role }) => role.replace(/^ClusterRole /, ""));
  const names = new Set([...bound, ...forEverybody]);
  return [...controllerRoles, ...clusterRoles]
    .filter(({ name }) => names.has(name))
    .flatMap(({ rules }) => rules.map(parseRule));
}

/** Refuses what none of the rules allows, as an API server with RBAC does. */
export class RoleTransport implements Transport {
  readonly kind: "rpc" | "rest";
  readonly server: string;
  readonly #transport: Transport;
  readonly #rules: () => readonly PolicyRule[] | undefined;

  /** @param rules undefined while everything is allowed */
  constructor(transport: Transport, rules: () => readonly PolicyRule[] | undefined) {
    this.#transport = transport;
    this.#rules = rules;
    this.kind = transport.kind;
    this.server = transport.server;
  }

  #check({ verb, type, subresource, namespace, name }: ApiCall): void {
    const rules = this.#rules();
    if (rules === undefined) return;
    const { group, resource, version } = type;
    const user = { name: "", uid: "", groups: [], extra: {} };
    const path = "";
    const what = { user, verb, group, version, resource, subresource, namespace, name, path };
    if (rules.some((rule) => ruleAllows(rule, { ...what, isResourceRequest: true }))) return;
    const whole = subresource === "" ? resource : `${resource}/${subresource}`;
    throw apiErrors.forbidden({ group, resource }, name, `cannot ${verb} resource "${whole}"`);
  }

  async call(call: ApiCall): Promise<object> {
    this.#check(call);
    return this.#transport.call(call);
  }

  async *watch(call: ApiCall): AsyncIterable<readonly WatchFrame[]> {
    this.#check({ ...call, verb: "watch" });
    yield* this.#transport.watch(call);
  }

  raw(...request: Parameters<Transport["raw"]>): Promise<HttpClientResponse> {
    return this.#transport.raw(...request);
  }

  webSocket(...request: Parameters<Transport["webSocket"]>): Promise<WebSocketResponse> {
    return this.#transport.webSocket(...request);
  }

  close(): void {}
}
