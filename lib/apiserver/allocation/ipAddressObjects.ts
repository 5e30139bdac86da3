import { networkingV1 } from "../../api/gen/resources.js";
import type { Service } from "../../api/gen/types/coreV1.js";
import { formatIp, parseIp } from "../../api/ipAddress.js";
import { semanticEqual } from "../../api/semanticEqual.js";
import type {
  AdmissionAttributes,
  AdmissionOperation,
  AdmissionPlugin,
} from "../admission/admissionPlugin.js";
import {
  type BootstrapDependencies,
  ObjectWriter,
  storageKey,
  type WantedObject,
} from "../bootstrap/objectWriter.js";

const type = networkingV1.ipaddresses;

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
    "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io",
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
    if (attributes.dryRun) return;
    const service = attributes.object as unknown as Service | undefined;
    const old = attributes.oldObject as unknown as Service | undefined;
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
   * After a start: addresses of services without an object get one, objects without a service go.
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
    const { values } = await this.#deps.storage.range(prefix);
    const left = values.filter(({ key }) => !wanted.has(key.slice(prefix.length)));
    await this.#remove(left.map(({ key }) => key));
  }

  async #follow(owner: Owner, before: Set<string>, after: Set<string>): Promise<void> {
    const added = [...after].filter((address) => !before.has(address));
    const removed = [...before].filter((address) => !after.has(address));
    if (added.length > 0) {
      const objects = added.map((address) => ipAddressObject(address, owner));
      await this.#writer.ensure(objects, "lazy");
    }
    await this.#remove(removed.map((address) => storageKey(type, "", address)));
  }

  async #remove(keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    const success = keys.map((key) => ({ type: "delete", key }) as const);
    await this.#deps.storage.transact({ compare: [], success, durability: "lazy" });
  }
}

/** An update that took the last finalizer of a deleted service has removed it. */
function isGone(service: Service | undefined): boolean {
  const metadata = service?.metadata;
  return Boolean(metadata?.deletionTimestamp) && (metadata?.finalizers ?? []).length === 0;
}
