import type { Codec } from "../../api/codec.js";
import { coreV1 } from "../../api/gen/resources.js";
import type { Pod, ResourceQuota } from "../../api/gen/types/coreV1.js";
import { Quantity } from "../../api/quantity.js";
import { quotaMatches } from "../../api/quota/quotaScopes.js";
import { quotaUsage, type Usage } from "../../api/quota/quotaUsage.js";
import type { Clock } from "../../platform/clock.js";
import type { Storage } from "../../storage/storage.js";
import type { ServerCaches } from "../cache/serverCaches.js";
import { type Grounds, lasting, onPrefix } from "../grounds.js";
import type {
  AdmissionAttributes,
  AdmissionOperation,
  AdmissionPlugin,
  ObjectTree,
} from "./admissionPlugin.js";
import { forbidden } from "./forbidden.js";
import { missingCompute } from "./missingCompute.js";
import { type QuotaCharge, QuotaLedger, type QuotaPlan } from "./quotaLedger.js";
import { objectOf, oldObjectOf } from "./typedObjects.js";

/** Never counted: they come from the system itself, or are counted by nobody. */
const uncounted = new Set(["events", "bindings", "tokenreviews"]);

/**
 * Charges a namespace's quotas before an object is written, so that concurrent writers never pass
 * a limit together. A write that fails gives back what it was charged.
 */
export class ResourceQuotaAdmission implements AdmissionPlugin {
  readonly name = "ResourceQuota";
  readonly #caches: ServerCaches;
  readonly #clock: Clock;
  readonly #ledger: QuotaLedger;

  constructor(caches: ServerCaches, storage: Storage, codec: Codec, clock: Clock) {
    this.#caches = caches;
    this.#clock = clock;
    const namesOf = (namespace: string): string[] =>
      caches.resourceQuotas
        .inNamespace(namespace)
        .map(({ metadata }) => metadata.name ?? "")
        .sort();
    this.#ledger = new QuotaLedger(namesOf, storage, codec, clock);
  }

  handles(
    operation: AdmissionOperation,
    group: string,
    resource: string,
    subresource: string,
  ): boolean {
    if (isRecount(operation, group, resource, subresource)) return true;
    // What a pod takes changes by a resize, and by which quotas it is counted by its deadline.
    if (group === "" && resource === "pods" && operation === "UPDATE") {
      return subresource === "resize" || subresource === "";
    }
    if (subresource !== "" || uncounted.has(resource)) return false;
    if (group === "authorization.k8s.io" || group === "authentication.k8s.io") return false;
    if (operation === "CREATE") return true;
    const changes = resource === "services" || resource === "persistentvolumeclaims";
    return operation === "UPDATE" && group === "" && changes;
  }

  /**
   * Whoever recounts a quota cannot have seen the objects that are charged and not written yet:
   * they are added, or what is free would be given away twice.
   */
  admit(attributes: AdmissionAttributes): void {
    const { operation, group, resource, subresource } = attributes;
    if (!isRecount(operation, group, resource, subresource)) return;
    // They are there from the first time on.
    if (attributes.reinvocation.isSecond) return;
    const { status, metadata } = objectOf(attributes, coreV1.resourcequotas);
    const { status: old } = oldObjectOf(attributes, coreV1.resourcequotas);
    const used = status?.used;
    if (used === undefined) return;
    for (const [name, value] of this.#ledger.undecided(metadata.uid ?? "")) {
      // What is written back as it was read has them already.
      if (used[name] === undefined || used[name] === old?.used?.[name]) continue;
      used[name] = parse(used[name]).add(value).toString();
    }
  }

  validate(attributes: AdmissionAttributes): void | Promise<void> {
    const { namespace, operation, group, resource, subresource } = attributes;
    if (namespace === "" || isRecount(operation, group, resource, subresource)) return;
    if (!mayChangeUsage(attributes)) return;
    const { resourceQuotas } = this.#caches;
    const behind = resourceQuotas.readYourWrites();
    if (behind !== undefined) return behind.then(() => this.#charge(attributes));
    if (resourceQuotas.inNamespace(namespace).length > 0) return this.#charge(attributes);
  }

  writeGrounds({ namespace, operation, unchangedPod }: AdmissionAttributes): Grounds | undefined {
    if (namespace === "" || unchangedPod !== undefined) return lasting;
    if (operation !== "CREATE") return undefined;
    const { resourceQuotas } = this.#caches;
    if (resourceQuotas.inNamespace(namespace).length > 0) return undefined;
    return onPrefix("/registry/resourcequotas/");
  }

  async #charge(attributes: AdmissionAttributes): Promise<void> {
    const { namespace, group, resource, object, oldObject, dryRun } = attributes;
    const quotas = this.#caches.resourceQuotas.inNamespace(namespace);
    if (quotas.length === 0 || object === undefined) return;
    const now = this.#clock.now();
    const usage = quotaUsage(group, resource, object, now);
    const before =
      attributes.operation === "UPDATE" && oldObject !== undefined
        ? { object: oldObject, usage: quotaUsage(group, resource, oldObject, now) }
        : undefined;
    const plan: QuotaPlan = (current) => planned(attributes, { object, usage }, before, current);
    if (dryRun) {
      await this.#ledger.check(namespace, plan);
      return;
    }
    const charges = await this.#ledger.charge(namespace, plan);
    const decided = (committed: boolean) => this.#ledger.decided(namespace, charges, committed);
    if (attributes.onDecided === undefined) await decided(true);
    else attributes.onDecided(decided);
  }
}

/** Somebody writes what a quota says is used. */
function isRecount(
  operation: AdmissionOperation,
  group: string,
  resource: string,
  subresource: string,
): boolean {
  const isStatus = resource === "resourcequotas" && subresource === "status";
  return operation === "UPDATE" && group === "" && isStatus;
}

/** A pod's usual updates change nothing that is counted, except where its deadline is set. */
function mayChangeUsage(attributes: AdmissionAttributes): boolean {
  const { operation, group, resource, subresource } = attributes;
  const isPodUpdate = group === "" && resource === "pods" && operation === "UPDATE";
  if (!isPodUpdate || subresource !== "") return true;
  if (attributes.unchangedPod !== undefined) return false;
  const hasDeadline = (pod: ObjectTree | undefined): boolean =>
    ((pod as Pod | undefined)?.spec.activeDeadlineSeconds ?? undefined) !== undefined;
  return hasDeadline(attributes.object) !== hasDeadline(attributes.oldObject);
}

interface Counted {
  readonly object: ObjectTree;
  readonly usage: Usage;
}

/**
 * What the object takes of each quota that is about it: beyond what it took before, where that
 * quota counted it already. Throws where one has too little left.
 */
function planned(
  attributes: AdmissionAttributes,
  { object, usage }: Counted,
  before: Counted | undefined,
  quotas: readonly ResourceQuota[],
): QuotaCharge[] {
  const { group, resource } = attributes;
  const charges: QuotaCharge[] = [];
  for (const quota of quotas) {
    if (!quotaMatches(quota, resource, object)) continue;
    const isKnown = before !== undefined && quotaMatches(quota, resource, before.object);
    const more = isKnown ? difference(usage, before.usage) : usage;
    const relevant = restrict(more, quota);
    if (relevant.size === 0) continue;
    if (resource === "pods" && group === "") {
      const missing = missingCompute(quota, objectOf(attributes, coreV1.pods));
      if (missing !== "") {
        const why = `failed quota: ${quota.metadata.name}: must specify ${missing}`;
        throw forbidden(attributes, why);
      }
    }
    requireRoom(attributes, quota, relevant);
    charges.push({ quota, usage: relevant });
  }
  return charges;
}

function requireRoom(attributes: AdmissionAttributes, quota: ResourceQuota, usage: Usage): void {
  const { hard = {}, used = {} } = quota.status ?? {};
  const unknown = [...usage.keys()].filter((name) => hard[name] === undefined);
  if (unknown.length > 0) {
    const names = unknown.sort().join(",");
    const why = `status unknown for quota: ${quota.metadata.name}, resources: ${names}`;
    throw forbidden(attributes, why);
  }
  const exceeded = [...usage].filter(([name, value]) => {
    const total = parse(used[name]).add(value);
    return value.sign() > 0 && total.compare(parse(hard[name])) > 0;
  });
  if (exceeded.length > 0) {
    const names = exceeded.map(([name]) => name).sort();
    throw forbidden(attributes, describeExcess(quota, usage, names));
  }
}

function parse(text: string | undefined): Quantity {
  return text === undefined ? Quantity.zero : (Quantity.tryParse(text) ?? Quantity.zero);
}

/** New minus old; what did not change is left out, and what is gone is given back. */
function difference(usage: Usage, before: Usage): Usage {
  const changed = new Map<string, Quantity>();
  for (const name of new Set([...usage.keys(), ...before.keys()])) {
    const more = (usage.get(name) ?? Quantity.zero).sub(before.get(name) ?? Quantity.zero);
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
