import type { Service } from "../../../lib/api/gen/types/coreV1.js";
import type { EndpointSlice } from "../../../lib/api/gen/types/discoveryV1.js";
import { AddressRange } from "../../../lib/proxy/addressRange.js";
import type { Outcome, Packet } from "./packetModel.js";

/** A node, and what there is in the cluster. */
export interface World {
  readonly nodeName: string;
  readonly nodeIP: string;
  readonly localAddresses: readonly string[];
  /** Empty for none. */
  readonly clusterCIDR: string;
  readonly masqueradeAll: boolean;
  readonly services: readonly Service[];
  readonly slices: readonly EndpointSlice[];
}

interface Backend {
  readonly address: string;
  readonly text: string;
  readonly ready: boolean;
  readonly draining: boolean;
  readonly local: boolean;
}

const within = (address: string, ranges: readonly string[]): boolean =>
  ranges.some((range) => AddressRange.parse(range)?.contains(address));

/** What the documentation says should happen to a packet, written without a thought of rules. */
export function expectedOutcomes(world: World, packet: Packet): Outcome[] {
  for (const service of world.services) {
    for (const port of service.spec?.ports ?? []) {
      if ((port.protocol ?? "TCP").toLowerCase() !== packet.protocol) continue;
      const backends = backendsOf(world, service, port.name ?? "", port.protocol ?? "TCP");
      if (packet.destination === service.spec?.clusterIP && packet.port === port.port) {
        return internal(world, packet, service, backends);
      }
      const isNodePort = port.nodePort === packet.port && isLocal(world, packet.destination);
      const balanced = (service.status?.loadBalancer?.ingress ?? []).map(({ ip }) => ip);
      const toBalancer = balanced.includes(packet.destination) && packet.port === port.port;
      const external = service.spec?.externalIPs ?? [];
      const toExternal = external.includes(packet.destination) && packet.port === port.port;
      if (toBalancer && isFiltered(world, packet, service, backends)) return refused("drop");
      if (isNodePort || toBalancer || toExternal) return outer(world, packet, service, backends);
    }
  }
  return [{ verdict: "accept", masqueraded: false }];
}

const refused = (verdict: "drop" | "reject"): Outcome[] => [{ verdict, masqueraded: false }];

const isLocal = (world: World, address: string): boolean =>
  world.localAddresses.includes(address) || address.startsWith("127.");

function backendsOf(world: World, service: Service, name: string, protocol: string): Backend[] {
  const all = new Map<string, Backend>();
  for (const slice of world.slices) {
    const owner = slice.metadata.labels?.["kubernetes.io/service-name"];
    if (owner !== service.metadata.name) continue;
    for (const port of slice.ports ?? []) {
      if ((port.name ?? "") !== name || port.protocol !== protocol) continue;
      for (const endpoint of slice.endpoints ?? []) {
        const address = endpoint.addresses[0] ?? "";
        const { ready = true, serving = true, terminating = false } = endpoint.conditions ?? {};
        const text = `${address}:${port.port}`;
        const local = endpoint.nodeName === world.nodeName;
        all.set(text, { address, text, ready, draining: serving && terminating, local });
      }
    }
  }
  return [...all.values()];
}

/** Ready ones, or where there are none those that still serve while they end. */
function usable(backends: readonly Backend[]): Backend[] {
  const ready = backends.filter((one) => one.ready);
  return ready.length > 0 ? ready : backends.filter((one) => one.draining);
}

function deliver(packet: Packet, backends: readonly Backend[], masqueraded: boolean): Outcome[] {
  const outcomes = backends.map(
    (one): Outcome => ({
      verdict: "accept",
      to: one.text,
      masqueraded: masqueraded || one.address === packet.source,
    }),
  );
  const sorted = new Map(outcomes.map((outcome) => [JSON.stringify(outcome), outcome]));
  return [...sorted].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, outcome]) => outcome);
}

function internal(
  world: World,
  packet: Packet,
  service: Service,
  backends: readonly Backend[],
): Outcome[] {
  if (usable(backends).length === 0) return refused("reject");
  const isLocalOnly = service.spec?.internalTrafficPolicy === "Local";
  const chosen = usable(isLocalOnly ? backends.filter((one) => one.local) : backends);
  if (chosen.length === 0) return refused("drop");
  const fromOutside = world.clusterCIDR !== "" && !within(packet.source, [world.clusterCIDR]);
  return deliver(packet, chosen, world.masqueradeAll || fromOutside);
}

function isFiltered(
  world: World,
  packet: Packet,
  service: Service,
  backends: readonly Backend[],
): boolean {
  const ranges = service.spec?.loadBalancerSourceRanges ?? [];
  if (ranges.length === 0 || usable(backends).length === 0) return false;
  if (within(packet.source, ranges)) return false;
  // The node itself sees its own load balancer's address as the source.
  const ownAddress = service.status?.loadBalancer?.ingress?.some(({ ip }) => ip === packet.source);
  return !(ownAddress && within(world.nodeIP, ranges));
}

function outer(
  world: World,
  packet: Packet,
  service: Service,
  backends: readonly Backend[],
): Outcome[] {
  const everywhere = usable(backends);
  if (everywhere.length === 0) {
    // What the node itself sends to such an address may have someone to go to elsewhere.
    const leaves = isLocal(world, packet.source) && !isLocal(world, packet.destination);
    return leaves ? [{ verdict: "accept", masqueraded: false }] : refused("reject");
  }
  if (service.spec?.externalTrafficPolicy !== "Local") return deliver(packet, everywhere, true);
  if (world.clusterCIDR !== "" && within(packet.source, [world.clusterCIDR])) {
    return deliver(packet, everywhere, false);
  }
  if (isLocal(world, packet.source)) return deliver(packet, everywhere, true);
  const here = usable(backends.filter((one) => one.local));
  return here.length === 0 ? refused("drop") : deliver(packet, here, false);
}
