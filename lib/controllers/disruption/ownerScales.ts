import { builtInKinds } from "../../api/builtInKinds.js";
import { appsV1, coreV1 } from "../../api/gen/resources.js";
import type { APIResourceList, OwnerReference } from "../../api/gen/types/metaV1.js";
import { apiVersionOf, parseApiVersion } from "../../api/resourceType.js";
import { hasReason } from "../../api/status.js";
import type { Client, DynamicResourceType } from "../../client/client.js";
import { controllerOf } from "../../client/ownership/controllerReference.js";
import type { KubernetesObject } from "../../client/resourceClient.js";

/** A controller of pods, as far as its size is concerned. */
export interface Scaled extends KubernetesObject {
  spec?: { replicas?: number };
}

/** A cache of such controllers. */
export interface OwnerCache {
  getByName(namespace: string, name: string): Scaled | undefined;
}

export interface OwnerScale {
  readonly uid: string;
  readonly replicas: number;
}

interface KnownOwner {
  readonly kind: string;
  /** Groups in which the kind is this one: one of the same name elsewhere is another. */
  readonly groups: readonly string[];
  readonly objects: OwnerCache;
}

interface ScalableType {
  readonly type: DynamicResourceType;
  readonly hasScale: boolean;
}

const appsGroups = ["apps", "extensions"];

/**
 * How many pods a pod's controller wants: from the cache for the usual kinds, from the scale
 * subresource for all others and for what the cache does not have.
 */
export class OwnerScales {
  readonly #client: Client;
  readonly #known: readonly KnownOwner[];

  constructor(
    client: Client,
    caches: {
      readonly replicaSets: OwnerCache;
      readonly deployments: OwnerCache;
      readonly statefulSets: OwnerCache;
      readonly replicationControllers: OwnerCache;
    },
  ) {
    this.#client = client;
    this.#known = [
      { kind: appsV1.replicasets.kind, groups: appsGroups, objects: caches.replicaSets },
      { kind: appsV1.deployments.kind, groups: appsGroups, objects: caches.deployments },
      { kind: appsV1.statefulsets.kind, groups: ["apps"], objects: caches.statefulSets },
      {
        kind: coreV1.replicationcontrollers.kind,
        groups: [""],
        objects: caches.replicationControllers,
      },
    ];
  }

  /** Undefined where there is no such object; throws for a kind that has no scale. */
  async of(
    reference: OwnerReference,
    namespace: string,
    signal: AbortSignal,
  ): Promise<OwnerScale | undefined> {
    const owner = this.#cached(reference, namespace);
    if (owner === undefined) return this.#read(reference, namespace, signal);
    const above = controllerOf(owner);
    // Only what a Deployment wants is what its ReplicaSets want together.
    const deployment =
      above?.kind === appsV1.deployments.kind ? this.#cached(above, namespace) : undefined;
    return scaleOf(deployment ?? owner);
  }

  #cached({ apiVersion, kind, name, uid }: OwnerReference, namespace: string): Scaled | undefined {
    const group = parseApiVersion(apiVersion)?.group;
    const known = this.#known.find((one) => one.kind === kind && one.groups.includes(group ?? "?"));
    const object = known?.objects.getByName(namespace, name);
    return object?.metadata?.uid === uid ? object : undefined;
  }

  async #read(
    reference: OwnerReference,
    namespace: string,
    signal: AbortSignal,
  ): Promise<OwnerScale | undefined> {
    const { type, hasScale } = await this.#typeOf(reference, signal);
    if (!hasScale) {
      const name = type.group === "" ? type.resource : `${type.resource}.${type.group}`;
      throw new Error(`${name} does not implement the scale subresource`);
    }
    try {
      const options = { namespace, signal };
      const scale = await this.#client.dynamic(type).getScale(reference.name, options);
      return scale.metadata?.uid === reference.uid ? scaleOf(scale) : undefined;
    } catch (error) {
      if (hasReason(error, "NotFound")) return undefined;
      throw error;
    }
  }

  async #typeOf({ apiVersion, kind }: OwnerReference, signal: AbortSignal): Promise<ScalableType> {
    const wanted = parseApiVersion(apiVersion);
    const builtIn = builtInKinds.resources.find(
      (type) =>
        type.kind === kind && type.group === wanted?.group && type.storagePath !== undefined,
    );
    if (builtIn !== undefined) {
      return { type: builtIn, hasScale: builtIn.subresources.some(({ name }) => name === "scale") };
    }
    const served = wanted === undefined ? undefined : await this.#served(wanted, kind, signal);
    if (served === undefined) {
      throw new Error(`no matches for kind "${kind}" in version "${apiVersion}"`);
    }
    return served;
  }

  async #served(
    wanted: { readonly group: string; readonly version: string },
    kind: string,
    signal: AbortSignal,
  ): Promise<ScalableType | undefined> {
    const root = wanted.group === "" ? "/api" : "/apis";
    let list: APIResourceList;
    try {
      list = (await this.#client.rawJson(
        `${root}/${apiVersionOf(wanted)}`,
        signal,
      )) as APIResourceList;
    } catch (error) {
      if (hasReason(error, "NotFound")) return undefined;
      // Without HTTP nobody can be asked.
      if (this.#client.transport === "rpc" && !signal.aborted) return undefined;
      throw error;
    }
    const resources = list.resources ?? [];
    const found = resources.find((one) => one.kind === kind && !one.name.includes("/"));
    if (found === undefined) return undefined;
    const { name, namespaced } = found;
    return {
      type: { ...wanted, kind, resource: name, namespaced },
      hasScale: resources.some((one) => one.name === `${name}/scale` && one.kind === "Scale"),
    };
  }
}

function scaleOf(object: Scaled): OwnerScale {
  return { uid: object.metadata?.uid ?? "", replicas: object.spec?.replicas ?? 1 };
}
