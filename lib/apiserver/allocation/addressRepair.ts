import type { Service } from "../../api/gen/types/coreV1.js";
import type { IPAddress, ServiceCIDR } from "../../api/gen/types/networkingV1.js";
import { type IpRange, parseCidr, parseIp, rangeContains } from "../../api/ipAddress.js";
import { parseTime } from "../../api/time.js";
import type { Compare, Operation, StoredValue } from "../../storage/storage.js";
import { type BootstrapDependencies, ObjectWriter, storageKey } from "../bootstrap/objectWriter.js";
import { listReadable } from "../cache/listReadable.js";
import { UnreadableValues } from "../cache/unreadableValues.js";
import type { Finding, Regarding, RepairReport } from "./repairReport.js";
import type { ServiceClaims } from "./serviceClaims.js";
import {
  addressObject,
  addressType,
  hasOwnLabels,
  holdingsOf,
  isManaged,
  isSameOwner,
  type Owner,
  parentOf,
  serviceType,
} from "./serviceHoldings.js";

/** So long an address may wait for its service: servers elsewhere take it first. */
const graceMilliseconds = 60_000;
const pageLimit = 500;
const rangesPrefix = "/registry/servicecidrs/";

interface Found {
  readonly stored: Pick<StoredValue, "key" | "value" | "modRevision">;
  readonly object: IPAddress;
}

interface State {
  readonly services: ReadonlyMap<string, Service>;
  /** Names of services of which nobody can say what they hold: they keep what is theirs. */
  readonly unreadable: ReadonlySet<string>;
  /** With what this repair has written. */
  readonly addresses: Map<string, Found>;
  readonly ranges: readonly IpRange[];
}

const nameOf = ({ namespace, name }: Owner): string => `${namespace}/${name}`;

/**
 * Makes the IPAddresses say what the services have. Each step is a transaction of its own, which
 * does nothing where the service or the address has changed since it was read.
 */
export class AddressRepair {
  readonly #deps: BootstrapDependencies;
  readonly #claims: ServiceClaims;
  readonly #ranges: readonly IpRange[];
  readonly #report: RepairReport;
  readonly #writer: ObjectWriter;
  readonly #unreadable: UnreadableValues;

  constructor(deps: BootstrapDependencies, claims: ServiceClaims, ranges: readonly IpRange[]) {
    this.#deps = deps;
    this.#claims = claims;
    this.#ranges = ranges;
    this.#report = claims.report;
    this.#writer = new ObjectWriter(deps);
    this.#unreadable = deps.unreadable ?? new UnreadableValues();
  }

  async run(): Promise<void> {
    const state = await this.#read();
    const kept = new Set<string>();
    for (const service of state.services.values()) {
      for (const address of holdingsOf(service).addresses) {
        await this.#claim(state, service, address);
        kept.add(address);
      }
    }
    for (const [address, found] of state.addresses) {
      if (!kept.has(address) && isManaged(found.object)) await this.#free(state, address, found);
    }
  }

  async #read(): Promise<State> {
    const { services, unreadable, revision } = await this.#claims.services();
    const addresses = new Map<string, Found>();
    for (const stored of await this.#all(storageKey(addressType, "", ""), revision)) {
      const object = this.#unreadable.read(stored.key, () =>
        this.#claims.read<IPAddress>(addressType, stored),
      );
      if (object === undefined) continue;
      addresses.set(object.metadata?.name ?? "", { stored, object });
    }
    const ranges = await this.#serviceRanges(revision);
    const byName = services.map((service) => [nameOf(holdingsOf(service).owner), service] as const);
    const names = new Set(unreadable.map(nameOf));
    return { services: new Map(byName), unreadable: names, addresses, ranges };
  }

  async #serviceRanges(revision: number): Promise<IpRange[]> {
    const messageType = "k8s.io.api.networking.v1.ServiceCIDR";
    const view = { messageType, format: "json", part: "object" } as const;
    const request = { prefix: rangesPrefix, view, revision };
    const list = await listReadable<ServiceCIDR>(this.#deps.storage, request);
    const { objects, unreadable } = list;
    this.#unreadable.found(rangesPrefix, unreadable);
    const cidrs = objects.flatMap(({ spec }) => spec?.cidrs ?? []);
    return [...this.#ranges, ...cidrs.flatMap((cidr) => parseCidr(cidr) ?? [])];
  }

  async #all(prefix: string, revision: number): Promise<StoredValue[]> {
    const all: StoredValue[] = [];
    let startAfterKey: string | undefined;
    do {
      const page = await this.#deps.storage.range(prefix, {
        revision,
        limit: pageLimit,
        ...(startAfterKey === undefined ? {} : { startAfterKey }),
      });
      all.push(...page.values);
      startAfterKey = page.nextKey;
    } while (startAfterKey !== undefined);
    return all;
  }

  /** What a service has is to be its own in the IPAddress, too. */
  async #claim(state: State, service: Service, address: string): Promise<void> {
    const { owner } = holdingsOf(service);
    const at = parseIp(address);
    const name = `[${at?.family}]: ${address}`;
    if (at === undefined || !state.ranges.some((range) => rangeContains(range, at))) {
      const note = `Cluster IP ${name} is not within any configured Service CIDR; please recreate service`;
      return this.#tell(service, "outOfRange", "ClusterIPOutOfRange", note);
    }
    const found = state.addresses.get(address);
    if (found === undefined) {
      if (!(await this.#write(state, service, address))) return;
      const note = `Cluster IP ${name} is not allocated; repairing`;
      return this.#tell(service, "repair", "ClusterIPNotAllocated", note);
    }
    const parent = parentOf(found.object);
    if (isSameOwner(parent, owner)) {
      if (!hasOwnLabels(found.object)) await this.#write(state, service, address);
      return;
    }
    const other = parent && state.services.get(nameOf(parent));
    if (other !== undefined && holdingsOf(other).addresses.has(address)) {
      const note = `Cluster IP ${name} was assigned to multiple services; please recreate service`;
      return this.#tell(service, "duplicate", "ClusterIPAlreadyAllocated", note);
    }
    if (!(await this.#write(state, service, address))) return;
    const whose = `${owner.namespace}/${owner.name}`;
    const note = `the ClusterIP ${name} for Service ${whose} has a wrong reference; repairing`;
    return this.#tell(service, "repair", "ClusterIPNotAllocated", note);
  }

  /** An address that no service has. */
  async #free(state: State, address: string, { stored, object }: Found): Promise<void> {
    const parent = parentOf(object);
    if (parent !== undefined && state.unreadable.has(nameOf(parent))) return;
    const about = this.#about("IPAddress", object);
    const tell = (type: Finding["type"], reason: string, note: string): Promise<void> => {
      const action = "IPAddressAllocation";
      return this.#report.found("clusterip", { type, event: { about, reason, action, note } });
    };
    if (parent === undefined) {
      if (!(await this.#remove(stored, undefined))) return;
      const note = `IPAddress ${address} appears to have been modified, not referencing a Service: cleaning up`;
      return tell("leak", "IPAddressNotAllocated", note);
    }
    const whose = `${parent.namespace}/${parent.name}`;
    const service = state.services.get(nameOf(parent));
    if (service !== undefined) {
      if (!(await this.#remove(stored, service))) return;
      const note = `IPAddress: ${address} for Service ${whose} has a wrong reference; cleaning up`;
      return tell("leak", "IPAddressWrongReference", note);
    }
    // One without a time was made by nobody who still writes its service.
    const created = parseTime(object.metadata?.creationTimestamp);
    const isYoung = created !== undefined && this.#deps.clock.now() - created <= graceMilliseconds;
    if (isYoung) return;
    if (!(await this.#remove(stored, undefined, parent))) return;
    const note = `IPAddress: ${address} for Service ${whose} appears to have leaked: cleaning up`;
    return tell("leak", "IPAddressNotAllocated", note);
  }

  /** Makes the service's IPAddress, over what was read; false where something has changed. */
  async #write(state: State, service: Service, address: string): Promise<boolean> {
    const key = storageKey(addressType, "", address);
    const value = this.#writer.encodeNew(addressObject(address, holdingsOf(service).owner));
    const equals = state.addresses.get(address)?.stored.modRevision ?? 0;
    const compare: Compare = { key, target: "modRevision", equals };
    const modRevision = await this.#step(compare, service, { type: "put", key, value });
    if (modRevision === undefined) return false;
    const stored = { key, value, modRevision };
    state.addresses.set(address, { stored, object: this.#claims.read(addressType, stored) });
    return true;
  }

  /** Where there is no service there must be none yet. */
  async #remove(
    { key, modRevision }: Found["stored"],
    service: Service | undefined,
    absent?: Owner,
  ): Promise<boolean> {
    const compare: Compare = { key, target: "modRevision", equals: modRevision };
    return (await this.#step(compare, service, { type: "delete", key }, absent)) !== undefined;
  }

  /** The revision at which it was done; undefined where something has changed. */
  async #step(
    compare: Compare,
    service: Service | undefined,
    operation: Operation,
    absent?: Owner,
  ): Promise<number | undefined> {
    const owner = service === undefined ? absent : holdingsOf(service).owner;
    const compares = [compare];
    if (owner !== undefined) {
      const key = storageKey(serviceType, owner.namespace, owner.name);
      const equals = Number(service?.metadata.resourceVersion ?? 0);
      compares.push({ key, target: "modRevision", equals });
    }
    const { storage } = this.#deps;
    const done = await storage.transact({ compare: compares, success: [operation] });
    return done.succeeded ? done.revision : undefined;
  }

  #tell(service: Service, type: Finding["type"], reason: string, note: string): Promise<void> {
    const about = this.#about("Service", service);
    const event = { about, reason, action: "ClusterIPAllocation", note };
    return this.#report.found("clusterip", { type, event });
  }

  #about(kind: Regarding["kind"], { metadata }: Service | IPAddress): Regarding {
    const { name = "", namespace = "", uid = "" } = metadata ?? {};
    return { kind, name, namespace, uid };
  }
}
