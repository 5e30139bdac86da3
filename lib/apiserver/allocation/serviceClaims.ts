import type { Service } from "../../api/gen/types/coreV1.js";
import type { IPAddress } from "../../api/gen/types/networkingV1.js";
import { andThen, type MaybePromise } from "../../api/maybePromise.js";
import type { MetricsRegistry } from "../../api/metrics/metricsRegistry.js";
import { withOwnCodec } from "../../api/ownedCodec.js";
import type { ResourceType } from "../../api/resourceType.js";
import { apiErrors } from "../../api/status.js";
import type {
  Compare,
  Operation,
  StoredValue,
  Transaction,
  TransactionResult,
} from "../../storage/storage.js";
import { type BootstrapDependencies, ObjectWriter, storageKey } from "../bootstrap/objectWriter.js";
import { listReadable } from "../cache/listReadable.js";
import { KeyedMutex } from "../registry/keyedMutex.js";
import type { ServedResource } from "../registry/servedResource.js";
import {
  type ClaimedChange,
  type ClaimedResult,
  isClaimLost,
  type WriteClaims,
} from "../registry/writeClaims.js";
import { AllocatorMetrics } from "./allocatorMetrics.js";
import { Bitmap } from "./bitmap.js";
import { encodePorts, nodePortsKey, type PortBounds, readPorts } from "./nodePortRange.js";
import { RepairReport } from "./repairReport.js";
import type { ClaimsView } from "./serviceAllocation.js";
import {
  addressObject,
  addressType,
  type Holdings,
  holdingsOf,
  isManaged,
  isSameOwner,
  type Owner,
  parentOf,
  serviceType,
} from "./serviceHoldings.js";

/** Attempts of one write beside others that take ports; from the second one on they take turns. */
const mostAttempts = 200;
const servicesPrefix = "/registry/services/specs/";
const claimLost = { succeeded: false, claimLost: true } as const;
/** What is here, also if it waits for the disk: the transaction compares with it. */
const newestHere = { pending: true, mayBeOld: true } as const;

/** What a write takes and gives up. */
interface Change {
  readonly owner: Owner;
  readonly takenAddresses: readonly string[];
  readonly givenAddresses: readonly string[];
  readonly takenPorts: readonly number[];
  readonly givenPorts: readonly number[];
}

/** A write of a service. */
interface ClaimingWrite {
  readonly transaction: Transaction;
  readonly change: ClaimedChange;
  readonly wanted: Change;
  /** After a first race for the ports that was lost, it is done in turn. */
  readonly yields: boolean;
  /** The revision at which its addresses were taken; absent: they are still to be. */
  readonly taken?: number;
}

export interface AllServices {
  readonly services: readonly Service[];
  /** Those of which nobody can say what they hold. */
  readonly unreadable: readonly Owner[];
  readonly revision: number;
}

/** The part of a transaction that is about claims. */
interface Extra {
  readonly compare: readonly Compare[];
  readonly success: readonly Operation[];
}

/**
 * The addresses and node ports of services. Who holds an address is said by the IPAddress of its
 * name, which ports are taken by one RangeAllocation for all: as other API servers on the same
 * store have it, so that none gives what another has given.
 */
export class ServiceClaims implements WriteClaims, ClaimsView {
  /** Of what a repair finds. */
  readonly report: RepairReport;
  readonly allocations = new AllocatorMetrics();
  readonly #deps: BootstrapDependencies;
  readonly #bounds: PortBounds;
  readonly #writer: ObjectWriter;
  readonly #mutex: KeyedMutex;
  #takenPorts: number | undefined;

  constructor(deps: BootstrapDependencies, bounds: PortBounds) {
    this.#deps = deps;
    this.report = new RepairReport(deps.clock);
    this.#bounds = bounds;
    this.#writer = new ObjectWriter(deps);
    this.#mutex = new KeyedMutex(deps.clock);
  }

  countIn(registry: MetricsRegistry): void {
    this.report.countIn(registry);
    this.allocations.countIn(registry);
  }

  concerns({ group, resource }: ServedResource): boolean {
    return group === "" && resource === "services";
  }

  transact(transaction: Transaction, change: ClaimedChange): MaybePromise<ClaimedResult> {
    const wanted = this.#changeOf(change);
    if (wanted === undefined) return this.#deps.storage.transact(transaction);
    return this.#attempts(transaction, change, wanted);
  }

  async catchUp(): Promise<void> {
    await this.#deps.storage.get(nodePortsKey);
  }

  /** Made from the services where nobody has yet. */
  async takenPorts(): Promise<Bitmap> {
    const here = await this.#deps.storage.get(nodePortsKey, { mayBeOld: true });
    return this.#portsIn(await this.#storedPorts(here));
  }

  /** At once where storage is here; else as of the last time that somebody looked. */
  takenPortCount(): number | undefined {
    const remember = (stored: StoredValue | undefined): void => {
      if (stored !== undefined) this.#takenPorts = [...this.#portsIn(stored)].length;
    };
    try {
      const found = this.#deps.storage.get(nodePortsKey, { mayBeOld: true });
      if (found instanceof Promise) found.then(remember).catch(() => undefined);
      else remember(found);
    } catch {
      // What cannot be read is told where it is needed.
    }
    return this.#takenPorts;
  }

  #portsIn(stored: StoredValue): Bitmap {
    const { bounds, taken } = readPorts(this.#deps.codec, stored);
    const { first, last } = this.#bounds;
    if (bounds?.first !== first || bounds.last !== last) {
      // Another server has another range: upstream's words.
      throw apiErrors.internal(new Error("the provided range does not match the current range"));
    }
    return taken;
  }

  /** Also where two servers make it at once: then the other's is given. */
  async #storedPorts(found: StoredValue | undefined): Promise<StoredValue> {
    const { storage, codec } = this.#deps;
    for (let stored = found; ; stored = await storage.get(nodePortsKey)) {
      if (stored !== undefined) return stored;
      const { services } = await this.services();
      const ports = services.flatMap((service) => [...holdingsOf(service).ports]);
      const taken = Bitmap.of(this.offsetsOf(ports));
      const value = encodePorts(codec, this.#bounds, taken, undefined);
      await storage.transact({
        compare: [{ key: nodePortsKey, target: "modRevision", equals: 0 }],
        success: [{ type: "put", key: nodePortsKey, value }],
      });
    }
  }

  /** All services, as they are now, and the revision at which they are so. */
  async services(): Promise<AllServices> {
    const { storage, unreadable: told } = this.#deps;
    const { message: messageType } = serviceType;
    const view = { messageType, format: "json", part: "object" } as const;
    const list = await listReadable<Service>(storage, { prefix: servicesPrefix, view });
    const { objects: services, unreadable: keys, revision } = list;
    told?.found(servicesPrefix, keys);
    const unreadable = keys.map((key) => {
      const [namespace = "", name = ""] = key.slice(servicesPrefix.length).split("/");
      return { namespace, name };
    });
    return { services, unreadable, revision };
  }

  /** Places in the range; a port outside of it is nobody's to take. */
  offsetsOf(ports: Iterable<number>): number[] {
    const { first, last } = this.#bounds;
    return [...ports].filter((port) => port >= first && port <= last).map((port) => port - first);
  }

  async #inTurn(write: ClaimingWrite): Promise<ClaimedResult> {
    const ticket = await this.#mutex.lock(nodePortsKey);
    try {
      return await this.#tries(write);
    } finally {
      ticket.release();
    }
  }

  /**
   * Of a shared store the addresses are taken first, in a transaction of their own, and the write
   * compares with that: upstream's repair follows addresses and services in two watches, and takes
   * a service that it sees first for one without.
   */
  async #attempts(
    transaction: Transaction,
    change: ClaimedChange,
    wanted: Change,
  ): Promise<ClaimedResult> {
    const yields = wanted.takenPorts.length + wanted.givenPorts.length > 0;
    if (!this.#deps.storage.isShared || wanted.takenAddresses.length === 0) {
      return await this.#tries({ transaction, change, wanted, yields });
    }
    const { compare, success } = this.#taking(wanted);
    const compares = [...transaction.compare, ...compare];
    const first = await this.#deps.storage.transact({ compare: compares, success });
    if (!first.succeeded) {
      const isOwn = first.current?.key === change.key || first.current === undefined;
      return isOwn ? first : await this.#lost();
    }
    let result: ClaimedResult | undefined;
    try {
      const taken = first.revision;
      result = await this.#tries({ transaction, change, wanted, yields, taken });
      return result;
    } finally {
      if (result?.succeeded !== true) {
        await this.#giveBack(transaction.compare, wanted, first.revision);
      }
    }
  }

  /**
   * Nothing is where the service is no longer as it was: a write of which nobody has heard may have
   * come to pass, or else finds its addresses gone. What cannot be given back now is found by the
   * repair.
   */
  async #giveBack(
    asBefore: readonly Compare[],
    { takenAddresses }: Change,
    revision: number,
  ): Promise<void> {
    const keys = takenAddresses.map((address) => storageKey(addressType, "", address));
    const target = "modRevision" as const;
    const compare = [...asBefore, ...keys.map((key) => ({ key, target, equals: revision }))];
    const success = keys.map((key) => ({ type: "delete", key }) as const);
    try {
      await this.#deps.storage.transact({ compare, success });
    } catch {
      // The storage says through its health that it cannot write.
    }
  }

  async #tries(write: ClaimingWrite): Promise<ClaimedResult> {
    const { storage } = this.#deps;
    if (write.yields && this.#mutex.isLocked(nodePortsKey)) {
      return await this.#inTurn({ ...write, yields: false });
    }
    const { transaction } = write;
    let ports: StoredValue | undefined;
    for (let attempt = 1; attempt <= mostAttempts; attempt += 1) {
      const extra = await this.#extra(write, ports);
      if (extra === undefined) return await this.#lost();
      const result = await storage.transact({
        ...transaction,
        compare: [...transaction.compare, ...extra.compare],
        success: [...transaction.success, ...extra.success],
      });
      if (result.succeeded) return result;
      const why = this.#judge(result, write);
      if (why !== "again") return isClaimLost(why) ? await this.#lost() : why;
      if (write.yields) return await this.#inTurn({ ...write, yields: false });
      ports = result.current?.key === nodePortsKey ? result.current : undefined;
    }
    throw apiErrors.internal(new Error("node ports keep being changed by others"));
  }

  /** What a transaction that has failed means. */
  #judge(
    result: Extract<TransactionResult, { succeeded: false }>,
    { change, wanted, taken }: ClaimingWrite,
  ): ClaimedResult | "again" {
    const at = result.current?.key;
    if (at === change.key) return result;
    if (at === undefined) {
      return change.before === undefined && taken === undefined ? "again" : claimLost;
    }
    const isTaken = wanted.takenAddresses.some(
      (address) => storageKey(addressType, "", address) === at,
    );
    return isTaken ? claimLost : "again";
  }

  async #lost(): Promise<ClaimedResult> {
    await this.catchUp();
    return claimLost;
  }

  #taking({ takenAddresses, owner }: Change): Extra {
    const compare: Compare[] = [];
    const success: Operation[] = [];
    for (const address of takenAddresses) {
      const key = storageKey(addressType, "", address);
      const value = this.#writer.encodeNew(addressObject(address, owner));
      compare.push({ key, target: "modRevision", equals: 0 });
      success.push({ type: "put", key, value });
    }
    return { compare, success };
  }

  /** Undefined where a port is taken. */
  async #extra(
    { wanted, taken }: ClaimingWrite,
    known: StoredValue | undefined,
  ): Promise<Extra | undefined> {
    const taking = this.#taking(wanted);
    // What was taken before is still to be there.
    const compare = taking.compare.map((one) => ({ ...one, equals: taken ?? 0 }));
    const success = taken === undefined ? [...taking.success] : [];
    for (const address of wanted.givenAddresses) {
      const key = storageKey(addressType, "", address);
      const stored = await this.#deps.storage.get(key, newestHere);
      if (stored === undefined) continue;
      const object = this.read<IPAddress>(addressType, stored);
      if (!isManaged(object) || !isSameOwner(parentOf(object), wanted.owner)) continue;
      compare.push({ key, target: "modRevision", equals: stored.modRevision });
      success.push({ type: "delete", key });
    }
    const ports = await this.#portsExtra(wanted, known);
    if (ports === undefined) return undefined;
    return { compare: [...compare, ...ports.compare], success: [...success, ...ports.success] };
  }

  #portsExtra(
    { takenPorts, givenPorts }: Change,
    known: StoredValue | undefined,
  ): MaybePromise<Extra | undefined> {
    if (takenPorts.length + givenPorts.length === 0) return { compare: [], success: [] };
    const { storage, codec } = this.#deps;
    const stored = known ?? storage.get(nodePortsKey, newestHere);
    return andThen(stored, async (found) => {
      const here = found ?? (await this.#storedPorts(undefined));
      const taken = this.#portsIn(here);
      const added = this.offsetsOf(takenPorts);
      if (added.some((offset) => taken.has(offset))) return undefined;
      const next = taken.changed(added, this.offsetsOf(givenPorts));
      const value = encodePorts(codec, this.#bounds, next, here);
      const key = nodePortsKey;
      return {
        compare: [{ key, target: "modRevision", equals: here.modRevision }],
        success: [{ type: "put", key, value }],
      };
    });
  }

  #changeOf({ before, after }: ClaimedChange): Change | undefined {
    const old = before && this.#holdingsBefore(before, after === undefined);
    const next = after && this.#holdings(after, 0);
    const owner = (next ?? old)?.owner;
    if (owner === undefined) return undefined;
    const change = {
      owner,
      takenAddresses: without(next?.addresses, old?.addresses),
      givenAddresses: without(old?.addresses, next?.addresses),
      takenPorts: without(next?.ports, old?.ports),
      givenPorts: without(old?.ports, next?.ports),
    };
    const { takenAddresses, givenAddresses, takenPorts, givenPorts } = change;
    const all = [takenAddresses, givenAddresses, takenPorts, givenPorts];
    return all.every(({ length }) => length === 0) ? undefined : change;
  }

  /** Of a service that goes and cannot be read nobody can say: what it held is freed by repair. */
  #holdingsBefore({ value, modRevision }: StoredValue, isGoing: boolean): Holdings | undefined {
    try {
      return this.#holdings(value, modRevision);
    } catch (error) {
      if (isGoing) return undefined;
      throw error;
    }
  }

  #holdings(value: Uint8Array, modRevision: number): Holdings {
    return holdingsOf(this.read<Service>(serviceType, { value, modRevision }));
  }

  read<T>(
    { message }: ResourceType<T>,
    { value, modRevision }: Pick<StoredValue, "value" | "modRevision">,
  ): T {
    return withOwnCodec(this.#deps.codec, (codec) => {
      const object = codec.decodeStored(value, message, String(modRevision));
      return JSON.parse(object.jsonUnmanaged()) as T;
    });
  }

  get bounds(): PortBounds {
    return this.#bounds;
  }
}

function without<T>(all: ReadonlySet<T> | undefined, less: ReadonlySet<T> | undefined): T[] {
  return [...(all ?? [])].filter((one) => less?.has(one) !== true);
}
