import { equalJson } from "../../api/equality.js";
import { coreV1 } from "../../api/gen/resources.js";
import type {
  EndpointAddress,
  EndpointPort,
  EndpointSubset,
  Endpoints,
  Pod,
  Service,
} from "../../api/gen/types/coreV1.js";
import { hasReason, isNamespaceTerminating, isObjectNotFound } from "../../api/status.js";
import { objectReference } from "../../client/events/eventRecorder.js";
import { type Indexer, splitKey } from "../../client/informer/indexer.js";
import type { ControllerContext } from "../controllerContext.js";
import { headlessLabel } from "../endpointslice/endpointSliceController.js";
import {
  addressTypesOf,
  endpointPorts,
  hasEndpoint,
  hostnameFor,
  podAddress,
  portsKey,
} from "../endpointslice/serviceEndpoints.js";
import { selects, servicesOfPods } from "../endpointslice/servicesOfPods.js";

import { isPodReady } from "../pod/podState.js";
import { QueueController } from "../queueController.js";
import { WrittenVersions } from "../writtenVersions.js";

const managedByLabel = "endpoints.kubernetes.io/managed-by";
const manager = "endpoint-controller";
const leaderAnnotation = "control-plane.alpha.kubernetes.io/leader";
const overCapacityAnnotation = "endpoints.kubernetes.io/over-capacity";
const maxAddresses = 1000;

/** Lists the pods behind each service in its Endpoints object, for clients that know no slices. */
export class EndpointsController extends QueueController {
  readonly #services: Indexer<Service>;
  readonly #pods: Indexer<Pod>;
  readonly #endpoints: Indexer<Endpoints>;
  readonly #written = new WrittenVersions();

  constructor(context: ControllerContext) {
    super("endpoints-controller", context);
    const services = this.informer(coreV1.services);
    this.#services = services.indexer;
    this.enqueueAll(services);
    const pods = this.informer(coreV1.pods);
    this.#pods = pods.indexer;
    pods.addEventHandler(servicesOfPods(this.#services, (key) => this.queue.add(key)));
    const endpoints = this.informer(coreV1.endpoints);
    this.#endpoints = endpoints.indexer;
    endpoints.addEventHandler({
      onAdd: (added, isInInitialList) => {
        // Its service may have gone while nobody looked.
        if (isInInitialList) this.enqueue(added);
        else this.#caughtUp(added);
      },
      onUpdate: (_, updated) => this.#caughtUp(updated),
      onDelete: (deleted) => {
        this.#written.forget(deleted);
        this.enqueue(deleted);
      },
    });
  }

  /** A sync may have been put off until the cache has what was written. */
  #caughtUp(endpoints: Endpoints): void {
    if (this.#written.isNoted(endpoints)) this.enqueue(endpoints);
  }

  protected override async sync(key: string, signal: AbortSignal): Promise<void> {
    const service = this.#services.get(key);
    const current = this.#endpoints.get(key);
    if (current !== undefined && this.#written.isBehind(current)) return;
    if (service === undefined) {
      if (current !== undefined) await this.#delete(current, signal);
      return;
    }
    if (service.spec?.type === "ExternalName" || service.spec?.selector === undefined) return;
    const wanted = this.#wanted(key, service, current);
    const isSame =
      current !== undefined &&
      equalJson(current.subsets ?? [], wanted.subsets) &&
      equalJson(current.metadata.labels ?? {}, wanted.metadata.labels) &&
      equalJson(current.metadata.annotations ?? {}, wanted.metadata.annotations);
    if (isSame) return;
    const endpoints = this.context.client.resource(coreV1.endpoints);
    try {
      this.#written.note(
        current === undefined
          ? await endpoints.create(wanted, { signal })
          : await endpoints.update(wanted, { signal }),
      );
    } catch (error) {
      if (isNamespaceTerminating(error)) return;
      // The cache is behind; that is nobody's trouble but the next try's.
      if (hasReason(error, "AlreadyExists", "Conflict")) throw error;
      const [reason, doing] =
        current === undefined
          ? ["FailedToCreateEndpoint", "create"]
          : ["FailedToUpdateEndpoint", "update"];
      const why = error instanceof Error ? error.message : String(error);
      const about = objectReference(coreV1.endpoints, wanted);
      const message = `Failed to ${doing} endpoint ${key}: ${why}`;
      this.context.recorder.event(about, "Warning", reason ?? "", message);
      throw error;
    }
  }

  #wanted(key: string, service: Service, current: Endpoints | undefined): Endpoints {
    const { namespace, name } = splitKey(key);
    const pods = this.#pods.list(namespace).filter((pod) => selects(service, pod));
    const { subsets, truncated } = subsetsOf(service, pods);
    const { [overCapacityAnnotation]: _, ...annotations } = current?.metadata.annotations ?? {};
    const { [headlessLabel]: __, ...labels } = service.metadata.labels ?? {};
    return {
      ...current,
      metadata: {
        ...current?.metadata,
        name,
        namespace,
        labels: {
          ...labels,
          [managedByLabel]: manager,
          ...(service.spec?.clusterIP === "None" ? { [headlessLabel]: "" } : {}),
        },
        annotations: {
          ...annotations,
          ...(truncated ? { [overCapacityAnnotation]: "truncated" } : {}),
        },
      },
      subsets,
    };
  }

  /**
   * As upstream has it, Endpoints go with the service of their name, whoever wrote them and
   * whatever their labels say by now; those that old leader elections use are no service's.
   */
  async #delete({ metadata }: Endpoints, signal: AbortSignal): Promise<void> {
    if (metadata.annotations?.[leaderAnnotation] !== undefined) return;
    const { name = "", namespace = "", uid = "" } = metadata;
    if (await this.#serviceLives(namespace, name, signal)) return;
    const endpoints = this.context.client.resource(coreV1.endpoints);
    try {
      await endpoints.delete(name, { namespace, preconditions: { uid }, signal });
    } catch (error) {
      if (!hasReason(error, "NotFound", "Conflict")) throw error;
    }
  }

  /** Asked of the server: a cache of services may be older than one of Endpoints. */
  async #serviceLives(namespace: string, name: string, signal: AbortSignal): Promise<boolean> {
    try {
      await this.context.client.resource(coreV1.services).get(name, { namespace, signal });
      return true;
    } catch (error) {
      if (!isObjectNotFound(error, name)) throw error;
      return false;
    }
  }
}

/** One subset for each list of ports, addresses in order. */
function subsetsOf(
  service: Service,
  pods: readonly Pod[],
): { subsets: EndpointSubset[]; truncated: boolean } {
  const type = addressTypesOf(service)[0] ?? "IPv4";
  const tolerate = service.spec?.publishNotReadyAddresses === true;
  const found: { address: EndpointAddress; ports: EndpointPort[]; ready: boolean }[] = [];
  for (const pod of pods) {
    const ip = podAddress(pod, type);
    if (!hasEndpoint(pod) || ip === undefined) continue;
    if (pod.metadata.deletionTimestamp !== undefined && !tolerate) continue;
    const address = addressOf(service, pod, ip);
    const ports = endpointPorts(service, pod).map(toEndpointsPort);
    const hasPorts = ports.length > 0 || (service.spec?.ports ?? []).length === 0;
    if (hasPorts) found.push({ address, ports, ready: tolerate || isPodReady(pod) });
  }
  found.sort((a, b) => Number(b.ready) - Number(a.ready));
  const kept = found.slice(0, maxAddresses);
  kept.sort((a, b) => (a.address.ip < b.address.ip ? -1 : 1));
  const byPorts = new Map<string, Required<EndpointSubset>>();
  for (const { address, ports, ready } of kept) {
    const key = portsKey(ports);
    let subset = byPorts.get(key);
    if (subset === undefined) {
      subset = { addresses: [], notReadyAddresses: [], ports };
      byPorts.set(key, subset);
    }
    (ready ? subset.addresses : subset.notReadyAddresses).push(address);
  }
  const order = [...byPorts].sort(([a], [b]) => (a < b ? -1 : 1));
  const subsets = order.map(([, subset]) => withoutEmpty(subset));
  return { subsets, truncated: found.length > kept.length };
}

function addressOf(service: Service, pod: Pod, ip: string): EndpointAddress {
  const hostname = hostnameFor(service, pod);
  const { name = "", namespace = "", uid = "" } = pod.metadata;
  const { nodeName } = pod.spec;
  return {
    ip,
    ...(hostname === undefined ? {} : { hostname }),
    ...(nodeName === undefined || nodeName === "" ? {} : { nodeName }),
    targetRef: { kind: "Pod", namespace, name, uid },
  };
}

function toEndpointsPort(port: {
  name?: string;
  protocol?: string;
  port?: number;
  appProtocol?: string;
}): EndpointPort {
  const { name, ...rest } = port;
  return {
    ...(name === undefined || name === "" ? {} : { name }),
    ...rest,
    port: port.port ?? 0,
  };
}

function withoutEmpty(subset: Required<EndpointSubset>): EndpointSubset {
  const entries = Object.entries(subset).filter(([, list]) => (list as unknown[]).length > 0);
  return Object.fromEntries(entries) as EndpointSubset;
}
