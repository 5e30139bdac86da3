import type { Codec } from "../../api/codec.js";
import type { Pod, ResourceQuota } from "../../api/gen/types/coreV1.js";
import { Quantity } from "../../api/quantity.js";
import { quotaMatches } from "../../api/quota/quotaScopes.js";
import { quotaUsage, type Usage } from "../../api/quota/quotaUsage.js";
import { apiErrors } from "../../api/status.js";
import type { Clock } from "../../platform/clock.js";
import type { Storage } from "../../storage/storage.js";
import type { ServerCaches } from "../cache/serverCaches.js";
import type {
  AdmissionAttributes,
  AdmissionOperation,
  AdmissionPlugin,
} from "./admissionPlugin.js";
import { missingCompute } from "./missingCompute.js";
import { refusal } from "./refusal.js";

/** Lost races against other writers of one quota. */
const mostAttempts = 10;
const message = "k8s.io.api.core.v1.ResourceQuota";

/** Never counted: they come from the system itself, or are counted by nobody. */
const uncounted = new Set(["events", "bindings", "tokenreviews"]);

/**
 * Charges a namespace's quotas before an object is written, each by compare and swap on the
 * quota itself, so that concurrent writers never pass the limit together. A write that fails
 * gives back what it was charged.
 */
export class ResourceQuotaAdmission implements AdmissionPlugin {
  readonly name = "ResourceQuota";
  readonly #caches: ServerCaches;
  readonly #storage: Storage;
  readonly #codec: Codec;
  readonly #clock: Clock;

  constructor(caches: ServerCaches, storage: Storage, codec: Codec, clock: Clock) {
    this.#caches = caches;
    this.#storage = storage;
    this.#codec = codec;
    this.#clock = clock;
  }

  handles(
    operation: AdmissionOperation,
    group: string,
    resource: string,
    subresource: string,
  ): boolean {
    if (subresource !== "" || uncounted.has(resource)) return false;
    if (group === "authorization.k8s.io" || group === "authentication.k8s.io") return false;
    if (operation === "CREATE") return true;
    const changes = resource === "services" || resource === "persistentvolumeclaims";
    return operation === "UPDATE" && group === "" && changes;
  }

  validate(attributes: AdmissionAttributes): void | Promise<void> {
    if (attributes.namespace === "") return;
    const { resourceQuotas } = this.#caches;
    const behind = resourceQuotas.catchUp();
    if (behind !== undefined) return behind.then(() => this.#charge(attributes));
    if (resourceQuotas.inNamespace(attributes.namespace).length > 0)
      return this.#charge(attributes);
  }

  async #charge(attributes: AdmissionAttributes): Promise<void> {
    const { group, resource, object, oldObject } = attributes;
    const quotas = this.#caches.resourceQuotas.inNamespace(attributes.namespace);
    if (quotas.length === 0 || object === undefined) return;
    const usage = difference(
      quotaUsage(group, resource, object, this.#clock.now()),
      attributes.operation === "UPDATE" && oldObject !== undefined
        ? quotaUsage(group, resource, oldObject, this.#clock.now())
        : undefined,
    );
    const charged: { quota: ResourceQuota; usage: Usage }[] = [];
    attributes.onDecided?.(async (committed) => {
      if (!committed) await this.#giveBack(charged);
    });
    const ordered = quotas.sort((a, b) =>
      (a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1,
    );
    for (const quota of ordered) {
      if (!quotaMatches(quota, resource, object)) continue;
      const relevant = restrict(usage, quota);
      if (relevant.size === 0) continue;
      if (resource === "pods" && group === "") {
        const missing = missingCompute(quota, object as unknown as Pod);
        if (missing !== "") {
          const why = `failed quota: ${quota.metadata.name}: must specify ${missing}`;
          throw refusal(attributes, why);
        }
      }
      await this.#chargeOne(attributes, quota, relevant);
      if (!attributes.dryRun) charged.push({ quota, usage: relevant });
    }
  }

  async #chargeOne(
    attributes: AdmissionAttributes,
    quota: ResourceQuota,
    usage: Usage,
  ): Promise<void> {
    const done = await this.#change(quota, (current) => {
      const status = current.status ?? {};
      const unknown = [...usage.keys()].filter((name) => status.hard?.[name] === undefined);
      if (unknown.length > 0) {
        const names = unknown.sort().join(",");
        const why = `status unknown for quota: ${quota.metadata.name}, resources: ${names}`;
        throw refusal(attributes, why);
      }
      const used = new Map<string, Quantity>();
      for (const [name, value] of usage) used.set(name, parse(status.used?.[name]).add(value));
      const exceeded = [...usage.keys()].filter((name) => {
        const total = used.get(name);
        const more = (usage.get(name)?.sign() ?? 0) > 0;
        return more && total !== undefined && total.compare(parse(status.hard?.[name])) > 0;
      });
      if (exceeded.length > 0) {
        throw refusal(attributes, describeExcess(current, usage, exceeded.sort()));
      }
      if (attributes.dryRun) return undefined;
      const texts = [...used].map(([name, value]) => [name, value.toString()]);
      return { ...status, used: { ...status.used, ...Object.fromEntries(texts) } };
    });
    if (!done) {
      const resource = { group: "", resource: "resourcequotas" };
      throw apiErrors.conflict(resource, quota.metadata.name ?? "");
    }
  }

  async #giveBack(charged: readonly { quota: ResourceQuota; usage: Usage }[]): Promise<void> {
    for (const { quota, usage } of charged) {
      await this.#change(quota, (current) => {
        const status = current.status ?? {};
        const used = { ...status.used };
        for (const [name, value] of usage) {
          const left = parse(used[name]).sub(value);
          used[name] = (left.sign() < 0 ? Quantity.zero : left).toString();
        }
        return { ...status, used };
      });
    }
  }

  /**
   * Reads, changes and writes the quota's status; true when it was written or there was nothing to
   * write.
   */
  async #change(
    quota: ResourceQuota,
    next: (current: ResourceQuota) => ResourceQuota["status"],
  ): Promise<boolean> {
    const { namespace = "", name = "" } = quota.metadata;
    const key = `/registry/resourcequotas/${namespace}/${name}`;
    for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
      const stored = await this.#storage.get(key);
      if (stored === undefined) return true;
      const base = this.#codec.decodeStored(stored.value, message, String(stored.modRevision));
      const current = JSON.parse(base.json()) as ResourceQuota;
      const status = next(current);
      if (status === undefined) return true;
      const changed = base.withJson(JSON.stringify({ ...current, status }));
      if (changed.object === undefined) throw new Error("a quota's status does not decode");
      const result = await this.#storage.transact({
        compare: [{ key, target: "modRevision", equals: stored.modRevision }],
        success: [{ type: "put", key, value: changed.object.stored(), leaseId: stored.leaseId }],
      });
      if (result.succeeded) return true;
    }
    return false;
  }
}

function parse(text: string | undefined): Quantity {
  return text === undefined ? Quantity.zero : (Quantity.tryParse(text) ?? Quantity.zero);
}

/** New minus old; what did not change is left out. */
function difference(usage: Usage, before: Usage | undefined): Usage {
  if (before === undefined) return usage;
  const changed = new Map<string, Quantity>();
  for (const [name, value] of usage) {
    const more = value.sub(before.get(name) ?? Quantity.zero);
    if (!more.isZero()) changed.set(name, more);
  }
  return changed;
}

function restrict(usage: Usage, quota: ResourceQuota): Usage {
  const hard = quota.spec?.hard ?? {};
  return new Map([...usage].filter(([name]) => hard[name] !== undefined));
}

function describeExcess(quota: ResourceQuota, usage: Usage, names: readonly string[]): string {
  const list = (value: (name: string) => string): string =>
    names.map((name) => `${name}=${value(name)}`).join(",");
  const requested = list((name) => (usage.get(name) ?? Quantity.zero).toString());
  const used = list((name) => parse(quota.status?.used?.[name]).toString());
  const limited = list((name) => parse(quota.status?.hard?.[name]).toString());
  return `exceeded quota: ${quota.metadata.name}, requested: ${requested}, used: ${used}, limited: ${limited}`;
}
