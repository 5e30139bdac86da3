import { coreV1, networkingV1 } from "../../api/gen/resources.js";
import type { Service } from "../../api/gen/types/coreV1.js";
import type { IPAddress } from "../../api/gen/types/networkingV1.js";
import { formatIp, parseIp } from "../../api/ipAddress.js";
import type { WantedObject } from "../bootstrap/objectWriter.js";
import { nodePortsOf } from "../cache/serviceEntry.js";

/** networking.k8s.io: the objects that say whose an address is (KEP-1880). */
export const addressType = networkingV1.ipaddresses;
export const serviceType = coreV1.services;

const managedByLabel = "ipaddress.kubernetes.io/managed-by";
const familyLabel = "ipaddress.kubernetes.io/ip-family";
const manager = "ipallocator.k8s.io";

export interface Owner {
  readonly namespace: string;
  readonly name: string;
}

/** What a service holds of the cluster's addresses and of the nodes' ports. */
export interface Holdings {
  readonly owner: Owner;
  readonly addresses: ReadonlySet<string>;
  readonly ports: ReadonlySet<number>;
}

export function holdingsOf(service: Service): Holdings {
  const { metadata, spec = {} } = service;
  const given = spec.clusterIPs ?? (spec.clusterIP ? [spec.clusterIP] : []);
  const addresses = given.flatMap((text) => {
    const address = parseIp(text);
    return address === undefined ? [] : [formatIp(address)];
  });
  return {
    owner: { namespace: metadata.namespace ?? "", name: metadata.name ?? "" },
    addresses: new Set(addresses),
    ports: new Set(nodePortsOf(service)),
  };
}

/** The IPAddress of one cluster address: its name is the address, its parent the service. */
export function addressObject(address: string, { namespace, name }: Owner): WantedObject {
  const spec = { parentRef: { resource: "services", namespace, name } };
  return {
    type: addressType,
    object: {
      metadata: { name: address, labels: addressLabels(address) },
      spec,
    } as WantedObject["object"],
  };
}

function addressLabels(address: string): Record<string, string> {
  return { [familyLabel]: parseIp(address)?.family ?? "IPv4", [managedByLabel]: manager };
}

/** Whether API servers keep it: anybody may keep others. */
export function isManaged({ metadata }: IPAddress): boolean {
  return metadata?.labels?.[managedByLabel] === manager;
}

export function hasOwnLabels({ metadata }: IPAddress): boolean {
  const wanted = Object.entries(addressLabels(metadata?.name ?? ""));
  return wanted.every(([name, value]) => metadata?.labels?.[name] === value);
}

/** The service that an address is kept for; undefined where it is for something else. */
export function parentOf({ spec }: IPAddress): Owner | undefined {
  const { group = "", name, namespace, resource } = spec?.parentRef ?? {};
  if (group !== "" || resource !== "services") return undefined;
  return { namespace: namespace ?? "", name: name ?? "" };
}

export function isSameOwner(a: Owner | undefined, b: Owner): boolean {
  return a?.namespace === b.namespace && a?.name === b.name;
}
