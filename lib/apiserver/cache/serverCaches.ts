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
import { type CachedNode, cachedNode } from "./nodeEntry.js";
import { ObjectCache } from "./objectCache.js";
import {
  type CachedPodCertificateRequest,
  cachedPodCertificateRequest,
} from "./podCertificateRequestEntry.js";
import { type PodReferences, podReferences } from "./podReferences.js";
import { type CachedServiceAccount, cachedServiceAccount } from "./serviceAccountEntry.js";
import { type CachedService, cachedService } from "./serviceEntry.js";

/** As an index names a subject: `User:name`, `Group:name`; service accounts by their user name. */
export function subjectKey(subject: Subject, bindingNamespace: string): string {
  if (subject.kind !== "ServiceAccount") return `${subject.kind}:${subject.name}`;
  return `User:system:serviceaccount:${subject.namespace || bindingNamespace}:${subject.name}`;
}

const as =
  <T>() =>
  (object: ObjectTree): T => {
    // Nobody's rules read them, and they are half of many objects.
    const metadata = object.metadata as { managedFields?: unknown } | undefined;
    if (metadata) delete metadata.managedFields;
    return object as T;
  };

/**
 * The caches that admission, authorization and authentication read. Each starts when it is first
 * asked.
 */
export class ServerCaches {
  readonly #storage: Storage;
  /** By prefix; bounded by the kinds below. */
  readonly #open = new Map<string, ObjectCache<unknown>>();

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  get namespaces(): ObjectCache<Namespace> {
    return this.#cache("/registry/namespaces/", "k8s.io.api.core.v1.Namespace", as<Namespace>());
  }

  get limitRanges(): ObjectCache<LimitRange> {
    return this.#cache("/registry/limitranges/", "k8s.io.api.core.v1.LimitRange", as<LimitRange>());
  }

  get resourceQuotas(): ObjectCache<ResourceQuota> {
    const message = "k8s.io.api.core.v1.ResourceQuota";
    return this.#cache("/registry/resourcequotas/", message, as<ResourceQuota>());
  }

  get serviceAccounts(): ObjectCache<CachedServiceAccount> {
    const message = "k8s.io.api.core.v1.ServiceAccount";
    return this.#cache("/registry/serviceaccounts/", message, cachedServiceAccount);
  }

  get priorityClasses(): ObjectCache<PriorityClass> {
    const message = "k8s.io.api.scheduling.v1.PriorityClass";
    return this.#cache("/registry/priorityclasses/", message, as<PriorityClass>());
  }

  get storageClasses(): ObjectCache<StorageClass> {
    const message = "k8s.io.api.storage.v1.StorageClass";
    return this.#cache("/registry/storageclasses/", message, as<StorageClass>());
  }

  get csiDrivers(): ObjectCache<CSIDriver> {
    const message = "k8s.io.api.storage.v1.CSIDriver";
    return this.#cache("/registry/csidrivers/", message, as<CSIDriver>());
  }

  get ingressClasses(): ObjectCache<IngressClass> {
    const message = "k8s.io.api.networking.v1.IngressClass";
    return this.#cache("/registry/ingressclasses/", message, as<IngressClass>());
  }

  get runtimeClasses(): ObjectCache<RuntimeClass> {
    const message = "k8s.io.api.node.v1.RuntimeClass";
    return this.#cache("/registry/runtimeclasses/", message, as<RuntimeClass>());
  }

  get serviceCidrs(): ObjectCache<ServiceCIDR> {
    const message = "k8s.io.api.networking.v1.ServiceCIDR";
    return this.#cache("/registry/servicecidrs/", message, as<ServiceCIDR>());
  }

  get roles(): ObjectCache<Role> {
    return this.#cache("/registry/roles/", "k8s.io.api.rbac.v1.Role", as<Role>());
  }

  get clusterRoles(): ObjectCache<ClusterRole> {
    const message = "k8s.io.api.rbac.v1.ClusterRole";
    return this.#cache("/registry/clusterroles/", message, as<ClusterRole>());
  }

  get roleBindings(): ObjectCache<RoleBinding> {
    const message = "k8s.io.api.rbac.v1.RoleBinding";
    return this.#cache("/registry/rolebindings/", message, as<RoleBinding>(), {
      /** `namespace/subject`. */
      subject: ({ metadata, subjects }) => {
        const namespace = metadata.namespace ?? "";
        return (subjects ?? []).map((s) => `${namespace}/${subjectKey(s, namespace)}`);
      },
    });
  }

  get clusterRoleBindings(): ObjectCache<ClusterRoleBinding> {
    const message = "k8s.io.api.rbac.v1.ClusterRoleBinding";
    return this.#cache("/registry/clusterrolebindings/", message, as<ClusterRoleBinding>(), {
      subject: ({ subjects }) => (subjects ?? []).map((s) => subjectKey(s, "")),
    });
  }

  /** What each pod refers to: for the Node authorizer and for tokens that are bound to pods. */
  get pods(): ObjectCache<PodReferences> {
    return this.#cache("/registry/pods/", "k8s.io.api.core.v1.Pod", podReferences, {
      node: ({ nodeName }) => (nodeName === "" ? [] : [nodeName]),
    });
  }

  get podCertificateRequests(): ObjectCache<CachedPodCertificateRequest> {
    const message = "k8s.io.api.certificates.v1beta1.PodCertificateRequest";
    const prefix = "/registry/podcertificaterequests/";
    return this.#cache(prefix, message, cachedPodCertificateRequest);
  }

  get nodes(): ObjectCache<CachedNode> {
    return this.#cache("/registry/minions/", "k8s.io.api.core.v1.Node", cachedNode);
  }

  /** What addresses and node ports are taken: the allocator's only memory. */
  get services(): ObjectCache<CachedService> {
    const message = "k8s.io.api.core.v1.Service";
    return this.#cache("/registry/services/specs/", message, cachedService, {
      address: ({ clusterIps }) => clusterIps,
      port: ({ nodePorts }) => nodePorts.map(String),
    });
  }

  get flowSchemas(): ObjectCache<FlowSchema> {
    const message = "k8s.io.api.flowcontrol.v1.FlowSchema";
    return this.#cache("/registry/flowschemas/", message, as<FlowSchema>());
  }

  get priorityLevels(): ObjectCache<PriorityLevelConfiguration> {
    const message = "k8s.io.api.flowcontrol.v1.PriorityLevelConfiguration";
    const project = as<PriorityLevelConfiguration>();
    return this.#cache("/registry/prioritylevelconfigurations/", message, project);
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
    const reading = [...needed, ...this.#open.values()].map((cache) => cache.catchUp());
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
    project: (object: ObjectTree) => T,
    indexes: Readonly<Record<string, (item: T) => readonly string[]>> = {},
  ): ObjectCache<T> {
    const known = this.#open.get(prefix);
    if (known !== undefined) return known as ObjectCache<T>;
    const cache = new ObjectCache<T>(this.#storage, { prefix, messageType, project, indexes });
    this.#open.set(prefix, cache as ObjectCache<unknown>);
    return cache;
  }
}
