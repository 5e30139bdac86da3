import { admissionPluginCapability } from "../../api/capabilities/admissionPlugins.js";
import type { Codec } from "../../api/codec.js";
import type { Clock } from "../../platform/clock.js";
import type { Random } from "../../platform/random.js";
import type { Storage } from "../../storage/storage.js";
import {
  type ClaimsView,
  ServiceAllocation,
  type ServiceAllocationOptions,
} from "../allocation/serviceAllocation.js";
import type { Authorizer } from "../authorization/authorizer.js";
import type { RbacAuthorizer } from "../authorization/rbacAuthorizer.js";
import type { ServerCaches } from "../cache/serverCaches.js";
import type { AdmissionPlugin } from "./admissionPlugin.js";
import {
  CertificateApproval,
  CertificateSigning,
  CertificateSubjectRestriction,
  ClusterTrustBundleAttest,
} from "./certificateAdmission.js";
import { DefaultTolerationSeconds } from "./defaultTolerationSeconds.js";
import { LimitRanger } from "./limitRanger.js";
import { NamespaceLifecycle } from "./namespaceLifecycle.js";
import { NodeRestriction } from "./nodeRestriction.js";
import {
  alwaysAdmit,
  alwaysDeny,
  alwaysPullImages,
  denyServiceExternalIps,
  extendedResourceToleration,
  limitPodHardAntiAffinityTopology,
  namespaceExists,
} from "./optionalPlugins.js";
import { PodSecurity } from "./podSecurity.js";
import { PodTopologyLabels } from "./podTopologyLabels.js";
import { Priority } from "./priority.js";
import { RbacEscalation } from "./rbacEscalation.js";
import { ResourceQuotaAdmission } from "./resourceQuota.js";
import { RuntimeClassAdmission } from "./runtimeClassAdmission.js";
import { ServiceAccountAdmission } from "./serviceAccount.js";
import {
  DefaultIngressClass,
  DefaultStorageClass,
  PersistentVolumeClaimResize,
  StorageObjectInUseProtection,
} from "./storageAdmission.js";
import { TaintNodesByCondition } from "./taintNodesByCondition.js";

/** Upstream's order of all plugins; only those that are made below do anything. */
export const admissionOrder: readonly string[] = [
  "AlwaysAdmit",
  "NamespaceAutoProvision",
  "NamespaceLifecycle",
  "NamespaceExists",
  "LimitPodHardAntiAffinityTopology",
  "LimitRanger",
  "ServiceAccount",
  "NodeRestriction",
  "TaintNodesByCondition",
  "AlwaysPullImages",
  "ImagePolicyWebhook",
  "PodSecurity",
  "PodNodeSelector",
  "Priority",
  "DefaultTolerationSeconds",
  "PodTolerationRestriction",
  "EventRateLimit",
  "ExtendedResourceToleration",
  "DefaultStorageClass",
  "StorageObjectInUseProtection",
  "PodGroupProtection",
  "OwnerReferencesPermissionEnforcement",
  "PersistentVolumeClaimResize",
  "RuntimeClass",
  "CertificateApproval",
  "CertificateSigning",
  "ClusterTrustBundleAttest",
  "CertificateSubjectRestriction",
  "DefaultIngressClass",
  "DenyServiceExternalIPs",
  "PodTopologyLabels",
  "NodeDeclaredFeatureValidator",
  "PodResizeValidator",
  "MutatingAdmissionPolicy",
  "MutatingAdmissionWebhook",
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionWebhook",
  "ResourceQuota",
  "AlwaysDeny",
];

/** On without being asked for, among those that exist here. */
export const defaultAdmissionPlugins: readonly string[] = [
  "NamespaceLifecycle",
  "LimitRanger",
  "ServiceAccount",
  "TaintNodesByCondition",
  "PodSecurity",
  "Priority",
  "DefaultTolerationSeconds",
  "DefaultStorageClass",
  "StorageObjectInUseProtection",
  "PersistentVolumeClaimResize",
  "RuntimeClass",
  "CertificateApproval",
  "CertificateSigning",
  "ClusterTrustBundleAttest",
  "CertificateSubjectRestriction",
  "DefaultIngressClass",
  "PodTopologyLabels",
  "ResourceQuota",
];

/**
 * What runs by default beside a list of authorization modes. Upstream leaves NodeRestriction off,
 * and every distribution turns it on: where nodes are users, one node's credential is worth the
 * whole cluster without it.
 */
export function defaultPluginsFor(authorizationModes: readonly string[]): readonly string[] {
  return authorizationModes.includes("Node")
    ? [...defaultAdmissionPlugins, "NodeRestriction"]
    : defaultAdmissionPlugins;
}

export interface AdmissionDependencies {
  readonly caches: ServerCaches;
  readonly storage: Storage;
  readonly codec: Codec;
  readonly clock: Clock;
  readonly random: Random;
  readonly authorizer: Authorizer;
  /** Absent where RBAC is no authorization mode: then nobody can escalate. */
  readonly rbac?: RbacAuthorizer;
  readonly allocation: ServiceAllocationOptions;
  readonly claims: ClaimsView;
  /** --authorization-mode; NodeRestriction runs beside Node unless it is disabled by name. */
  readonly authorizationModes?: readonly string[];
}

export interface AdmissionChoice {
  /** --enable-admission-plugins and --disable-admission-plugins. */
  readonly enabled?: readonly string[];
  readonly disabled?: readonly string[];
  readonly notReadyTolerationSeconds?: number;
  readonly unreachableTolerationSeconds?: number;
  /** Told of each plugin that was asked for by name and does nothing here yet. */
  readonly onUnavailable?: (name: string, why: string) => void;
}

/** The chain of one server, in upstream's order. Names that are unknown are the caller's error. */
export function createAdmissionPlugins(
  deps: AdmissionDependencies,
  choice: AdmissionChoice = {},
): AdmissionPlugin[] {
  const unknown = [...(choice.enabled ?? []), ...(choice.disabled ?? [])].filter(
    (name) => !admissionOrder.includes(name),
  );
  if (unknown.length > 0) {
    throw new Error(`unknown admission plugins: ${unknown.join(", ")}`);
  }
  const wanted = new Set([
    ...defaultPluginsFor(deps.authorizationModes ?? []),
    ...(choice.enabled ?? []),
  ]);
  for (const name of choice.disabled ?? []) wanted.delete(name);
  const made = makers(deps, choice);
  for (const name of choice.enabled ?? []) {
    const capability = admissionPluginCapability(name);
    if (capability.state === "refused") {
      throw new Error(`admission plugin ${name}: ${capability.why}`);
    }
    if (capability.state === "inert" && wanted.has(name)) {
      choice.onUnavailable?.(name, capability.why);
    }
  }
  const chain = admissionOrder.flatMap((name) => {
    const make = wanted.has(name) ? made[name] : undefined;
    return make === undefined ? [] : [make()];
  });
  const first = deps.rbac ? [new RbacEscalation(deps.rbac, deps.authorizer)] : [];
  const { caches, claims } = deps;
  const allocation = new ServiceAllocation(caches, deps, deps.allocation, claims);
  // Allocation follows everything that may still change a service, and precedes what counts its
  // ports.
  return [...first, ...chain.filter((plugin) => plugin.admit), allocation].concat(
    chain.filter((plugin) => !plugin.admit),
  );
}

function makers(
  deps: AdmissionDependencies,
  choice: AdmissionChoice,
): Readonly<Record<string, () => AdmissionPlugin>> {
  const { caches, storage, codec, clock, random, authorizer } = deps;
  const { notReadyTolerationSeconds, unreachableTolerationSeconds } = choice;
  return {
    AlwaysAdmit: () => alwaysAdmit,
    NamespaceLifecycle: () => new NamespaceLifecycle(caches),
    NamespaceExists: () => namespaceExists(caches),
    LimitPodHardAntiAffinityTopology: () => limitPodHardAntiAffinityTopology,
    LimitRanger: () => new LimitRanger(caches),
    ServiceAccount: () => new ServiceAccountAdmission(caches, clock, random),
    NodeRestriction: () => new NodeRestriction(caches, authorizer),
    TaintNodesByCondition: () => new TaintNodesByCondition(),
    AlwaysPullImages: () => alwaysPullImages,
    PodSecurity: () => new PodSecurity(caches, storage),
    Priority: () => new Priority(caches),
    DefaultTolerationSeconds: () =>
      new DefaultTolerationSeconds(notReadyTolerationSeconds, unreachableTolerationSeconds),
    ExtendedResourceToleration: () => extendedResourceToleration,
    DefaultStorageClass: () => new DefaultStorageClass(caches),
    StorageObjectInUseProtection: () => new StorageObjectInUseProtection(),
    PersistentVolumeClaimResize: () => new PersistentVolumeClaimResize(caches),
    RuntimeClass: () => new RuntimeClassAdmission(caches),
    CertificateApproval: () => new CertificateApproval(authorizer),
    CertificateSigning: () => new CertificateSigning(authorizer),
    ClusterTrustBundleAttest: () => new ClusterTrustBundleAttest(authorizer),
    CertificateSubjectRestriction: () => new CertificateSubjectRestriction(),
    DefaultIngressClass: () => new DefaultIngressClass(caches),
    DenyServiceExternalIPs: () => denyServiceExternalIps,
    PodTopologyLabels: () => new PodTopologyLabels(caches),
    ResourceQuota: () => new ResourceQuotaAdmission(caches, storage, codec, clock),
    AlwaysDeny: () => alwaysDeny,
  };
}
