import { equalJson } from "../../api/equality.js";
import { coreV1, discoveryV1 } from "../../api/gen/resources.js";
import type { Node, Pod, Service } from "../../api/gen/types/coreV1.js";
import type { EndpointSlice } from "../../api/gen/types/discoveryV1.js";
import { hasReason, isNamespaceTerminating } from "../../api/status.js";
import { objectReference } from "../../client/events/eventRecorder.js";
import { type Indexer, objectKey, splitKey } from "../../client/informer/indexer.js";
import { newControllerReference } from "../../client/ownership/controllerReference.js";
import type { ControllerContext } from "../controllerContext.js";

import { QueueController } from "../queueController.js";
import { type NewSlice, planSlices } from "./planSlices.js";
import { addressTypesOf, groupEndpoints } from "./serviceEndpoints.js";
import { selects, servicesOfPods } from "./servicesOfPods.js";
import { isOwnedBy, removeOrphanedSlices, staleRetryMilliseconds } from "./sliceOwner.js";
import { SliceTracker } from "./sliceTracker.js";

export const serviceNameLabel = "kubernetes.io/service-name";
export const managedByLabel = "endpointslice.kubernetes.io/managed-by";
export const headlessLabel = "service.kubernetes.io/headless";
const manager = "endpointslice-controller.k8s.io";

/** Lists the pods behind each service in EndpointSlices. */
export class EndpointSliceController extends QueueController {
  readonly #services: Indexer<Service>;
  readonly #pods: Indexer<Pod>;
  readonly #slices: Indexer<EndpointSlice>;
  readonly #nodes: Indexer<Node>;
  readonly #tracker = new SliceTracker();

  constructor(context: ControllerContext) {
    super("endpointslice-controller", context);
    const services = this.informer(coreV1.services);
    this.#services = services.indexer;
    services.addEventHandler({
      onAdd: this.enqueue,
      onUpdate: (_, service) => this.enqueue(service),
      onDelete: (service) => {
        this.#tracker.forgetService(objectKey(service));
        this.enqueue(service);
      },
    });
    const slices = this.informer(discoveryV1.endpointslices);
    this.#slices = slices.indexer;
    this.#slices.addIndex("service", (slice) => {
      const key = serviceOf(slice);
      return key === undefined ? [] : [key];
    });
    slices.addEventHandler({
      onAdd: (slice) => this.#sliceChanged(slice),
      onUpdate: (old, slice) => {
        const before = serviceOf(old);
        if (before !== undefined && before !== serviceOf(slice)) {
          // Somebody changed its labels: its service needs another.
          this.#tracker.left(before, old);
          this.queue.add(before);
        }
        this.#sliceChanged(slice);
      },
      onDelete: (slice) => this.#sliceDeleted(slice),
    });
    const pods = this.informer(coreV1.pods);
    this.#pods = pods.indexer;
    pods.addEventHandler(servicesOfPods(this.#services, (key) => this.queue.add(key)));
    this.#nodes = this.informer(coreV1.nodes).indexer;
  }

  /** Only what somebody else did to a slice needs a sync. */
  #sliceChanged(slice: EndpointSlice): void {
    const key = serviceOf(slice);
    if (key === undefined) return;
    if (this.#tracker.takePutOff(key) || !this.#tracker.isOwn(key, slice)) this.queue.add(key);
  }

  #sliceDeleted(slice: EndpointSlice): void {
    const key = serviceOf(slice);
    if (key === undefined) return;
    const isOthersDoing = this.#tracker.deleted(key, slice);
    if (this.#tracker.takePutOff(key) || isOthersDoing) this.queue.add(key);
  }

  protected override async sync(key: string, signal: AbortSignal): Promise<void> {
    const service = this.#services.get(key);
    const all = this.#slices.byIndex("service", key);
    if (service === undefined) {
      await removeOrphanedSlices(
        all,
        this.context.client.resource(discoveryV1.endpointslices),
        this.context.client.resource(coreV1.services),
        splitKey(key),
        signal,
      );
      return;
    }
    if (service.metadata.deletionTimestamp !== undefined) return;
    const { selector, type } = service.spec ?? {};
    if (type === "ExternalName" || selector === undefined) return;
    // What this controller wrote must be in the cache, or it would be written twice.
    if (this.#tracker.isStale(key, all)) {
      this.#tracker.putOff(key);
      this.queue.addAfter(key, staleRetryMilliseconds);
      return;
    }
    const slices = all.filter((slice) => slice.metadata.deletionTimestamp === undefined);
    const { namespace } = splitKey(key);
    const pods = this.#pods.list(namespace).filter((pod) => selects(service, pod));
    try {
      await this.#reconcile(service, pods, slices, signal);
    } catch (error) {
      if (isNamespaceTerminating(error)) return;
      if (hasReason(error, "Conflict")) throw error;
      const why = error instanceof Error ? error.message : String(error);
      this.context.recorder.event(
        objectReference(coreV1.services, service),
        "Warning",
        "FailedToUpdateEndpointSlices",
        `Error updating Endpoint Slices for Service ${key}: ${why}`,
      );
      throw error;
    }
  }

  async #reconcile(
    service: Service,
    pods: readonly Pod[],
    slices: readonly EndpointSlice[],
    signal: AbortSignal,
  ): Promise<void> {
    const key = `${service.metadata.namespace}/${service.metadata.name}`;
    const types = addressTypesOf(service);
    const client = this.context.client.resource(discoveryV1.endpointslices);
    const isWanted = (slice: EndpointSlice): boolean =>
      types.includes(slice.addressType as "IPv4") &&
      isOwnedBy(slice, coreV1.services.kind, service);
    const unwanted = slices.filter((slice) => !isWanted(slice));
    const drafts: NewSlice[] = [];
    for (const type of types) {
      const groups = groupEndpoints(service, pods, type, (name) => this.#nodes.get(name));
      const existing = slices.filter((slice) => isWanted(slice) && slice.addressType === type);
      const max = this.context.options.maxEndpointsPerSlice;
      const plan = planSlices(type, existing, groups, max);
      const updates = [...plan.update, ...plan.keep.filter((s) => !this.#isLabelled(service, s))];
      drafts.push(...plan.create);
      for (const slice of updates) {
        const updated = await client.update(this.#labelled(service, slice), { signal });
        this.#tracker.wrote(key, updated);
      }
      unwanted.push(...plan.remove);
    }
    // What is refused (a full quota) keeps nobody from leaving the slices that are there: only
    // those with pods that live stay until what follows them is made.
    const living = new Set(pods.map(({ metadata }) => metadata.uid));
    const isDead = ({ endpoints }: EndpointSlice): boolean =>
      (endpoints ?? []).length > 0 &&
      (endpoints ?? []).every(({ targetRef }) => !living.has(targetRef?.uid));
    await this.#remove(key, unwanted.filter(isDead), signal);
    for (const draft of drafts) {
      const created = await client.create(this.#newSlice(service, draft), { signal });
      this.#tracker.wrote(key, created);
    }
    await this.#remove(
      key,
      unwanted.filter((slice) => !isDead(slice)),
      signal,
    );
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

  #newSlice(service: Service, draft: NewSlice): EndpointSlice {
    const { name = "", namespace = "" } = service.metadata;
    return {
      metadata: {
        generateName: `${name}-`,
        namespace,
        labels: sliceLabels(service),
        ownerReferences: [newControllerReference(service, coreV1.services)],
      },
      addressType: draft.addressType,
      endpoints: draft.endpoints,
      ports: [...draft.ports],
    };
  }

  #isLabelled(service: Service, slice: EndpointSlice): boolean {
    return equalJson(slice.metadata.labels, sliceLabels(service));
  }

  #labelled(service: Service, slice: EndpointSlice): EndpointSlice {
    return { ...slice, metadata: { ...slice.metadata, labels: sliceLabels(service) } };
  }
}

/** The service's own labels, without those that mean something on a slice. */
function sliceLabels(service: Service): Record<string, string> {
  const labels = { ...service.metadata.labels };
  delete labels[headlessLabel];
  return {
    ...labels,
    [serviceNameLabel]: service.metadata.name ?? "",
    [managedByLabel]: manager,
    ...(service.spec?.clusterIP === "None" ? { [headlessLabel]: "" } : {}),
  };
}

function serviceOf(slice: EndpointSlice): string | undefined {
  const { labels, namespace } = slice.metadata;
  const name = labels?.[serviceNameLabel];
  return labels?.[managedByLabel] === manager && name !== undefined
    ? `${namespace}/${name}`
    : undefined;
}
