import type { PolicyRule } from "../../api/gen/types/rbacV1.js";
import type { PodReferences } from "../cache/podReferences.js";
import type { ServerCaches } from "../cache/serverCaches.js";
import { lasting } from "../grounds.js";
import type { UserInfo } from "../identity.js";
import type { AuthorizationAttributes, Authorizer, Decision, ResolvedRules } from "./authorizer.js";
import { ruleAllows } from "./policyRule.js";

const allow: Decision = { outcome: "allow", reason: "" };
const userPrefix = "system:node:";
const nodeGroup = "system:nodes";
const leaseNamespace = "kube-node-lease";

/**
 * The node's name when the user is a node; an empty name when it says it is one and does not say
 * which.
 */
export function nodeIdentity(user: UserInfo): string | undefined {
  if (!user.groups.includes(nodeGroup) || !user.name.startsWith(userPrefix)) return undefined;
  return user.name.slice(userPrefix.length);
}

/** Of whoever is no node: what this authorizer says of them never changes. */
const nobodysNode: Decision = { outcome: "noOpinion", reason: "", grounds: lasting };

function noOpinion(reason: string): Decision {
  return { outcome: "noOpinion", reason: reason === "" ? "" : `node: ${reason}` };
}

/**
 * Lets a node read what its own pods refer to, and write what is its own
 * (https://kubernetes.io/docs/reference/access-authn-authz/node/). The graph is the pods by
 * node: a pod's references are kept with it, so that an edge goes when its pod does.
 */
export class NodeAuthorizer implements Authorizer {
  readonly name = "Node";
  readonly #caches: ServerCaches;
  readonly #rules: readonly PolicyRule[];

  /** The rules are those of the ClusterRole system:node: what every node may do at all. */
  constructor(caches: ServerCaches, rules: readonly PolicyRule[]) {
    this.#caches = caches;
    this.#rules = rules;
  }

  authorize(attributes: AuthorizationAttributes): Decision | Promise<Decision> {
    const node = nodeIdentity(attributes.user);
    if (node === undefined) return nobodysNode;
    if (node === "") {
      return noOpinion(`unknown node for user ${JSON.stringify(attributes.user.name)}`);
    }
    const question = attributes.isResourceRequest ? this.#question(node, attributes) : undefined;
    if (question !== undefined && question !== "rules") return question;
    const allowed = this.#rules.some((rule) => ruleAllows(rule, attributes));
    return allowed ? allow : noOpinion("");
  }

  rulesFor(user: UserInfo): Promise<ResolvedRules> {
    if (nodeIdentity(user) === undefined) {
      return Promise.resolve({ resourceRules: [], nonResourceRules: [], incomplete: false });
    }
    return Promise.resolve({
      resourceRules: [],
      nonResourceRules: [],
      incomplete: true,
      evaluationError: "node authorizer does not support user rule resolution",
    });
  }

  /** A decision for what the graph or the name decides; "rules" for all the rest. */
  #question(node: string, asked: AuthorizationAttributes): Decision | Promise<Decision> | "rules" {
    switch (`${asked.resource}.${asked.group}`) {
      case "secrets.":
        return this.#read(node, asked, (pod) => pod.secrets.has(asked.name));
      case "configmaps.":
        return this.#read(node, asked, (pod) => pod.configMaps.has(asked.name));
      case "persistentvolumeclaims.":
        return this.#claim(node, asked);
      case "resourceclaims.resource.k8s.io":
        return this.#get(node, asked, (pod) => pod.resourceClaims.has(asked.name));
      case "serviceaccounts.":
        return this.#account(node, asked);
      case "pods.":
        return this.#pod(node, asked);
      case "nodes.":
        return ownNode(node, asked);
      case "leases.coordination.k8s.io":
        return ownLease(node, asked);
      case "csinodes.storage.k8s.io":
        return ownByName(node, asked, "CSINode");
      case "podcertificaterequests.certificates.k8s.io":
        return this.#podCertificateRequest(node, asked);
      default:
        return "rules";
    }
  }

  #read(
    node: string,
    asked: AuthorizationAttributes,
    refers: (pod: PodReferences) => boolean,
  ): Decision | Promise<Decision> {
    if (!["get", "list", "watch"].includes(asked.verb)) {
      return noOpinion("can only read resources of this type");
    }
    if (asked.subresource !== "") return noOpinion("cannot read subresource");
    if (asked.namespace === "") return noOpinion("can only read namespaced object of this type");
    return this.#related(node, asked, refers);
  }

  #get(
    node: string,
    asked: AuthorizationAttributes,
    refers: (pod: PodReferences) => boolean,
  ): Decision | Promise<Decision> {
    if (asked.verb !== "get") return noOpinion("can only get individual resources of this type");
    if (asked.subresource !== "") return noOpinion("cannot get subresource");
    return this.#related(node, asked, refers);
  }

  #claim(node: string, asked: AuthorizationAttributes): Decision | Promise<Decision> {
    const refers = (pod: PodReferences): boolean => pod.claims.has(asked.name);
    if (asked.subresource !== "status") return this.#get(node, asked, refers);
    if (!["get", "update", "patch"].includes(asked.verb)) {
      return noOpinion("can only get/update/patch this type");
    }
    return this.#related(node, asked, refers);
  }

  #account(node: string, asked: AuthorizationAttributes): Decision | Promise<Decision> {
    const refers = (pod: PodReferences): boolean => pod.serviceAccount === asked.name;
    if (asked.subresource === "") return this.#get(node, asked, refers);
    if (asked.subresource !== "token" || asked.verb !== "create") {
      return noOpinion("only create of token is allowed for this type");
    }
    return this.#related(node, asked, refers);
  }

  /** Reading and changing pods: a node's own. What it may create, NodeRestriction says. */
  #pod(node: string, asked: AuthorizationAttributes): Decision | Promise<Decision> | "rules" {
    const { subresource, verb, fieldSelector } = asked;
    const individual =
      (subresource === "" && (verb === "get" || verb === "delete")) ||
      (subresource === "status" && (verb === "update" || verb === "patch")) ||
      (subresource === "eviction" && verb === "create");
    if (individual) {
      return this.#related(node, asked, (pod) => pod.name === asked.name);
    }
    if (subresource === "" && (verb === "list" || verb === "watch")) {
      // Callers that know no selectors leave it undefined; then the rules alone decide.
      if (fieldSelector === undefined || selects(fieldSelector, "spec.nodeName", node)) {
        return "rules";
      }
      const wanted = `pods with spec.nodeName=${node} field selector`;
      return asked.name === ""
        ? noOpinion(`can only list/watch ${wanted}`)
        : this.#related(node, asked, (pod) => pod.name === asked.name);
    }
    return "rules";
  }

  /** What a node may ask for, NodeRestriction says; it reads those that it has asked for. */
  #podCertificateRequest(
    node: string,
    asked: AuthorizationAttributes,
  ): Decision | Promise<Decision> {
    if (asked.subresource !== "") {
      return noOpinion("nodes may not access the status subresource of PodCertificateRequests");
    }
    switch (asked.verb) {
      case "create":
        return allow;
      case "get":
        return this.#ownRequest(node, asked);
      case "list":
      case "watch":
        return selects(asked.fieldSelector ?? "", "spec.nodeName", node)
          ? allow
          : noOpinion("can only list/watch podcertificaterequests with nodeName field selector");
      default:
        return noOpinion(`nodes may not ${asked.verb} podcertificaterequests`);
    }
  }

  #ownRequest(node: string, asked: AuthorizationAttributes): Decision | Promise<Decision> {
    if (asked.name === "") return noOpinion("No Object name found");
    const { podCertificateRequests } = this.#caches;
    const decide = (): Decision =>
      podCertificateRequests.get(asked.namespace, asked.name)?.nodeName === node
        ? allow
        : noOpinion(`no relationship found between node '${node}' and this object`);
    const behind = podCertificateRequests.readYourWrites();
    return behind === undefined ? decide() : behind.then(decide);
  }

  #related(
    node: string,
    asked: AuthorizationAttributes,
    refers: (pod: PodReferences) => boolean,
  ): Decision | Promise<Decision> {
    if (asked.name === "") return noOpinion("No Object name found");
    const decide = (): Decision => {
      for (const pod of this.#caches.pods.byIndex("node", node)) {
        if (pod.namespace === asked.namespace && refers(pod)) return allow;
      }
      return noOpinion(`no relationship found between node '${node}' and this object`);
    };
    const behind = this.#caches.pods.readYourWrites();
    return behind === undefined ? decide() : behind.then(decide);
  }
}

function selects(selector: string, field: string, value: string): boolean {
  return selector.split(",").some((term) => {
    const [name = "", wanted = ""] = term.split(/==?/);
    return name.trim() === field && wanted.trim() === value;
  });
}

function ownNode(node: string, asked: AuthorizationAttributes): Decision | "rules" {
  const changes = ["update", "patch", "delete"].includes(asked.verb);
  const reads = ["get", "list", "watch"].includes(asked.verb);
  if (asked.subresource !== "" && asked.subresource !== "status") return "rules";
  if (changes && asked.name !== node) {
    return noOpinion(`node '${node}' cannot modify node '${asked.name}'`);
  }
  if (!reads || asked.name === node || asked.fieldSelector === undefined) return "rules";
  const what = asked.name === "" ? "all nodes" : `'${asked.name}'`;
  return selects(asked.fieldSelector, "metadata.name", node)
    ? "rules"
    : noOpinion(`node '${node}' cannot read ${what}, only its own Node object`);
}

function ownLease(node: string, asked: AuthorizationAttributes): Decision {
  if (!["get", "create", "update", "patch", "delete"].includes(asked.verb)) {
    return noOpinion("can only get, create, update, patch, or delete a node lease");
  }
  if (asked.namespace !== leaseNamespace) {
    return noOpinion(`can only access leases in the "${leaseNamespace}" system namespace`);
  }
  if (asked.verb !== "create" && asked.name !== node) {
    return noOpinion("can only access node lease with the same name as the requesting node");
  }
  return allow;
}

function ownByName(node: string, asked: AuthorizationAttributes, kind: string): Decision {
  if (!["get", "create", "update", "patch", "delete"].includes(asked.verb)) {
    return noOpinion(`can only get, create, update, patch, or delete a ${kind}`);
  }
  if (asked.subresource !== "") return noOpinion(`cannot authorize ${kind} subresources`);
  if (asked.verb !== "create" && asked.name !== node) {
    return noOpinion(`can only access ${kind} with the same name as the requesting node`);
  }
  return allow;
}
