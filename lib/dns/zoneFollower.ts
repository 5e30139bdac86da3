import { coreV1, discoveryV1 } from "../api/gen/resources.js";
import type { Namespace, Service } from "../api/gen/types/coreV1.js";
import type { EndpointSlice } from "../api/gen/types/discoveryV1.js";
import type { ResourceType } from "../api/resourceType.js";
import type { Client } from "../client/client.js";
import { Reflector } from "../client/informer/reflector.js";
import type { DnsZone } from "../native/gen/addon.js";
import type { Logger } from "../platform/logger.js";
import type { Platform } from "../platform/platform.js";

const serviceNameLabel = "kubernetes.io/service-name";
/** Objects a page where the server sends no stream: what is not read yet takes memory. */
const pageSize = 100;

export interface ZoneFollowerOptions {
  readonly platform: Pick<Platform, "clock" | "random">;
  readonly logger: Logger;
  readonly client: Client;
  readonly zone: DnsZone;
  /** Every kind has been listed once. */
  readonly onSynced: () => void;
}

interface Followed<T> {
  readonly type: ResourceType<T>;
  readonly kind: "Namespace" | "Service" | "EndpointSlice";
  /** Why the zone could not read it. */
  readonly set: (object: T) => string | undefined;
  readonly remove: (namespace: string, name: string) => void;
}

function bytes(object: object): Uint8Array {
  return Buffer.from(JSON.stringify(object));
}

/** What names need of a Service. */
function serviceBytes({ metadata, spec }: Service): Uint8Array {
  const { type, clusterIP, clusterIPs, externalName, ports } = spec ?? {};
  const { namespace, name } = metadata;
  return bytes({
    metadata: { namespace, name },
    spec: {
      ...{ type, clusterIP, clusterIPs, externalName },
      ports: ports?.map(({ name: portName, protocol, port }) => ({
        ...{ name: portName, protocol, port },
      })),
    },
  });
}

/** What names need of an EndpointSlice. */
function sliceBytes({ metadata, ports, endpoints }: EndpointSlice): Uint8Array {
  const { namespace, name, labels } = metadata;
  return bytes({
    metadata: {
      ...{ namespace, name },
      labels: { [serviceNameLabel]: labels?.[serviceNameLabel] },
    },
    ports: ports?.map(({ name: portName, protocol, port }) => ({
      ...{ name: portName, protocol, port },
    })),
    endpoints: endpoints?.map(({ addresses, hostname, conditions }) => ({
      ...{ addresses, hostname },
      conditions: { ready: conditions?.ready },
    })),
  });
}

/** Keeps a zone like the server's objects, none of which it keeps itself. */
export class ZoneFollower {
  readonly #options: ZoneFollowerOptions;
  readonly #unsynced = new Set<string>();
  #serial = 0;

  constructor(options: ZoneFollowerOptions) {
    this.#options = options;
  }

  /** Follows until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { zone } = this.#options;
    await Promise.all([
      this.#follow<Namespace>(signal, {
        type: coreV1.namespaces,
        kind: "Namespace",
        set: ({ metadata }) => {
          zone.setNamespace(metadata.name ?? "");
          return undefined;
        },
        remove: (_namespace, name) => zone.removeNamespace(name),
      }),
      this.#follow<Service>(signal, {
        type: coreV1.services,
        kind: "Service",
        set: (service) => zone.setService(serviceBytes(service)) ?? undefined,
        remove: (namespace, name) => zone.removeService(namespace, name),
      }),
      this.#follow<EndpointSlice>(signal, {
        type: discoveryV1.endpointslices,
        kind: "EndpointSlice",
        set: (slice) => zone.setEndpointSlice(sliceBytes(slice)) ?? undefined,
        remove: (namespace, name) => zone.removeEndpointSlice(namespace, name),
      }),
    ]);
  }

  #follow<T extends { metadata: { namespace?: string; name?: string } }>(
    signal: AbortSignal,
    { type, kind, set, remove }: Followed<T>,
  ): Promise<void> {
    const { platform, logger, client, zone } = this.#options;
    this.#unsynced.add(kind);
    const change = (object: T): void => {
      const problem = set(object);
      this.#touch();
      if (problem === undefined) return;
      const { namespace, name } = object.metadata;
      logger.error("An object cannot be read", { kind, namespace, name, problem });
    };
    const drop = ({ metadata }: T): void => {
      remove(metadata.namespace ?? "", metadata.name ?? "");
      this.#touch();
    };
    const sink = {
      beginList: () => zone.beginList(kind),
      listed: change,
      unlisted: drop,
      endList: () => {
        if (zone.endList(kind) > 0) this.#touch();
        if (!this.#unsynced.delete(kind) || this.#unsynced.size > 0) return;
        zone.setSynced();
        this.#options.onSynced();
      },
      changed: change,
      deleted: drop,
    };
    const parts = { platform, logger };
    return new Reflector(client.resource(type), parts, sink, { pageSize }).run(signal);
  }

  /** The zone's serial is the second of its last change. */
  #touch(): void {
    const serial = Math.floor(this.#options.platform.clock.now() / 1000) >>> 0;
    if (serial === this.#serial) return;
    this.#serial = serial;
    this.#options.zone.setSerial(serial);
  }
}
