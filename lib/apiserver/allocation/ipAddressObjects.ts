import type { Codec } from "../../api/codec.js";
import { semanticEqual } from "../../api/equality.js";
import { coreV1, networkingV1 } from "../../api/gen/resources.js";
import type { Service } from "../../api/gen/types/coreV1.js";
import type { IPAddress } from "../../api/gen/types/networkingV1.js";
import { formatIp, parseIp } from "../../api/ipAddress.js";
import { withOwnCodec } from "../../api/ownedCodec.js";
import { compareAndSwap } from "../../storage/compareAndSwap.js";
import type { Compare, StoredValue } from "../../storage/storage.js";
import type {
  AdmissionAttributes,
  AdmissionOperation,
  AdmissionPlugin,
} from "../admission/admissionPlugin.js";
import { objectIfAny, oldObjectIfAny } from "../admission/typedObjects.js";
import {
  type BootstrapDependencies,
  ObjectWriter,
  storageKey,
  type WantedObject,
} from "../bootstrap/objectWriter.js";

const type = networkingV1.ipaddresses;
const managedByLabel = "ipaddress.kubernetes.io/managed-by";
const manager = "ipallocator.k8s.io";
/** Races with other writers that are tried again; the next start repairs what is left. */
const mostAttempts = 5;
const pageLimit = 500;

interface Owner {
  readonly namespace: string;
  readonly name: string;
}

function addressesOf(service: Service | undefined): Set<string> {
  const addresses = new Set<string>();
  for (const text of service?.spec?.clusterIPs ?? []) {
    const address = parseIp(text);
    if (address !== undefined) addresses.add(formatIp(address));
  }
  return addresses;
}

/**
 * The IPAddress of one cluster address (KEP-1880): its name is the address, its parent the service.
 */
function ipAddressObject(address: string, { namespace, name }: Owner): WantedObject {
  const spec = { parentRef: { resource: "services", namespace, name } };
  const labels = {
    "ipaddress.kubernetes.io/ip-family": parseIp(address)?.family ?? "IPv4",
    [managedByLabel]: manager,
  };
  return {
    type,
    object: { metadata: { name: address, labels }, spec } as WantedObject["object"],
    reconcile: (existing) =>
      semanticEqual((existing as { spec?: unknown }).spec, spec)
        ? undefined
        : ({ ...existing, spec } as WantedObject["object"]),
  };
}

/**
 * Keeps an IPAddress for every cluster address of every service, so that people and other
 * programs see what is taken. The services themselves stay the truth: see ServiceAllocation.
 */
export class IpAddressObjects implements AdmissionPlugin {
  readonly name = "IPAddressObjects";
  readonly #deps: BootstrapDependencies;
  readonly #writer: ObjectWriter;

  constructor(deps: BootstrapDependencies) {
    this.#deps = deps;
    this.#writer = new ObjectWriter(deps);
  }

  handles(
    operation: AdmissionOperation,
    group: string,
    resource: string,
    subresource: string,
  ): boolean {
    return operation !== "CONNECT" && group === "" && resource === "services" && subresource === "";
  }

  admit(attributes: AdmissionAttributes): void {
    if (attributes.dryRun || attributes.reinvocation.isSecond) return;
    const service = objectIfAny(attributes, coreV1.services);
    const old = oldObjectIfAny(attributes, coreV1.services);
    attributes.onDecided?.(async (committed) => {
      if (!committed) return;
      const { metadata } = service ?? old ?? { metadata: {} };
      const owner = { namespace: metadata.namespace ?? "", name: metadata.name ?? "" };
      await this.#follow(
        owner,
        addressesOf(old),
        addressesOf(isGone(service) ? undefined : service),
      );
    });
  }

  /**
   * After a start: addresses of services without an object get one, objects of services that are
   * gone go. What others keep for addresses of their own is left to them.
   */
  async repair(): Promise<void> {
    const view = {
      messageType: "k8s.io.api.core.v1.Service",
      format: "json",
      part: "object",
    } as const;
    const list = await this.#deps.storage.list({ prefix: "/registry/services/specs/", view });
    const text = Buffer.concat(list.chunks).toString("utf8");
    const services = JSON.parse(`[${text}]`) as Service[];
    const wanted = new Map<string, Owner>();
    for (const service of services) {
      const { namespace = "", name = "" } = service.metadata;
      for (const address of addressesOf(service)) wanted.set(address, { namespace, name });
    }
    await this.#writer.ensure(
      [...wanted].map(([address, owner]) => ipAddressObject(address, owner)),
    );
    const prefix = storageKey(type, "", "");
    let startAfterKey: string | undefined;
    do {
      const page = await this.#deps.storage.range(prefix, {
        limit: pageLimit,
        ...(startAfterKey === undefined ? {} : { startAfterKey }),
      });
      for (const { key } of page.values) {
        const address = key.slice(prefix.length);
        if (!wanted.has(address)) await this.#release(address, undefined);
      }
      startAfterKey = page.nextKey;
    } while (startAfterKey !== undefined);
  }

  async #follow(owner: Owner, before: Set<string>, after: Set<string>): Promise<void> {
    const added = [...after].filter((address) => !before.has(address));
    const removed = [...before].filter((address) => !after.has(address));
    if (added.length > 0) {
      const objects = added.map((address) => ipAddressObject(address, owner));
      await this.#writer.ensure(objects, "lazy");
    }
    for (const address of removed) await this.#release(address, owner);
  }

  /**
   * Removes the object of an address that its service no longer has; never one that is another's by
   * now: an address is drawn again as soon as it is free, and names come back.
   */
  async #release(address: string, owner: Owner | undefined): Promise<void> {
    const key = storageKey(type, "", address);
    const { storage } = this.#deps;
    const nothing = { value: undefined };
    await compareAndSwap(storage, mostAttempts, async () => {
      const stored = await storage.get(key);
      const parent = stored && parentOf(this.#read<IPAddress>(type, stored));
      if (stored === undefined || parent === undefined) return nothing;
      if (owner !== undefined && !isSameOwner(parent, owner)) return nothing;
      const serviceKey = storageKey(coreV1.services, parent.namespace, parent.name);
      const service = await storage.get(serviceKey);
      const holder = service && this.#read<Service>(coreV1.services, service);
      if (addressesOf(holder).has(address)) return nothing;
      const compare: Compare[] = [
        { key, target: "modRevision", equals: stored.modRevision },
        { key: serviceKey, target: "modRevision", equals: service?.modRevision ?? 0 },
      ];
      const success = [{ type: "delete", key } as const];
      return { transaction: { compare, success, durability: "lazy" }, ...nothing };
    });
  }

  #read<T>(of: { readonly message: string }, { value, modRevision }: StoredValue): T {
    const read = (codec: Codec): string =>
      codec.decodeStored(value, of.message, String(modRevision)).json();
    return JSON.parse(withOwnCodec(this.#deps.codec, read)) as T;
  }
}

/** The service that an object is kept for by this server; undefined for anybody else's object. */
function parentOf({ metadata, spec }: IPAddress): Owner | undefined {
  const { group = "", name, namespace, resource } = spec?.parentRef ?? {};
  const isOurs = metadata?.labels?.[managedByLabel] === manager;
  if (!isOurs || group !== "" || resource !== "services") return undefined;
  return { namespace: namespace ?? "", name: name ?? "" };
}

function isSameOwner(a: Owner, b: Owner): boolean {
  return a.namespace === b.namespace && a.name === b.name;
}

/** An update that took the last finalizer of a deleted service has removed it. */
function isGone(service: Service | undefined): boolean {
  const metadata = service?.metadata;
  return Boolean(metadata?.deletionTimestamp) && (metadata?.finalizers ?? []).length === 0;
}
