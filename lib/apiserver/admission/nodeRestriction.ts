import { configMirrorAnnotation } from "../../api/annotations.js";
import { semanticEqual } from "../../api/equality.js";
import { coreV1 } from "../../api/gen/resources.js";
import type { TokenRequest } from "../../api/gen/types/authenticationV1.js";
import type { PersistentVolumeClaim } from "../../api/gen/types/coreV1.js";
import type { ObjectMeta } from "../../api/gen/types/metaV1.js";
import { apiErrors } from "../../api/status.js";
import type { Authorizer } from "../authorization/authorizer.js";
import { nodeIdentity } from "../authorization/nodeAuthorizer.js";
import { configMapNames, type PodReferences, secretNames } from "../cache/podReferences.js";
import type { ServerCaches } from "../cache/serverCaches.js";
import { type Grounds, lasting } from "../grounds.js";
import type {
  AdmissionAttributes,
  AdmissionOperation,
  AdmissionPlugin,
  ObjectTree,
} from "./admissionPlugin.js";
import { forbidden } from "./forbidden.js";
import { validatePodCertificateRequest } from "./nodePodCertificates.js";
import { objectAs, objectIfAny, objectOf, oldObjectIfAny, oldObjectOf } from "./typedObjects.js";

const leaseNamespace = "kube-node-lease";
/** Labels of Kubernetes' own namespaces that kubelets may set on their nodes. */
const kubeletLabels = new Set([
  "kubernetes.io/hostname",
  "topology.kubernetes.io/zone",
  "topology.kubernetes.io/region",
  "failure-domain.beta.kubernetes.io/zone",
  "failure-domain.beta.kubernetes.io/region",
  "kubernetes.io/os",
  "kubernetes.io/arch",
  "node.kubernetes.io/instance-type",
  "beta.kubernetes.io/instance-type",
  "beta.kubernetes.io/os",
  "beta.kubernetes.io/arch",
]);

/**
 * Lets kubelets change only their own node and the pods bound to it
 * (https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#noderestriction).
 */
export class NodeRestriction implements AdmissionPlugin {
  readonly name = "NodeRestriction";
  readonly #caches: ServerCaches;
  readonly #authorizer: Authorizer;

  constructor(caches: ServerCaches, authorizer: Authorizer) {
    this.#caches = caches;
    this.#authorizer = authorizer;
  }

  handles(_operation: AdmissionOperation, group: string, resource: string): boolean {
    switch (`${resource}.${group}`) {
      case "pods.":
      case "nodes.":
      case "persistentvolumeclaims.":
      case "serviceaccounts.":
      case "leases.coordination.k8s.io":
      case "csinodes.storage.k8s.io":
      case "resourceslices.resource.k8s.io":
      case "podcertificaterequests.certificates.k8s.io":
        return true;
      default:
        return false;
    }
  }

  writeGrounds({ user }: AdmissionAttributes): Grounds | undefined {
    return nodeIdentity(user) === undefined ? lasting : undefined;
  }

  validate(attributes: AdmissionAttributes): void | Promise<void> {
    const node = nodeIdentity(attributes.user);
    if (node === undefined) return;
    if (node === "") {
      const user = JSON.stringify(attributes.user.name);
      throw forbidden(attributes, `could not determine node from user ${user}`);
    }
    switch (attributes.resource) {
      case "pods":
        return this.#pod(node, attributes);
      case "nodes":
        return validateNode(node, attributes);
      case "serviceaccounts":
        return this.#token(node, attributes);
      case "leases":
        return validateLease(node, attributes);
      case "csinodes":
        return validateCsiNode(node, attributes);
      case "resourceslices":
        return validateResourceSlice(node, attributes);
      case "podcertificaterequests":
        return validatePodCertificateRequest(node, attributes, this.#caches, this.#authorizer);
      default:
        return validateClaim(node, attributes);
    }
  }

  #pod(node: string, attributes: AdmissionAttributes): void | Promise<void> {
    const { operation, subresource } = attributes;
    const named = `node ${JSON.stringify(node)}`;
    if (subresource === "" && operation === "CREATE") return this.#mirror(node, attributes);
    if (subresource === "" && operation === "DELETE") {
      const pod = oldObjectIfAny(attributes, coreV1.pods);
      if (pod?.spec.nodeName === node) return;
      const why = `${named} can only delete pods with spec.nodeName set to itself`;
      throw forbidden(attributes, why);
    }
    if (subresource === "status" && operation === "UPDATE") {
      const { plainStatus } = attributes;
      const { nodeName, keepsLabels, keepsClaims } = plainStatus ?? {};
      if (nodeName === node && keepsLabels === true && keepsClaims === true) return;
      const pod = objectOf(attributes, coreV1.pods);
      const old = oldObjectOf(attributes, coreV1.pods);
      if (old.spec.nodeName !== node) {
        const why = `${named} can only update pod status for pods with spec.nodeName set to itself`;
        throw forbidden(attributes, why);
      }
      if (!semanticEqual(pod.metadata.labels, old.metadata.labels)) {
        throw forbidden(attributes, `${named} cannot update labels through pod status`);
      }
      const { resourceClaimStatuses: claims } = pod.status ?? {};
      if (!semanticEqual(claims, old.status?.resourceClaimStatuses)) {
        throw forbidden(attributes, `${named} cannot update resource claim statuses`);
      }
      return;
    }
    if (subresource === "eviction" && operation === "CREATE") {
      return this.#eviction(node, attributes);
    }
    const what = subresource === "" ? operation : `${subresource}`;
    throw forbidden(attributes, `unexpected operation ${JSON.stringify(what)}`);
  }

  async #mirror(node: string, attributes: AdmissionAttributes): Promise<void> {
    validateMirror(node, attributes);
    const known = await this.#caches.nodes.find("", node);
    if (known === undefined) throw apiErrors.notFound({ group: "", resource: "nodes" }, node);
    validateMirrorOwner(node, known.uid, attributes);
  }

  async #eviction(node: string, attributes: AdmissionAttributes): Promise<void> {
    const pod = await this.#caches.pods.find(attributes.namespace, attributes.name);
    if (pod === undefined) {
      throw apiErrors.notFound({ group: "", resource: "pods" }, attributes.name);
    }
    if (pod.nodeName === node) return;
    const why = `node ${JSON.stringify(node)} can only evict pods with spec.nodeName set to itself`;
    throw forbidden(attributes, why);
  }

  async #token(node: string, attributes: AdmissionAttributes): Promise<void> {
    if (attributes.subresource !== "token" || attributes.operation !== "CREATE") return;
    const request = objectAs<TokenRequest>(attributes, "TokenRequest");
    const bound = request?.spec?.boundObjectRef;
    const isPod = bound?.apiVersion === "v1" && bound.kind === "Pod" && Boolean(bound.name);
    if (!isPod) throw forbidden(attributes, "token not bound to a pod");
    if (!bound.uid) throw forbidden(attributes, "pod binding without a uid");
    const pod = await this.#caches.pods.find(attributes.namespace, bound.name ?? "");
    if (pod === undefined)
      throw apiErrors.notFound({ group: "", resource: "pods" }, bound.name ?? "");
    if (pod.uid !== bound.uid) {
      const why = `the UID in the bound object reference (${bound.uid}) does not match the UID in record (${pod.uid})`;
      throw forbidden(attributes, why);
    }
    if (pod.nodeName !== node) {
      throw forbidden(
        attributes,
        "node requested token bound to a pod scheduled on a different node",
      );
    }
    await this.#audience(attributes, request?.spec?.audiences ?? [], pod);
  }

  /** A token is for whom the pod's own volumes hold one, or for whom a rule allows it. */
  async #audience(
    attributes: AdmissionAttributes,
    audiences: readonly string[],
    pod: PodReferences,
  ): Promise<void> {
    if (audiences.length > 1) throw forbidden(attributes, "node may only request 0 or 1 audiences");
    const [audience = ""] = audiences;
    if (pod.tokenAudiences.has(audience)) return;
    if (pod.mayUseCsi) {
      const { csiDrivers } = this.#caches;
      await csiDrivers.readYourWrites();
      for (const { spec } of csiDrivers.all()) {
        if (spec.tokenRequests?.some((wanted) => wanted.audience === audience)) return;
      }
    }
    const decision = await this.#authorizer.authorize({
      user: attributes.user,
      verb: "request-serviceaccounts-token-audience",
      isResourceRequest: true,
      group: "",
      version: "",
      resource: audience,
      subresource: "",
      namespace: attributes.namespace,
      name: attributes.name,
      path: "",
    });
    if (decision.outcome === "allow") return;
    throw forbidden(
      attributes,
      `audience ${JSON.stringify(audience)} not found in pod spec volume`,
    );
  }
}

function validateMirror(node: string, attributes: AdmissionAttributes): void {
  const pod = objectOf(attributes, coreV1.pods);
  const named = `node ${JSON.stringify(node)}`;
  if (pod.metadata.annotations?.[configMirrorAnnotation] === undefined) {
    const why = `pod does not have ${JSON.stringify(configMirrorAnnotation)} annotation, ${named} can only create mirror pods`;
    throw forbidden(attributes, why);
  }
  if (pod.spec.nodeName !== node) {
    throw forbidden(attributes, `${named} can only create pods with spec.nodeName set to itself`);
  }
  if (pod.spec.serviceAccountName) {
    throw forbidden(attributes, `${named} can not create pods that reference a service account`);
  }
  const lists: [string, Iterable<string | undefined>][] = [
    ["secrets", secretNames(pod.spec)],
    ["configmaps", configMapNames(pod.spec)],
  ];
  for (const [what, names] of lists) {
    for (const name of names) {
      if (name) throw forbidden(attributes, `${named} can not create pods that reference ${what}`);
    }
  }
  for (const volume of pod.spec.volumes ?? []) {
    if (volume.persistentVolumeClaim) {
      const why = `${named} can not create pods that reference persistentvolumeclaims`;
      throw forbidden(attributes, why);
    }
    for (const source of volume.projected?.sources ?? []) {
      if (!source.clusterTrustBundle) continue;
      const why = `${named} can not create pods that reference clustertrustbundles`;
      throw forbidden(attributes, why);
    }
  }
  if ((pod.spec.resourceClaims ?? []).length > 0) {
    throw forbidden(attributes, `${named} can not create pods that reference resourceclaims`);
  }
}

/** The one owner that a mirror pod has: its node, of this very name and uid. */
function validateMirrorOwner(node: string, uid: string, attributes: AdmissionAttributes): void {
  const pod = objectOf(attributes, coreV1.pods);
  const named = `node ${JSON.stringify(node)}`;
  const owners = pod.metadata.ownerReferences ?? [];
  const [owner] = owners;
  const rejected = (why: string): Error => forbidden(attributes, `${named} ${why}`);
  if (owners.length > 1) {
    throw rejected("can only create pods with a single owner reference set to itself");
  }
  if (owner?.apiVersion !== "v1" || owner.kind !== "Node" || owner.name !== node) {
    throw rejected("can only create pods with an owner reference set to itself");
  }
  if (owner.controller !== true) {
    throw rejected("can only create pods with a controller owner reference set to itself");
  }
  if (owner.blockOwnerDeletion === true) {
    throw rejected("must not set blockOwnerDeletion on an owner reference");
  }
  if (owner.uid !== uid) {
    const why = `node ${node} UID mismatch: expected ${owner.uid} got ${uid}`;
    throw forbidden(attributes, why);
  }
}

/** Of a claim, a node sets capacity and conditions of the status. */
function validateClaim(node: string, attributes: AdmissionAttributes): void {
  if (attributes.operation === "CONNECT") return;
  if (attributes.subresource !== "status" || attributes.operation !== "UPDATE") {
    throw forbidden(attributes, "may only update PVC status");
  }
  if (semanticEqual(withoutOwnFields(attributes.object), withoutOwnFields(attributes.oldObject))) {
    return;
  }
  const what = "fields other than status.capacity and status.conditions";
  throw forbidden(attributes, `node ${JSON.stringify(node)} is not allowed to update ${what}`);
}

function withoutOwnFields(object: ObjectTree | undefined): object {
  const claim = object as PersistentVolumeClaim | undefined;
  const { resourceVersion, managedFields, ...metadata } = claim?.metadata ?? {};
  const { capacity, conditions, allocatedResources, allocatedResourceStatuses, ...status } =
    claim?.status ?? {};
  return { ...claim, metadata, status };
}

function validateResourceSlice(node: string, attributes: AdmissionAttributes): void {
  for (const tree of [attributes.object, attributes.oldObject]) {
    const slice = tree as { spec?: { nodeName?: string } } | undefined;
    if (slice === undefined || slice.spec?.nodeName === node) continue;
    const verb = attributes.operation.toLowerCase();
    const why = `can only ${verb} ResourceSlice with the same NodeName as the requesting node`;
    throw forbidden(attributes, why);
  }
}

function validateNode(node: string, attributes: AdmissionAttributes): void {
  const { plainStatus } = attributes;
  const keeps = plainStatus?.keepsLabels === true && plainStatus.keepsOwners;
  if (attributes.name === node && keeps) return;
  const object = objectIfAny(attributes, coreV1.nodes);
  const name = attributes.name || object?.metadata.name || "";
  if (name !== node) {
    const why = `node ${JSON.stringify(node)} is not allowed to modify node ${JSON.stringify(name)}`;
    throw forbidden(attributes, why);
  }
  if (object === undefined) return;
  const old = oldObjectIfAny(attributes, coreV1.nodes);
  const named = `node ${JSON.stringify(node)}`;
  if (attributes.operation === "CREATE") {
    const disallowed = forbiddenLabels(object.metadata, undefined);
    if (disallowed.length > 0) {
      const why = `${named} is not allowed to set the following labels: ${disallowed.join(", ")}`;
      throw forbidden(attributes, why);
    }
  }
  if (attributes.operation !== "UPDATE" || old === undefined) return;
  if (!semanticEqual(object.metadata.ownerReferences, old.metadata.ownerReferences)) {
    throw forbidden(attributes, `${named} is not allowed to modify ownerReferences`);
  }
  if (attributes.subresource === "" && !semanticEqual(object.spec?.taints, old.spec?.taints)) {
    throw forbidden(attributes, `${named} is not allowed to modify taints`);
  }
  const disallowed = forbiddenLabels(object.metadata, old.metadata);
  if (disallowed.length > 0) {
    throw forbidden(
      attributes,
      `${named} is not allowed to modify labels: ${disallowed.join(", ")}`,
    );
  }
}

/** Changed labels of Kubernetes' namespaces that are not the kubelet's to set. */
function forbiddenLabels(metadata: ObjectMeta, old: ObjectMeta | undefined): string[] {
  const labels = metadata.labels ?? {};
  const before = old?.labels ?? {};
  const changed = [...new Set([...Object.keys(labels), ...Object.keys(before)])].filter(
    (key) => labels[key] !== before[key],
  );
  return changed.filter((key) => !mayKubeletSet(key)).sort();
}

function mayKubeletSet(key: string): boolean {
  const slash = key.indexOf("/");
  const domain = slash < 0 ? "" : key.slice(0, slash);
  const under = (parent: string): boolean => domain === parent || domain.endsWith(`.${parent}`);
  if (under("node-restriction.kubernetes.io")) return false;
  if (!under("kubernetes.io") && !under("k8s.io")) return true;
  if (kubeletLabels.has(key)) return true;
  return under("kubelet.kubernetes.io") || under("node.kubernetes.io");
}

function validateLease(node: string, attributes: AdmissionAttributes): void {
  if (attributes.namespace !== leaseNamespace) {
    const why = `can only access leases in the ${JSON.stringify(leaseNamespace)} system namespace`;
    throw forbidden(attributes, why);
  }
  const metadata = attributes.object?.metadata as ObjectMeta | undefined;
  if ((attributes.name || metadata?.name) === node) return;
  throw forbidden(
    attributes,
    "can only access node lease with the same name as the requesting node",
  );
}

function validateCsiNode(node: string, attributes: AdmissionAttributes): void {
  const metadata = attributes.object?.metadata as ObjectMeta | undefined;
  if ((attributes.name || metadata?.name) === node) return;
  throw forbidden(attributes, "can only access CSINode with the same name as the requesting node");
}
