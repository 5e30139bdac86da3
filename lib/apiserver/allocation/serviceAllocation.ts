import { coreV1 } from "../../api/gen/resources.js";
import type { Service, ServicePort, ServiceSpec } from "../../api/gen/types/coreV1.js";
import {
  formatCidr,
  formatIp,
  type IpFamily,
  type IpRange,
  parseIp,
  rangeContains,
} from "../../api/ipAddress.js";
import { apiErrors } from "../../api/status.js";
import type { Clock } from "../../platform/clock.js";
import type { Platform } from "../../platform/platform.js";
import type { Random } from "../../platform/random.js";
import type {
  AdmissionAttributes,
  AdmissionOperation,
  AdmissionPlugin,
} from "../admission/admissionPlugin.js";
import type { Reinvocation } from "../admission/reinvocation.js";
import { objectOf, oldObjectIfAny } from "../admission/typedObjects.js";
import type { ServerCaches } from "../cache/serverCaches.js";
import { nodePortsOf } from "../cache/serviceEntry.js";
import { ErrorList } from "../registry/errorList.js";
import { FieldPath } from "../registry/fieldPath.js";
import type { AllocationTarget, AllocatorMetrics, Held, HeldNow } from "./allocatorMetrics.js";
import type { Bitmap } from "./bitmap.js";
import { drawFree, reservedOffset } from "./numberRange.js";

export interface ServiceAllocationOptions {
  /** --service-cluster-ip-range: one range, or one of each family; the first is the default. */
  readonly ranges: readonly IpRange[];
  /** --service-node-port-range. */
  readonly nodePorts: { readonly first: number; readonly last: number };
}

/** What is known here of the claims of all servers. */
export interface ClaimsView {
  /** Resolves when everything can be read here that was acknowledged anywhere before. */
  catchUp(): Promise<void>;
  /** By their places in the range, as they can be read here. */
  takenPorts(): Promise<Bitmap>;
  /** How many are taken, as it was known here last; absent: nobody has looked. */
  takenPortCount?(): number | undefined;
  /** Counts what is given; absent: nobody does. */
  readonly allocations?: AllocatorMetrics;
}

const spec = FieldPath.root("spec");
/** Larger ranges are used in their first 2^31 addresses: offsets stay exact numbers. */
const mostOffsets = 2 ** 31;

/** The first address that a service may have: the one of the service `kubernetes`. */
export function firstServiceAddress(range: IpRange): string {
  return formatIp({ family: range.family, value: range.base + 1n });
}

/**
 * Gives services their families, cluster addresses and node ports, of those that are free as far
 * as this server knows. That they are so for all servers is for the transaction that writes the
 * service (serviceClaims.ts); where it finds one taken, the request comes here again. Runs as the
 * last mutating plugin, where upstream's registry begins to create.
 */
export class ServiceAllocation implements AdmissionPlugin {
  readonly name = "ServiceAllocation";
  readonly #caches: ServerCaches;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #options: ServiceAllocationOptions;
  readonly #claims: ClaimsView;
  /** Addresses and ports of requests under way; bounded by those. */
  readonly #pending = new Set<string>();
  /** What each of them has taken, which is its own when it is admitted again. */
  readonly #takenBy = new WeakMap<Reinvocation, readonly string[]>();
  /** What the request has read that is being given its ports; others wait for none of this. */
  #ports: Bitmap | undefined;
  /** Of the request that is being given something; absent of dry runs. */
  #counts: AllocatorMetrics | undefined;

  constructor(
    caches: ServerCaches,
    { clock, random }: Pick<Platform, "clock" | "random">,
    options: ServiceAllocationOptions,
    claims: ClaimsView,
  ) {
    this.#caches = caches;
    this.#clock = clock;
    this.#random = random;
    this.#options = options;
    this.#claims = claims;
    if (claims.allocations !== undefined) claims.allocations.look = () => this.#heldNow();
  }

  /** Of addresses only once the first service has had them read. */
  #heldNow(): HeldNow {
    const { ipAddresses } = this.#caches;
    const { first, last } = this.#options.nodePorts;
    const taken = this.#claims.takenPortCount?.();
    const held = (size: number, allocated: number): Held => {
      return { allocated, available: size - allocated };
    };
    const ports = taken === undefined ? {} : { ports: held(last - first + 1, taken) };
    if (!ipAddresses.isSynced) return ports;
    // What is behind is told the next time.
    ipAddresses.readYourWrites()?.catch(() => undefined);
    const all = [...ipAddresses.all()].flatMap((name) => parseIp(name) ?? []);
    const addresses = this.#options.ranges.map((range) => {
      const within = all.filter((address) => rangeContains(range, address)).length;
      return [formatCidr(range), held(usableSize(range), within)] as const;
    });
    return { ...ports, addresses: new Map(addresses) };
  }

  handles(
    operation: AdmissionOperation,
    group: string,
    resource: string,
    subresource: string,
  ): boolean {
    const writes = operation === "CREATE" || operation === "UPDATE";
    return writes && group === "" && resource === "services" && subresource === "";
  }

  async admit(attributes: AdmissionAttributes): Promise<void> {
    const service = objectOf(attributes, coreV1.services);
    const old = oldObjectIfAny(attributes, coreV1.services);
    service.spec ??= {};
    const earlier = this.#takenBy.get(attributes.reinvocation) ?? [];
    const own = new Set([...(old === undefined ? [] : held(old)), ...earlier]);
    if (old !== undefined) carryOver(service.spec, old.spec ?? {});
    const before = structuredClone(service.spec);
    // What is asked for by number is looked up where everybody would see it.
    const isExact = held(service).some((key) => !own.has(key));
    const counts = attributes.dryRun ? undefined : this.#claims.allocations;
    let taken: readonly string[];
    try {
      taken = await this.#allocate(service, own, isExact, counts);
    } catch (error) {
      if (!(error instanceof RangeIsFull)) throw error;
      service.spec = before;
      // Perhaps it was.
      taken = await this.#allocate(service, own, true, counts).catch((again: unknown) => {
        if (!(again instanceof RangeIsFull)) throw again;
        counts?.refused(again.range, "dynamic");
        throw apiErrors.internal(again);
      });
    }
    this.#takenBy.set(attributes.reinvocation, [...earlier, ...taken]);
    const release = (): void => {
      for (const key of taken) this.#pending.delete(key);
    };
    if (attributes.onDecided === undefined || attributes.dryRun) release();
    else attributes.onDecided(release);
  }

  /** Fills in what is missing; returns what is reserved for it here. Nothing is, if it throws. */
  async #allocate(
    service: Service,
    own: ReadonlySet<string>,
    isExact: boolean,
    counts: AllocatorMetrics | undefined,
  ): Promise<readonly string[]> {
    const began = this.#clock.monotonic();
    const wanted = service.spec ?? {};
    if (isExact) await this.#claims.catchUp();
    const ports = usesPorts(wanted) ? await this.#claims.takenPorts() : undefined;
    const { services, ipAddresses } = this.#caches;
    const behind = () => services.readYourWrites() ?? ipAddresses.readYourWrites();
    // The last call must return without waiting, so that what follows sees everything that was
    // written.
    for (let wait = behind(); wait !== undefined; wait = behind()) await wait;
    this.#ports = ports;
    this.#counts = counts;
    const taken: string[] = [];
    const errors = new ErrorList();
    try {
      this.#families(wanted, errors);
      this.#addresses(wanted, own, taken, errors);
      this.#nodePorts(wanted, own, taken, errors);
      if (errors.list.length > 0) {
        const { name = "" } = service.metadata;
        throw apiErrors.invalid({ group: "", kind: "Service" }, name, errors.list);
      }
    } catch (error) {
      for (const key of taken) this.#pending.delete(key);
      throw error;
    }
    const took = this.#clock.monotonic() - began;
    for (const range of this.#options.ranges) {
      if (taken.some((key) => isAddressIn(range, key))) counts?.took(formatCidr(range), took);
    }
    return taken;
  }

  #families(wanted: ServiceSpec, errors: ErrorList): void {
    if (wanted.type === "ExternalName") return;
    const configured = this.#options.ranges.map(({ family }) => family);
    const [first = "IPv4"] = configured;
    const families = (wanted.ipFamilies ?? []) as IpFamily[];
    const given = wanted.clusterIPs ?? (wanted.clusterIP ? [wanted.clusterIP] : []);
    const headless = given[0] === "None";
    if (headless && Object.keys(wanted.selector ?? {}).length === 0) {
      wanted.ipFamilyPolicy ??= "RequireDualStack";
      if (families.length === 0) families.push(first);
      if (families.length === 1 && wanted.ipFamilyPolicy !== "SingleStack") {
        families.push(families[0] === "IPv4" ? "IPv6" : "IPv4");
      }
      wanted.ipFamilies = families;
      return;
    }
    if (!headless) {
      for (const [position, address] of given.entries()) {
        const family = parseIp(address)?.family;
        if (family === undefined) continue;
        if (families[position] !== undefined && families[position] !== family) {
          const path = spec.child("ipFamilies").index(position);
          errors.invalid(
            path,
            families[position],
            `expected ${JSON.stringify(family)} to match primary cluster IP`,
          );
        }
        families[position] ??= family;
      }
    }
    this.#policy(wanted, families, configured, errors);
  }

  #policy(
    wanted: ServiceSpec,
    families: IpFamily[],
    configured: readonly IpFamily[],
    errors: ErrorList,
  ): void {
    const [first = "IPv4"] = configured;
    const many = families.length === 2 || (wanted.clusterIPs ?? []).length === 2;
    if (many && (wanted.ipFamilyPolicy ?? "SingleStack") === "SingleStack") {
      const detail =
        "must be 'RequireDualStack' or 'PreferDualStack' when multiple cluster IPs or IP " +
        "families are specified";
      errors.invalid(spec.child("ipFamilyPolicy"), wanted.ipFamilyPolicy ?? null, detail);
    }
    wanted.ipFamilyPolicy ??= "SingleStack";
    if (families.length === 0) families.push(first);
    for (const [position, family] of families.entries()) {
      if (configured.includes(family)) continue;
      errors.invalid(
        spec.child("ipFamilies").index(position),
        family,
        "not configured on this cluster",
      );
    }
    if (wanted.ipFamilyPolicy === "RequireDualStack" && configured.length < 2) {
      const detail = "this cluster is not configured for dual-stack services";
      errors.invalid(spec.child("ipFamilyPolicy"), wanted.ipFamilyPolicy, detail);
    }
    if (wanted.ipFamilyPolicy !== "SingleStack" && families.length === 1) {
      const other = configured.find((family) => family !== families[0]);
      if (other !== undefined) families.push(other);
    }
    wanted.ipFamilies = families;
  }

  #addresses(
    wanted: ServiceSpec,
    own: ReadonlySet<string>,
    taken: string[],
    errors: ErrorList,
  ): void {
    if (wanted.type === "ExternalName" || errors.list.length > 0) return;
    const given = [...(wanted.clusterIPs ?? (wanted.clusterIP ? [wanted.clusterIP] : []))];
    if (wanted.clusterIP && wanted.clusterIPs && wanted.clusterIP !== wanted.clusterIPs[0]) {
      errors.invalid(
        spec.child("clusterIPs"),
        wanted.clusterIPs,
        "first value must match `clusterIP`",
      );
      return;
    }
    if (given[0] !== "None") {
      for (const [position, family] of ((wanted.ipFamilies ?? []) as IpFamily[]).entries()) {
        const range = this.#options.ranges.find((candidate) => candidate.family === family);
        if (range === undefined) continue;
        const asked = given[position];
        if (asked) this.#take(asked, range, own, taken, errors);
        else given[position] = this.#draw(range, taken);
      }
    }
    if (given.length > 0) {
      wanted.clusterIP = given[0] ?? "";
      wanted.clusterIPs = given;
    }
  }

  #take(
    asked: string,
    range: IpRange,
    own: ReadonlySet<string>,
    taken: string[],
    errors: ErrorList,
  ): void {
    const address = parseIp(asked);
    const path = spec.child("clusterIPs");
    // Text that is no address is told of by validation.
    if (address === undefined || own.has(`ip ${asked}`)) return;
    if (!rangeContains(range, address)) {
      const detail = `failed to allocate IP ${asked}: the provided network does not match the current range`;
      errors.invalid(path, [asked], detail);
    } else if (address.value === range.base) {
      const detail =
        `failed to allocate IP ${asked}: the provided IP (${asked}) is not in the valid range. ` +
        `The range of valid IPs is ${formatCidr(range)}`;
      errors.invalid(path, [asked], detail);
    } else if (this.#isTaken("ip", formatIp(address))) {
      const detail = `failed to allocate IP ${asked}: provided IP is already allocated`;
      this.#counts?.refused(formatCidr(range), "static");
      errors.invalid(path, [asked], detail);
    } else {
      this.#counts?.given(formatCidr(range), "static");
      this.#reserve("ip", formatIp(address), taken);
    }
  }

  #draw(range: IpRange, taken: string[]): string {
    const size = usableSize(range);
    const band = { firstDynamic: reservedOffset(size, 16, 256, 16) };
    const at = (offset: number): string =>
      formatIp({ family: range.family, value: range.base + 1n + BigInt(offset) });
    const offset = drawFree(size, band, this.#random, (o) => this.#isTaken("ip", at(o)));
    if (offset === undefined) {
      throw new RangeIsFull("failed to allocate a serviceIP: range is full", formatCidr(range));
    }
    this.#counts?.given(formatCidr(range), "dynamic");
    this.#reserve("ip", at(offset), taken);
    return at(offset);
  }

  #nodePorts(
    wanted: ServiceSpec,
    own: ReadonlySet<string>,
    taken: string[],
    errors: ErrorList,
  ): void {
    const needed =
      wanted.type === "NodePort" ||
      (wanted.type === "LoadBalancer" && wanted.allocateLoadBalancerNodePorts !== false);
    const ports = wanted.type === "ExternalName" ? [] : (wanted.ports ?? []);
    const mine = new Map<number, Set<string>>();
    if (!usesPorts(wanted)) return;
    for (const [position, port] of ports.entries()) {
      if (!port.nodePort) continue;
      const path = spec.child("ports").index(position).child("nodePort");
      if (!mine.has(port.nodePort)) this.#takePort(port.nodePort, own, taken, errors, path);
      remember(mine, port.nodePort, port.protocol ?? "TCP");
    }
    if (needed) {
      for (const port of ports) {
        if (port.nodePort) continue;
        port.nodePort = sharedPort(ports, port, mine) ?? this.#drawPort(taken);
        remember(mine, port.nodePort, port.protocol ?? "TCP");
      }
    }
    this.#healthPort(wanted, own, taken, errors);
  }

  #healthPort(
    wanted: ServiceSpec,
    own: ReadonlySet<string>,
    taken: string[],
    errors: ErrorList,
  ): void {
    if (wanted.type !== "LoadBalancer" || wanted.externalTrafficPolicy !== "Local") return;
    const path = spec.child("healthCheckNodePort");
    if (!wanted.healthCheckNodePort) wanted.healthCheckNodePort = this.#drawPort(taken);
    else this.#takePort(wanted.healthCheckNodePort, own, taken, errors, path);
  }

  #takePort(
    port: number,
    own: ReadonlySet<string>,
    taken: string[],
    errors: ErrorList,
    path: FieldPath,
  ): void {
    if (own.has(`port ${port}`)) return;
    const { first, last } = this.#options.nodePorts;
    if (port < first || port > last) {
      const detail = `provided port is not in the valid range. The range of valid ports is ${first}-${last}`;
      errors.invalid(path, port, detail);
    } else if (this.#isTaken("port", String(port))) {
      this.#counts?.refused(undefined, "static");
      errors.invalid(path, port, "provided port is already allocated");
    } else {
      this.#counts?.given(undefined, "static");
      this.#reserve("port", String(port), taken);
    }
  }

  #drawPort(taken: string[]): number {
    const { first, last } = this.#options.nodePorts;
    const size = last - first + 1;
    const band = { firstDynamic: reservedOffset(size, 16, 128, 32) };
    const offset = drawFree(size, band, this.#random, (o) =>
      this.#isTaken("port", String(first + o)),
    );
    if (offset === undefined) {
      throw new RangeIsFull("failed to allocate a nodePort: range is full", undefined);
    }
    this.#counts?.given(undefined, "dynamic");
    this.#reserve("port", String(first + offset), taken);
    return first + offset;
  }

  #isTaken(kind: "ip" | "port", value: string): boolean {
    if (this.#pending.has(`${kind} ${value}`)) return true;
    const { services, ipAddresses } = this.#caches;
    if (kind === "ip") {
      return ipAddresses.has("", value) || services.hasIndexed("address", value);
    }
    const offset = Number(value) - this.#options.nodePorts.first;
    return this.#ports?.has(offset) === true || services.hasIndexed("port", value);
  }

  #reserve(kind: "ip" | "port", value: string, taken: string[]): void {
    this.#pending.add(`${kind} ${value}`);
    taken.push(`${kind} ${value}`);
  }
}

/** Nothing is left, as far as was looked. */
class RangeIsFull extends Error {
  constructor(
    message: string,
    readonly range: AllocationTarget,
  ) {
    super(message);
  }
}

/** The network's own address and IPv4's broadcast address are nobody's. */
function usableSize({ family, size }: IpRange): number {
  const unusable = family === "IPv4" ? 2n : 1n;
  const usable = size > unusable ? size - unusable : 0n;
  return Number(usable > BigInt(mostOffsets) ? BigInt(mostOffsets) : usable);
}

function isAddressIn(range: IpRange, key: string): boolean {
  const address = key.startsWith("ip ") ? parseIp(key.slice(3)) : undefined;
  return address !== undefined && rangeContains(range, address);
}

function usesPorts({ type }: ServiceSpec): boolean {
  return type === "NodePort" || type === "LoadBalancer";
}

/** What a service has or asks for by number. */
function held(service: Service): string[] {
  const { clusterIP, clusterIPs = clusterIP ? [clusterIP] : [] } = service.spec ?? {};
  const addresses = clusterIPs.filter((address) => address !== "" && address !== "None");
  return [
    ...addresses.map((address) => `ip ${address}`),
    ...nodePortsOf(service).map((port) => `port ${port}`),
  ];
}

function remember(mine: Map<number, Set<string>>, port: number, protocol: string): void {
  const known = mine.get(port);
  if (known === undefined) mine.set(port, new Set([protocol]));
  else known.add(protocol);
}

/** The same port under another protocol gets the same node port. */
function sharedPort(
  ports: readonly ServicePort[],
  port: ServicePort,
  mine: ReadonlyMap<number, ReadonlySet<string>>,
): number | undefined {
  const protocol = port.protocol ?? "TCP";
  for (const other of ports) {
    if (!other.nodePort || other.port !== port.port) continue;
    if (mine.get(other.nodePort)?.has(protocol) === false) return other.nodePort;
  }
  return undefined;
}

/** What a client left out of an update stays as it was allocated. */
function carryOver(wanted: ServiceSpec, old: ServiceSpec): void {
  const needs = (s: ServiceSpec): boolean => s.type !== "ExternalName";
  if (needs(wanted) && needs(old)) {
    if (!wanted.clusterIP && old.clusterIP) wanted.clusterIP = old.clusterIP;
    if ((wanted.clusterIPs ?? []).length === 0 && wanted.clusterIP === old.clusterIP) {
      if (old.clusterIPs) wanted.clusterIPs = [...old.clusterIPs];
    }
    if ((wanted.ipFamilies ?? []).length === 0 && old.ipFamilies) {
      wanted.ipFamilies = [...old.ipFamilies];
    }
    if (!wanted.ipFamilyPolicy && old.ipFamilyPolicy) wanted.ipFamilyPolicy = old.ipFamilyPolicy;
  }
  const hasPorts = (s: ServiceSpec): boolean => s.type === "NodePort" || s.type === "LoadBalancer";
  if (!hasPorts(wanted) || !hasPorts(old)) return;
  const used = new Set((wanted.ports ?? []).map(({ nodePort }) => nodePort ?? 0));
  for (const port of wanted.ports ?? []) {
    if (port.nodePort) continue;
    const before = old.ports?.find(
      (other) => other.port === port.port && (other.protocol ?? "TCP") === (port.protocol ?? "TCP"),
    );
    if (before?.nodePort && !used.has(before.nodePort)) port.nodePort = before.nodePort;
  }
  if (!wanted.healthCheckNodePort && old.healthCheckNodePort) {
    const local = wanted.type === "LoadBalancer" && wanted.externalTrafficPolicy === "Local";
    if (local) wanted.healthCheckNodePort = old.healthCheckNodePort;
  }
}
