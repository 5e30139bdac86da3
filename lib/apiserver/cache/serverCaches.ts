import type { LimitRange, Namespace, ResourceQuota } from "../../api/gen/types/coreV1.js";
import type { FlowSchema, PriorityLevelConfiguration } from "../../api/gen/types/flowcontrolV1.js";
import type { IngressClass, ServiceCIDR } from "../../api/gen/types/networkingV1.js";
import type { RuntimeClass } from "../../api/gen/types/nodeV1.js";
import type {
  ClusterRole,
  ClusterRoleBinding,
  Role,
  RoleBinding,
  Subject,
} from "../../api/gen/types/rbacV1.js";
import type { PriorityClass } from "../../api/gen/types/schedulingV1.js";
import type { CSIDriver, StorageClass } from "../../api/gen/types/storageV1.js";
import type { Storage } from "../../storage/storage.js";
import type { ObjectTree } from "../admission/admissionPlugin.js";
import { type CachedNode, cachedNode, nodeFields } from "./nodeEntry.js";
import {
  type CachedPodCertificateRequest,
  cachedPodCertificateRequest,
  podCertificateRequestFields,
} from "./podCertificateRequestEntry.js";
import { type PodReferences, podReferenceFields, podReferences } from "./podReferences.js";
import {
  type CachedServiceAccount,
  cachedServiceAccount,
  serviceAccountFields,
} from "./serviceAccountEntry.js";
import { type CachedService, cachedService, serviceFields } from "./serviceEntry.js";
import { UnreadableValues } from "./unreadableValues.js";
import { WatchCache } from "./watchCache.js";

/** As an index names a subject: `User:name`, `Group:name`; service accounts by their user name. */
export function subjectKey(subject: Subject, bindingNamespace: string): string {
  if (subject.kind !== "ServiceAccount") return `${subject.kind}:${subject.name}`;
  return `User:system:serviceaccount:${subject.namespace || bindingNamespace}:${subject.name}`;
}

const nameOf = ({ metadata }: ObjectTree): string =>
  (metadata as { name?: string } | undefined)?.name ?? "";

/** Nobody's rules read them, and they are half of many objects. */
const wholeFields = ["-metadata.managedFields"];

const as =
  <T>() =>
  (object: ObjectTree): T =>
    object as T;

/**
 * The caches that admission, authorization and authentication read. Each starts when it is first
 * asked.
 */
export class ServerCaches {
  readonly #storage: Storage;
  readonly #unreadable: UnreadableValues;
  /** By prefix; bounded by the kinds below. */
  readonly #open = new Map<string, WatchCache<unknown>>();

  constructor(storage: Storage, unreadable = new UnreadableValues()) {
    this.#storage = storage;
    this.#unreadable = unreadable;
  }

  get namespaces(): WatchCache<Namespace> {
    return this.#cache(
      "/registry/namespaces/",
      "k8s.io.api.core.v1.Namespace",
      wholeFields,
      as<Namespace>(),
    );
  }

  get limitRanges(): WatchCache<LimitRange> {
    return this.#cache(
      "/registry/limitranges/",
      "k8s.io.api.core.v1.LimitRange",
      wholeFields,
      as<LimitRange>(),
    );
  }

  get resourceQuotas(): WatchCache<ResourceQuota> {
    const message = "k8s.io.api.core.v1.ResourceQuota";
    return this.#cache("/registry/resourcequotas/", message, wholeFields, as<ResourceQuota>());
  }

  get serviceAccounts(): WatchCache<CachedServiceAccount> {
    const message = "k8s.io.api.core.v1.ServiceAccount";
    return this.#cache(
      "/registry/serviceaccounts/",
      message,
      serviceAccountFields,
      cachedServiceAccount,
    );
  }

  get priorityClasses(): WatchCache<PriorityClass> {
    const message = "k8s.io.api.scheduling.v1.PriorityClass";
    return this.#cache("/registry/priorityclasses/", message, wholeFields, as<PriorityClass>());
  }

  get storageClasses(): WatchCache<StorageClass> {
    const message = "k8s.io.api.storage.v1.StorageClass";
    return this.#cache("/registry/storageclasses/", message, wholeFields, as<StorageClass>());
  }

  get csiDrivers(): WatchCache<CSIDriver> {
    const message = "k8s.io.api.storage.v1.CSIDriver";
    return this.#cache("/registry/csidrivers/", message, wholeFields, as<CSIDriver>());
  }

  get ingressClasses(): WatchCache<IngressClass> {
    const message = "k8s.io.api.networking.v1.IngressClass";
    return this.#cache("/registry/ingressclasses/", message, wholeFields, as<IngressClass>());
  }

  get runtimeClasses(): WatchCache<RuntimeClass> {
    const message = "k8s.io.api.node.v1.RuntimeClass";
    return this.#cache("/registry/runtimeclasses/", message, wholeFields, as<RuntimeClass>());
  }

  get serviceCidrs(): WatchCache<ServiceCIDR> {
    const message = "k8s.io.api.networking.v1.ServiceCIDR";
    return this.#cache("/registry/servicecidrs/", message, wholeFields, as<ServiceCIDR>());
  }

  get roles(): WatchCache<Role> {
    return this.#cache("/registry/roles/", "k8s.io.api.rbac.v1.Role", wholeFields, as<Role>());
  }

  get clusterRoles(): WatchCache<ClusterRole> {
    const message = "k8s.io.api.rbac.v1.ClusterRole";
    return this.#cache("/registry/clusterroles/", message, wholeFields, as<ClusterRole>());
  }

  get roleBindings(): WatchCache<RoleBinding> {
    const message = "k8s.io.api.rbac.v1.RoleBinding";
    return this.#cache("/registry/rolebindings/", message, wholeFields, as<RoleBinding>(), {
      /** `namespace/subject`. */
      subject: ({ metadata, subjects }) => {
        const namespace = metadata.namespace ?? "";
        return (subjects ?? []).map((s) => `${namespace}/${subjectKey(s, namespace)}`);
      },
    });
  }

  get clusterRoleBindings(): WatchCache<ClusterRoleBinding> {
    const message = "k8s.io.api.rbac.v1.ClusterRoleBinding";
    return this.#cache(
      "/registry/clusterrolebindings/",
      message,
      wholeFields,
      as<ClusterRoleBinding>(),
      {
        subject: ({ subjects }) => (subjects ?? []).map((s) => subjectKey(s, "")),
      },
    );
  }

  /** What each pod refers to: for the Node authorizer and for tokens that are bound to pods. */
  get pods(): WatchCache<PodReferences> {
    return this.#cache(
      "/registry/pods/",
      "k8s.io.api.core.v1.Pod",
      podReferenceFields,
      podReferences,
      {
        node: ({ nodeName }) => (nodeName === "" ? [] : [nodeName]),
      },
    );
  }

  get podCertificateRequests(): WatchCache<CachedPodCertificateRequest> {
    const message = "k8s.io.api.certificates.v1beta1.PodCertificateRequest";
    const prefix = "/registry/podcertificaterequests/";
    return this.#cache(prefix, message, podCertificateRequestFields, cachedPodCertificateRequest);
  }

  get nodes(): WatchCache<CachedNode> {
    return this.#cache("/registry/minions/", "k8s.io.api.core.v1.Node", nodeFields, cachedNode);
  }

  /** Addresses that are held, by services or by whatever else, by their names. */
  get ipAddresses(): WatchCache<string> {
    const message = "k8s.io.api.networking.v1.IPAddress";
    return this.#cache("/registry/ipaddresses/", message, [], nameOf);
  }

  /** What services say that they have. */
  get services(): WatchCache<CachedService> {
    const message = "k8s.io.api.core.v1.Service";
    return this.#cache("/registry/services/specs/", message, serviceFields, cachedService, {
      address: ({ clusterIps }) => clusterIps,
      port: ({ nodePorts }) => nodePorts.map(String),
    });
  }

  get flowSchemas(): WatchCache<FlowSchema> {
    const message = "k8s.io.api.flowcontrol.v1.FlowSchema";
    return this.#cache("/registry/flowschemas/", message, wholeFields, as<FlowSchema>());
  }

  get priorityLevels(): WatchCache<PriorityLevelConfiguration> {
    const message = "k8s.io.api.flowcontrol.v1.PriorityLevelConfiguration";
    const project = as<PriorityLevelConfiguration>();
    return this.#cache("/registry/prioritylevelconfigurations/", message, wholeFields, project);
  }

  close(): void {
    for (const cache of this.#open.values()) cache.close();
    this.#open.clear();
  }

  /**
   * Reads what every request needs, and what has been asked for before and was lost. Resolves with
   * the prefixes of the caches that could not be read; never rejects.
   */
  async sync(): Promise<readonly string[]> {
    const { namespaces, clusterRoleBindings, clusterRoles, roleBindings, roles } = this;
    const needed = [namespaces, clusterRoleBindings, clusterRoles, roleBindings, roles];
    const reading = [...needed, ...this.#open.values()].map((cache) => cache.readYourWrites());
    await Promise.allSettled(reading);
    return this.unsynced();
  }

  /** Prefixes of the caches that are open and not (or no longer) read whole. */
  unsynced(): readonly string[] {
    return [...this.#open].flatMap(([prefix, cache]) => (cache.isSynced ? [] : [prefix]));
  }

  #cache<T>(
    prefix: string,
    messageType: string,
    fields: readonly string[],
    project: (object: ObjectTree) => T,
    indexes: Readonly<Record<string, (item: T) => readonly string[]>> = {},
  ): WatchCache<T> {
    const known = this.#open.get(prefix);
    if (known !== undefined) return known as WatchCache<T>;
    const cache = new WatchCache<T>(this.#storage, {
      prefix,
      messageType,
      fields,
      project,
      indexes,
      unreadable: this.#unreadable,
    });
    this.#open.set(prefix, cache as WatchCache<unknown>);
    return cache;
  }
}
