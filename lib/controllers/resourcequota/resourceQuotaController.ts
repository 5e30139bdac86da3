import { builtInKinds } from "../../api/builtInKinds.js";
import { deadlineAfter, firstWait } from "../../api/deadline.js";
import { equalJson } from "../../api/equality.js";
import { coreV1 } from "../../api/gen/resources.js";
import type {
  PersistentVolumeClaim,
  Pod,
  ResourceQuota,
  Service,
} from "../../api/gen/types/coreV1.js";
import { preferredResource } from "../../api/knownKinds.js";
import { Quantity } from "../../api/quantity.js";
import { quotaMatches } from "../../api/quota/quotaScopes.js";
import { quotaUsage, type Usage } from "../../api/quota/quotaUsage.js";
import { hasReason } from "../../api/status.js";
import type { DynamicResourceType } from "../../client/client.js";
import { type Indexer, objectKey, splitKey } from "../../client/informer/indexer.js";
import type { Informer } from "../../client/informer/informer.js";
import type { KubernetesObject } from "../../client/resourceClient.js";
import type { ControllerContext } from "../controllerContext.js";
import { discoverResource } from "../discoverResources.js";
import { QueueController } from "../queueController.js";

/** Kinds whose number quotas name without `count/`. */
const plainCounts: Readonly<Record<string, string>> = {
  configmaps: "count/configmaps",
  secrets: "count/secrets",
  replicationcontrollers: "count/replicationcontrollers",
  resourcequotas: "count/resourcequotas",
};

/** Counted from caches, so that none of them in the cache is none at all. */
const cachedCounts = new Set(["count/pods", "count/services", "count/persistentvolumeclaims"]);

/**
 * A quota is charged before its object is written, and the two come by different watches: what was
 * charged this recently may not be counted as free. Where nothing is left nobody is charged either,
 * so a full quota always settles.
 */
const settlingMilliseconds = 250;

interface Followed {
  readonly type: DynamicResourceType;
  readonly informer: Informer<KubernetesObject>;
}

interface CountedResource {
  readonly group: string;
  readonly resource: string;
}

/** How soon it is looked again for a kind that was not served: as often as upstream discovers. */
const discoveryPeriodMilliseconds = 30_000;

/** Keeps what quotas say is used as it is; admission charges in between. */
export class ResourceQuotaController extends QueueController {
  readonly #quotas: Indexer<ResourceQuota>;
  readonly #pods: Indexer<Pod>;
  readonly #services: Indexer<Service>;
  readonly #claims: Indexer<PersistentVolumeClaim>;
  /** By `group/resource`: kinds that some quota counts, which are watched for what goes. */
  readonly #followed = new Map<string, Followed>();
  /** When admission was last seen to charge, by the monotonic clock; one entry a quota. */
  readonly #chargedAt = new Map<string, number>();

  constructor(context: ControllerContext) {
    super("resourcequota-controller", context);
    const resyncMilliseconds = context.options.resourceQuotaSyncPeriodSeconds * 1000;
    const quotas = this.informer(coreV1.resourcequotas, { resyncMilliseconds });
    this.#quotas = quotas.indexer;
    quotas.addEventHandler({
      onAdd: this.enqueue,
      onUpdate: (old, quota) => this.#quotaChanged(old, quota),
      onDelete: (quota) => this.#chargedAt.delete(objectKey(quota)),
    });
    const pods = this.informer(coreV1.pods);
    this.#pods = pods.indexer;
    pods.addEventHandler({
      onDelete: (pod) => this.#enqueueNamespace(pod),
      onUpdate: (old, pod) => {
        const isDated = old.metadata.deletionTimestamp !== pod.metadata.deletionTimestamp;
        const { deletionGracePeriodSeconds: grace } = pod.metadata;
        const isGraced = old.metadata.deletionGracePeriodSeconds !== grace;
        if (isDated || isGraced) this.#enqueueNamespace(pod);
        else this.#enqueueTouched("pods", old, pod);
      },
    });
    const services = this.informer(coreV1.services);
    this.#services = services.indexer;
    services.addEventHandler({
      onDelete: (service) => this.#enqueueNamespace(service),
      onUpdate: (old, service) => this.#enqueueTouched("services", old, service),
    });
    const claims = this.informer(coreV1.persistentvolumeclaims);
    this.#claims = claims.indexer;
    claims.addEventHandler({
      onDelete: (claim) => this.#enqueueNamespace(claim),
      onUpdate: (old, claim) => this.#enqueueTouched("persistentvolumeclaims", old, claim),
    });
  }

  /**
   * What admission charges changes nothing that is to be counted: the charged object is not even
   * written then. A resync, which shows the same version again, counts everything.
   */
  #quotaChanged(old: ResourceQuota, quota: ResourceQuota): void {
    const isResync = old.metadata.resourceVersion === quota.metadata.resourceVersion;
    if (isRaised(old.status?.used, quota.status?.used)) {
      this.#chargedAt.set(objectKey(quota), this.context.platform.clock.monotonic());
    }
    const hard = quota.spec?.hard ?? {};
    if (isResync || !equalJson(old.spec, quota.spec) || !equalJson(quota.status?.hard, hard)) {
      this.enqueue(quota);
    }
  }

  #enqueueNamespace({ metadata }: KubernetesObject): void {
    for (const quota of this.#quotas.list(metadata?.namespace)) this.enqueue(quota);
  }

  /** An object that stays may hold less, or be another quota's: admission gives nothing back. */
  #enqueueTouched(resource: string, old: KubernetesObject, object: KubernetesObject): void {
    const now = this.now();
    for (const quota of this.#quotas.list(object.metadata?.namespace)) {
      const held = (one: KubernetesObject): Usage =>
        quotaMatches(quota, resource, one) ? quotaUsage("", resource, one, now) : new Map();
      if (!isSameUsage(held(old), held(object))) this.enqueue(quota);
    }
  }

  override async run(signal: AbortSignal): Promise<void> {
    const forget = this.context.onKindsChange?.(() => {
      for (const quota of this.#quotas.list()) {
        if (!Object.keys(quota.spec?.hard ?? {}).some(mayBeCustom)) continue;
        this.enqueue(quota);
        // Again when the last charge is seen.
        this.queue.addAfter(objectKey(quota), settlingMilliseconds);
      }
    });
    try {
      await super.run(signal);
    } finally {
      forget?.();
    }
  }

  protected override async sync(key: string, signal: AbortSignal): Promise<void> {
    const quota = this.#quotas.get(key);
    if (quota === undefined) return;
    const { namespace } = splitKey(key);
    const hard = quota.spec?.hard ?? {};
    const usage = this.#cachedUsage(quota, namespace);
    const wait = untilPodsAreOverdue(this.#pods.list(namespace), this.now());
    if (wait !== undefined) this.queue.addAfter(key, wait);
    if (Object.keys(hard).some(mayBeCustom)) this.queue.addAfter(key, discoveryPeriodMilliseconds);
    const used: Record<string, string> = {};
    const failures: unknown[] = [];
    for (const name of Object.keys(hard)) {
      const none = cachedCounts.has(name) ? Quantity.zero : undefined;
      try {
        const value = usage.get(name) ?? none ?? (await this.#count(name, key, signal));
        used[name] = value.toString();
      } catch (error) {
        if (signal.aborted) throw error;
        // What could not be counted stays as it was; the rest is told all the same.
        failures.push(error);
        const known = quota.status?.used?.[name];
        if (known !== undefined) used[name] = known;
      }
    }
    await this.#write(key, quota, used, signal);
    if (failures.length > 0) throw failures[0];
  }

  async #write(
    key: string,
    quota: ResourceQuota,
    used: Record<string, string>,
    signal: AbortSignal,
  ): Promise<void> {
    const hard = quota.spec?.hard ?? {};
    if (equalJson(quota.status?.hard ?? {}, hard) && isSame(quota.status?.used ?? {}, used)) return;
    const sinceCharge =
      this.context.platform.clock.monotonic() - (this.#chargedAt.get(key) ?? -Infinity);
    if (isRaised(used, quota.status?.used) && sinceCharge < settlingMilliseconds) {
      this.queue.addAfter(key, settlingMilliseconds - sinceCharge);
      return;
    }
    const quotas = this.context.client.resource(coreV1.resourcequotas);
    try {
      await quotas.updateStatus({ ...quota, status: { hard, used } }, { signal });
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
    }
  }

  #cachedUsage(quota: ResourceQuota, namespace: string): Usage {
    const total = new Map<string, Quantity>();
    const now = this.now();
    const take = (resource: string, objects: readonly object[]): void => {
      for (const object of objects) {
        if (!quotaMatches(quota, resource, object)) continue;
        for (const [name, value] of quotaUsage("", resource, object, now)) {
          total.set(name, (total.get(name) ?? Quantity.zero).add(value));
        }
      }
    };
    take("pods", this.#pods.list(namespace));
    take("services", this.#services.list(namespace));
    take("persistentvolumeclaims", this.#claims.list(namespace));
    return total;
  }

  /** `count/deployments.apps` and the like: the server counts, a watch tells of what goes. */
  async #count(name: string, key: string, signal: AbortSignal): Promise<Quantity> {
    const { namespace } = splitKey(key);
    const counted = countedResource(name);
    const { client } = this.context;
    const builtIn = preferredResource(builtInKinds, counted.group, counted.resource);
    const type =
      builtIn ??
      (mayBeCustom(name)
        ? await discoverResource(client, counted.group, counted.resource, signal)
        : undefined);
    if (type === undefined) {
      this.#unfollow(counted);
      return Quantity.zero;
    }
    // Followed before it is counted: what goes in between is told of. What was charged and went
    // before is seen when the charge is.
    if (await this.#follow(type, signal)) this.queue.addAfter(key, settlingMilliseconds);
    const objects = builtIn === undefined ? client.dynamic(type) : client.resource(builtIn);
    const { items, metadata } = await objects.list({ namespace, limit: 1, signal });
    return Quantity.of(items.length + (metadata.remainingItemCount ?? 0));
  }

  /** A resource that is served no more. */
  #unfollow({ group, resource }: CountedResource): void {
    const key = `${group}/${resource}`;
    const followed = this.#followed.get(key);
    if (followed === undefined) return;
    this.#followed.delete(key);
    this.context.informers.endMetadataInformer(followed.type);
  }

  /**
   * Tells whether it is followed only from now on. Another controller may have ended the informer
   * that it was followed by.
   */
  async #follow(type: DynamicResourceType, signal: AbortSignal): Promise<boolean> {
    const key = `${type.group}/${type.resource}`;
    const { informers } = this.context;
    const informer = informers.metadataInformer(type);
    const isNew = this.#followed.get(key)?.informer !== informer;
    if (isNew) {
      this.#followed.set(key, { type, informer });
      informer.addEventHandler({ onDelete: (object) => this.#enqueueNamespace(object) });
      informers.start(signal);
    }
    await informer.waitForSync(signal);
    return isNew;
  }
}

function isSameUsage(a: Usage, b: Usage): boolean {
  if (a.size !== b.size) return false;
  return [...a].every(([name, value]) => b.get(name)?.nanos === value.nanos);
}

/**
 * Until the first pod under deletion has outstayed its grace: from then on it counts no more, and
 * nothing else tells of it.
 */
function untilPodsAreOverdue(pods: readonly Pod[], nowMilliseconds: number): number | undefined {
  return firstWait(
    pods.map(({ metadata }) => {
      const { deletionTimestamp, deletionGracePeriodSeconds: grace } = metadata;
      if (grace === undefined) return { state: "unset" };
      return deadlineAfter(deletionTimestamp, grace * 1000 + 1, nowMilliseconds);
    }),
  );
}

/** Of `count/deployments.apps` and the like. */
function countedResource(name: string): CountedResource {
  const match = /^count\/([^.]+)(?:\.(.+))?$/.exec(plainCounts[name] ?? name);
  return { group: match?.[2] ?? "", resource: match?.[1] ?? "" };
}

/** A resource of a group that is a domain, and not built in: it may come and go. */
function mayBeCustom(name: string): boolean {
  const { group, resource } = countedResource(name);
  return group.includes(".") && preferredResource(builtInKinds, group, resource) === undefined;
}

/** Whether something is more than it was before. */
function isRaised(
  before: Readonly<Record<string, string>> = {},
  now: Readonly<Record<string, string>> = {},
): boolean {
  return Object.entries(now).some(([name, text]) => {
    const [left, right] = [Quantity.tryParse(before[name] ?? "0"), Quantity.tryParse(text)];
    return left !== undefined && right !== undefined && right.compare(left) > 0;
  });
}

function isSame(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(b);
  return (
    names.length === Object.keys(a).length &&
    names.every((name) => {
      const [left, right] = [Quantity.tryParse(a[name] ?? ""), Quantity.tryParse(b[name] ?? "")];
      return left !== undefined && left.nanos === right?.nanos;
    })
  );
}
