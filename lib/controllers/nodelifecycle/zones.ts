import type { Node } from "../../api/gen/types/coreV1.js";
import { BucketRateLimiter } from "../../client/workqueue/rateLimiter.js";
import type { Clock } from "../../platform/clock.js";
import type { ControllerOptions } from "../controllerOptions.js";
import { isNodeReady } from "../node/taints.js";

export type ZoneState = "normal" | "partialDisruption" | "fullDisruption";

const evictionBurst = 1;

/** Nodes with this label say nothing about how their zone is. */
const excludedLabel = "node.kubernetes.io/exclude-disruption";

/** Region and zone; nodes without labels are one zone. */
export function zoneOf(node: Node): string {
  const labels = node.metadata.labels ?? {};
  const region = labels["topology.kubernetes.io/region"] ?? "";
  return `${region}/${labels["topology.kubernetes.io/zone"] ?? ""}`;
}

export function zoneState(nodes: readonly Node[], unhealthyThreshold: number): ZoneState {
  const ready = nodes.filter(isNodeReady).length;
  const notReady = nodes.length - ready;
  if (ready === 0 && notReady > 0) return "fullDisruption";
  if (notReady > 2 && notReady / nodes.length >= unhealthyThreshold) return "partialDisruption";
  return "normal";
}

interface Zone {
  state: ZoneState;
  perSecond: number;
  limiter: BucketRateLimiter | undefined;
}

/**
 * How fast nodes are marked for eviction: slower where a zone is in trouble, since then the
 * trouble is more likely the network's, and not at all where all zones are. One entry a zone.
 */
export class ZoneLimits {
  readonly #clock: Clock;
  readonly #options: ControllerOptions;
  readonly #zones = new Map<string, Zone>();
  /** Every zone has lost all its nodes: more likely this process is cut off than they. */
  isAllDisrupted = false;

  constructor(clock: Clock, options: ControllerOptions) {
    this.#clock = clock;
    this.#options = options;
  }

  update(nodes: readonly Node[]): void {
    const byZone = new Map<string, Node[]>();
    for (const node of nodes) {
      const zone = zoneOf(node);
      byZone.set(zone, [...(byZone.get(zone) ?? []), node]);
    }
    for (const zone of this.#zones.keys()) if (!byZone.has(zone)) this.#zones.delete(zone);
    let isAllDisrupted = byZone.size > 0;
    for (const [name, members] of byZone) {
      const counted = members.filter(
        ({ metadata }) => metadata.labels?.[excludedLabel] === undefined,
      );
      const state = zoneState(counted, this.#options.unhealthyZoneThreshold);
      if (counted.length > 0 && state !== "fullDisruption") isAllDisrupted = false;
      this.#setRate(name, state, this.#rate(state, counted.length));
    }
    this.isAllDisrupted = isAllDisrupted;
  }

  /** Whether one more node of the zone may be marked now. */
  mayEvict(zone: string): boolean {
    return this.#zones.get(zone)?.limiter?.tryTake() ?? false;
  }

  #rate(state: ZoneState, size: number): number {
    const { largeClusterSizeThreshold, nodeEvictionRate, secondaryNodeEvictionRate } =
      this.#options;
    if (state !== "partialDisruption") return nodeEvictionRate;
    return size > largeClusterSizeThreshold ? secondaryNodeEvictionRate : 0;
  }

  #setRate(name: string, state: ZoneState, perSecond: number): void {
    const zone = this.#zones.get(name);
    if (zone !== undefined && zone.perSecond === perSecond) {
      zone.state = state;
      return;
    }
    const limiter =
      perSecond > 0 ? new BucketRateLimiter(this.#clock, perSecond, evictionBurst) : undefined;
    this.#zones.set(name, { state, perSecond, limiter });
  }
}
