import type { Service } from "../../api/gen/types/coreV1.js";
import type { EndpointSlice } from "../../api/gen/types/discoveryV1.js";
import { parseTime } from "../../api/time.js";
import type { NetRules } from "../../native/gen/addon.js";
import type { Logger } from "../../platform/logger.js";

const serviceNameLabel = "kubernetes.io/service-name";
/** Set by the endpoints controller: when what made it change the endpoints happened. */
const lastChangeTriggerTime = "endpoints.kubernetes.io/last-change-trigger-time";

/** Objects are encoded once, for however many families. */
class EncodedObject {
  #bytes: Uint8Array | undefined;

  constructor(readonly object: Service | EndpointSlice) {}

  get bytes(): Uint8Array {
    this.#bytes ??= Buffer.from(JSON.stringify(this.object));
    return this.#bytes;
  }
}

interface SliceChange {
  readonly serviceKey: string;
  readonly name: string;
  /** Undefined when it is gone. */
  readonly object: EncodedObject | undefined;
}

/** One change as a tracker of one family keeps it. */
export type Change =
  | { readonly kind: "service"; readonly key: string; readonly object: EncodedObject | undefined }
  | ({ readonly kind: "slice" } & SliceChange);

/** What a drain found. */
export interface AppliedChanges {
  readonly services: number;
  readonly slices: number;
  /** Something changed that rules depend on. */
  readonly changed: boolean;
  /** When the changes of endpoints happened (milliseconds since the epoch), where that is known. */
  readonly triggerTimesMilliseconds: readonly number[];
}

function sliceServiceKey(slice: EndpointSlice): string | undefined {
  const name = slice.metadata.labels?.[serviceNameLabel];
  return name ? `${slice.metadata.namespace ?? ""}/${name}` : undefined;
}

export function serviceChange(service: Service, deleted: boolean): Change {
  const key = `${service.metadata.namespace ?? ""}/${service.metadata.name ?? ""}`;
  return { kind: "service", key, object: deleted ? undefined : new EncodedObject(service) };
}

/** Two changes when a slice went from one service to another; none for a slice of no service. */
export function sliceChanges(
  before: EndpointSlice | undefined,
  after: EndpointSlice | undefined,
): Change[] {
  const changes: Change[] = [];
  const [oldKey, newKey] = [before && sliceServiceKey(before), after && sliceServiceKey(after)];
  if (before && oldKey !== undefined && oldKey !== newKey) {
    const name = before.metadata.name ?? "";
    changes.push({ kind: "slice", serviceKey: oldKey, name, object: undefined });
  }
  if (after && newKey !== undefined) {
    const object = new EncodedObject(after);
    changes.push({ kind: "slice", serviceKey: newKey, name: after.metadata.name ?? "", object });
  }
  return changes;
}

/**
 * What changed since the rules of one family were last written, the latest state of each object.
 * Bounded by the number of objects.
 */
export class PendingChanges {
  #services = new Map<string, EncodedObject | undefined>();
  #slices = new Map<string, SliceChange>();

  get serviceCount(): number {
    return this.#services.size;
  }

  get sliceCount(): number {
    return this.#slices.size;
  }

  add(change: Change): void {
    if (change.kind === "service") this.#services.set(change.key, change.object);
    else this.#slices.set(`${change.serviceKey}/${change.name}`, change);
  }

  /**
   * Hands everything to the rules and forgets it. An object that cannot be read is logged and left
   * out.
   */
  drain(rules: NetRules, logger: Logger): AppliedChanges {
    const [services, slices] = [this.#services, this.#slices];
    this.#services = new Map();
    this.#slices = new Map();
    let changed = false;
    const triggerTimesMilliseconds: number[] = [];
    for (const [key, object] of services) {
      if (object === undefined) {
        changed = rules.removeService(key) || changed;
        continue;
      }
      const update = rules.setService(object.bytes);
      if (update.error !== undefined) {
        logger.error("Cannot read a Service", { service: key, err: update.error });
      }
      changed = update.changed || changed;
    }
    for (const { serviceKey, name, object } of slices.values()) {
      if (object === undefined) {
        changed = rules.removeEndpointSlice(serviceKey, name) || changed;
        continue;
      }
      const update = rules.setEndpointSlice(object.bytes);
      if (update.error !== undefined) {
        logger.error("Cannot read an EndpointSlice", { slice: name, err: update.error });
      }
      if (update.changed) {
        changed = true;
        const time = parseTime(object.object.metadata.annotations?.[lastChangeTriggerTime]);
        if (time !== undefined) triggerTimesMilliseconds.push(time);
      }
    }
    return { services: services.size, slices: slices.size, changed, triggerTimesMilliseconds };
  }
}
