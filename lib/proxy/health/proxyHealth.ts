import type { Node } from "../../api/gen/types/coreV1.js";
import { formatMilliTime } from "../../api/time.js";
import type { Clock } from "../../platform/clock.js";
import type { AddressFamily } from "../addressRange.js";

const toBeDeletedTaint = "ToBeDeletedByClusterAutoscaler";

/** The JSON of /healthz and /livez; times are RFC 3339. */
export interface ProxyHealthReport {
  readonly lastUpdated: string;
  readonly currentTime: string;
  readonly nodeEligible?: boolean;
  readonly healthy: boolean;
  readonly status?: Readonly<Record<string, { lastUpdated: string; healthy: boolean }>>;
}

/**
 * Whether rules keep up with what changes: a family is unhealthy when a change has waited longer
 * than the timeout for a sync that worked.
 */
export class ProxyHealth {
  readonly #clock: Clock;
  readonly #timeoutMilliseconds: number;
  /** When each family was last written, for people: milliseconds since the epoch. */
  readonly #updated = new Map<AddressFamily, number>();
  /** Since when the oldest change of a family waits, by the monotonic clock. */
  readonly #queued = new Map<AddressFamily, number>();
  /** This proxy's node as it is known last; undefined when there is none. */
  node: Node | undefined;

  constructor(clock: Clock, timeoutMilliseconds: number) {
    this.#clock = clock;
    this.#timeoutMilliseconds = timeoutMilliseconds;
  }

  updated(family: AddressFamily): void {
    this.#queued.delete(family);
    this.#updated.set(family, this.#clock.now());
  }

  queued(family: AddressFamily): void {
    if (!this.#queued.has(family)) this.#queued.set(family, this.#clock.monotonic());
  }

  isHealthy(family?: AddressFamily): boolean {
    const now = this.#clock.monotonic();
    const families = family === undefined ? [...this.#updated.keys()] : [family];
    return families.every((one) => {
      const since = this.#queued.get(one);
      return since === undefined || now - since < this.#timeoutMilliseconds;
    });
  }

  /** Not about to be deleted, so that a load balancer may go on sending connections. */
  get nodeEligible(): boolean {
    if (this.node === undefined || this.node.metadata.deletionTimestamp) return false;
    return !this.node.spec?.taints?.some((taint) => taint.key === toBeDeletedTaint);
  }

  report(withNode: boolean): ProxyHealthReport {
    const time = (milliseconds: number): string => formatMilliTime(milliseconds);
    const now = this.#clock.now();
    const nodeEligible = this.nodeEligible;
    const healthy = this.isHealthy();
    // A healthy proxy counts as just updated, whether or not there was anything to update.
    const fine = healthy && (nodeEligible || !withNode);
    const times = [...this.#updated.values()];
    const last = fine ? now : times.length === 0 ? undefined : Math.max(...times);
    const families = [...this.#updated].sort(([a], [b]) => a.localeCompare(b));
    const status = Object.fromEntries(
      families.map(([family, at]) => [
        family,
        { lastUpdated: time(at), healthy: this.isHealthy(family) },
      ]),
    );
    return {
      lastUpdated: last === undefined ? "0001-01-01T00:00:00Z" : time(last),
      currentTime: time(now),
      ...(withNode ? { nodeEligible } : {}),
      healthy,
      ...(families.length > 0 ? { status } : {}),
    };
  }
}
