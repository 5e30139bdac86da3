import { equalJson } from "../../api/equality.js";
import { coreV1, discoveryV1 } from "../../api/gen/resources.js";
import type { EndpointAddress, Endpoints, Service } from "../../api/gen/types/coreV1.js";
import type { Endpoint, EndpointPort, EndpointSlice } from "../../api/gen/types/discoveryV1.js";
import { canonicalIp } from "../../api/ipAddress.js";
import { hasReason, isNamespaceTerminating } from "../../api/status.js";
import { objectReference } from "../../client/events/eventRecorder.js";
import type { Indexer } from "../../client/informer/indexer.js";
import { newControllerReference } from "../../client/ownership/controllerReference.js";
import type { ControllerContext } from "../controllerContext.js";
import { managedByLabel, serviceNameLabel } from "../endpointslice/endpointSliceController.js";
import { type NewSlice, planSlices } from "../endpointslice/planSlices.js";
import {
  type AddressType,
  type EndpointGroup,
  portsKey,
} from "../endpointslice/serviceEndpoints.js";
import { isOwnedBy, staleRetryMilliseconds } from "../endpointslice/sliceOwner.js";
import { SliceTracker } from "../endpointslice/sliceTracker.js";

import { QueueController } from "../queueController.js";

const manager = "endpointslicemirroring-controller.k8s.io";
const skipLabel = "endpointslice.kubernetes.io/skip-mirror";
/** About the Endpoints object alone. */
const ownAnnotations: ReadonlySet<string> = new Set([
  "endpoints.kubernetes.io/last-change-trigger-time",
  "kubectl.kubernetes.io/last-applied-configuration",
]);
const leaderAnnotation = "control-plane.alpha.kubernetes.io/leader";
/** Of the addresses with the same ports those beyond this are left out. */
const maxAddressesPerSubset = 1000;

/** Copies Endpoints that people write for services without a selector into EndpointSlices. */
export class EndpointSliceMirroringController extends QueueController {
  readonly #endpoints: Indexer<Endpoints>;
  readonly #services: Indexer<Service>;
  readonly #slices: Indexer<EndpointSlice>;
  readonly #tracker = new SliceTracker();

  constructor(context: ControllerContext) {
    super("endpointslice-mirroring-controller", context);
    const endpoints = this.informer(coreV1.endpoints);
    this.#endpoints = endpoints.indexer;
    this.enqueueAll(endpoints);
    const services = this.informer(coreV1.services);
    this.#services = services.indexer;
    this.enqueueAll(services);
    const slices = this.informer(discoveryV1.endpointslices);
    this.#slices = slices.indexer;
    this.#slices.addIndex("mirrored", (slice) => {
      const key = mirrorOf(slice);
      return key === undefined ? [] : [key];
    });
    slices.addEventHandler({
      onAdd: (slice) => this.#sliceChanged(slice),
      onUpdate: (old, slice) => {
        const before = mirrorOf(old);
        if (before !== undefined && before !== mirrorOf(slice)) {
          this.#tracker.left(before, old);
          this.queue.add(before);
        }
        this.#sliceChanged(slice);
      },
      onDelete: (slice) => {
        const key = mirrorOf(slice);
        if (key === undefined) return;
        const isOthersDoing = this.#tracker.deleted(key, slice);
        if (this.#tracker.takePutOff(key) || isOthersDoing) this.queue.add(key);
      },
    });
  }

  #sliceChanged(slice: EndpointSlice): void {
    const key = mirrorOf(slice);
    if (key === undefined) return;
    if (this.#tracker.takePutOff(key) || !this.#tracker.isOwn(key, slice)) this.queue.add(key);
  }

  protected override async sync(key: string, signal: AbortSignal): Promise<void> {
    const endpoints = this.#endpoints.get(key);
    const service = this.#services.get(key);
    const all = this.#slices.byIndex("mirrored", key);
    if (this.#tracker.isStale(key, all)) {
      this.#tracker.putOff(key);
      this.queue.addAfter(key, staleRetryMilliseconds);
      return;
    }
    const slices = all.filter((slice) => slice.metadata.deletionTimestamp === undefined);
    const isMirrored =
      endpoints !== undefined &&
      isEligible(endpoints) &&
      service !== undefined &&
      service.spec?.selector === undefined;
    if (!isMirrored) {
      await this.#remove(key, slices, signal);
      return;
    }
    const client = this.context.client.resource(discoveryV1.endpointslices);
    const max = this.context.options.maxEndpointsPerSlice;
    const isOwned = (slice: EndpointSlice): boolean =>
      isOwnedBy(slice, coreV1.endpoints.kind, endpoints);
    const mirrored = mirroredOf(endpoints);
    if (mirrored.skipped > 0) this.#tellSkipped(endpoints, mirrored.skipped);
    const drafts: NewSlice[] = [];
    // Also those of an earlier object of this name, and of none.
    const unwanted = slices.filter((slice) => !isOwned(slice));
    for (const type of ["IPv4", "IPv6"] as const) {
      const groups = groupsOf(mirrored.groups, type);
      const existing = slices.filter((slice) => isOwned(slice) && slice.addressType === type);
      if (groups.size === 0) {
        await this.#remove(key, existing, signal);
        continue;
      }
      const plan = planSlices(type, existing, groups, max);
      drafts.push(...plan.create);
      unwanted.push(...plan.remove);
      const labels = sliceLabels(endpoints);
      const annotations = sliceAnnotations(endpoints);
      const isLabelled = ({ metadata }: EndpointSlice) =>
        equalJson(metadata.labels, labels) && equalJson(metadata.annotations ?? {}, annotations);
      for (const slice of [...plan.update, ...plan.keep.filter((kept) => !isLabelled(kept))]) {
        const labelled = { ...slice, metadata: { ...slice.metadata, labels, annotations } };
        this.#tracker.wrote(key, await client.update(labelled, { signal }));
      }
    }
    // What is refused keeps nobody from leaving the slices that are there.
    for (const draft of drafts) {
      try {
        const created = await client.create(newSlice(endpoints, draft), { signal });
        this.#tracker.wrote(key, created);
      } catch (error) {
        if (isNamespaceTerminating(error)) return;
        throw error;
      }
    }
    await this.#remove(key, unwanted, signal);
  }

  #tellSkipped(endpoints: Endpoints, skipped: number): void {
    const about = objectReference(coreV1.endpoints, endpoints);
    const message =
      `A max of ${maxAddressesPerSubset} addresses can be mirrored to EndpointSlices per ` +
      `Endpoints subset. ${skipped} addresses were skipped`;
    this.context.recorder.event(about, "Warning", "TooManyAddressesToMirror", message);
  }

  async #remove(key: string, slices: readonly EndpointSlice[], signal: AbortSignal): Promise<void> {
    const client = this.context.client.resource(discoveryV1.endpointslices);
    for (const slice of slices) {
      const { name = "", namespace = "", uid = "" } = slice.metadata;
      this.#tracker.removing(key, slice);
      try {
        await client.delete(name, { namespace, preconditions: { uid }, signal });
      } catch (error) {
        if (hasReason(error, "NotFound")) continue;
        // It may stay: nothing must wait for it to be gone.
        this.#tracker.left(key, slice);
        throw error;
      }
    }
  }
}

function isEligible({ metadata }: Endpoints): boolean {
  if (metadata.labels?.[skipLabel] === "true") return false;
  return metadata.annotations?.[leaderAnnotation] === undefined;
}

interface Mirrored {
  readonly groups: ReadonlyMap<string, EndpointGroup>;
  /** Addresses that are one too many. */
  readonly skipped: number;
}

/** By ports. Of an address that is written twice the one that is not ready counts. */
function mirroredOf(endpoints: Endpoints): Mirrored {
  const byPorts = new Map<string, { ports: EndpointPort[]; found: Map<string, Endpoint> }>();
  for (const subset of endpoints.subsets ?? []) {
    const ports: EndpointPort[] = (subset.ports ?? []).map((port) => ({
      name: port.name ?? "",
      protocol: port.protocol ?? "TCP",
      port: port.port,
      ...(port.appProtocol === undefined ? {} : { appProtocol: port.appProtocol }),
    }));
    const key = portsKey(ports);
    const group = byPorts.get(key) ?? { ports, found: new Map<string, Endpoint>() };
    byPorts.set(key, group);
    const take = (address: EndpointAddress, ready: boolean): void => {
      const id = `${address.ip} ${address.targetRef?.uid ?? ""}`;
      if (!ready || !group.found.has(id)) group.found.set(id, endpointOf(address, ready));
    };
    for (const address of subset.addresses ?? []) take(address, true);
    for (const address of subset.notReadyAddresses ?? []) take(address, false);
  }
  const groups = new Map<string, EndpointGroup>();
  let skipped = 0;
  for (const [key, { ports, found }] of byPorts) {
    const isReady = ({ conditions }: Endpoint): number => Number(conditions?.ready === true);
    const all = [...found.values()].sort((a, b) => isReady(b) - isReady(a));
    groups.set(key, { ports, endpoints: all.slice(0, maxAddressesPerSubset) });
    skipped += Math.max(0, all.length - maxAddressesPerSubset);
  }
  return { groups, skipped };
}

/** Those of one family. */
function groupsOf(
  all: ReadonlyMap<string, EndpointGroup>,
  type: AddressType,
): Map<string, EndpointGroup> {
  const groups = new Map<string, EndpointGroup>();
  for (const [key, { ports, endpoints }] of all) {
    const own = endpoints.filter(({ addresses }) => {
      return (addresses[0] ?? "").includes(":") === (type === "IPv6");
    });
    if (own.length > 0) groups.set(key, { ports, endpoints: own });
  }
  return groups;
}

function endpointOf(address: EndpointAddress, ready: boolean): Endpoint {
  const { hostname, ip, nodeName, targetRef } = address;
  return {
    // Endpoints may spell it in another way.
    addresses: [canonicalIp(ip)],
    conditions: { ready },
    ...(hostname === undefined ? {} : { hostname }),
    ...(targetRef === undefined ? {} : { targetRef }),
    ...(nodeName === undefined ? {} : { nodeName }),
  };
}

function newSlice(endpoints: Endpoints, draft: NewSlice): EndpointSlice {
  const { name = "", namespace = "" } = endpoints.metadata;
  return {
    metadata: {
      generateName: `${name}-`,
      namespace,
      labels: sliceLabels(endpoints),
      annotations: sliceAnnotations(endpoints),
      ownerReferences: [newControllerReference(endpoints, coreV1.endpoints)],
    },
    addressType: draft.addressType,
    endpoints: draft.endpoints,
    ports: [...draft.ports],
  };
}

function sliceLabels({ metadata }: Endpoints): Record<string, string> {
  return {
    ...metadata.labels,
    [serviceNameLabel]: metadata.name ?? "",
    [managedByLabel]: manager,
  };
}

function sliceAnnotations({ metadata }: Endpoints): Record<string, string> {
  const all = Object.entries(metadata.annotations ?? {});
  return Object.fromEntries(all.filter(([name]) => !ownAnnotations.has(name)));
}

function mirrorOf({ metadata }: EndpointSlice): string | undefined {
  const name = metadata.labels?.[serviceNameLabel];
  return metadata.labels?.[managedByLabel] === manager && name !== undefined
    ? `${metadata.namespace}/${name}`
    : undefined;
}
