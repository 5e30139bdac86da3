import type { Gauge } from "../../api/metrics/gauge.js";
import type { MetricsRegistry } from "../../api/metrics/metricsRegistry.js";
import type { Clock } from "../../platform/clock.js";
import type { Storage } from "../../storage/storage.js";
import type { ServedResource } from "../registry/servedResource.js";

interface Counted {
  readonly group: string;
  readonly resource: string;
}

/**
 * How many objects of each resource are stored, as of the question before: counting is left to the
 * time between two questions. A resource that is served no more is told no more.
 */
export class ObjectCounts {
  readonly #storage: Pick<Storage, "count">;
  readonly #resources: () => Iterable<ServedResource>;
  readonly #objects: Gauge;
  /** Under its older name. */
  readonly #older: Gauge;
  /** By prefix: what has a series now. */
  #told: ReadonlyMap<string, Counted> = new Map();
  #isCounting = false;
  readonly #clock: Clock;
  readonly #periodMilliseconds: number;
  #countedAt = Number.NEGATIVE_INFINITY;

  /** With a period it counts no more often than that; with one of 0 never. */
  constructor(
    registry: MetricsRegistry,
    storage: Pick<Storage, "count">,
    resources: () => Iterable<ServedResource>,
    clock: Clock,
    periodMilliseconds: number | undefined,
  ) {
    this.#storage = storage;
    this.#clock = clock;
    this.#periodMilliseconds = periodMilliseconds ?? 0;
    this.#resources = resources;
    const help = "Objects that are stored, as of the question before.";
    this.#objects = registry.gauge("apiserver_resource_objects", help, ["group", "resource"]);
    this.#older = registry.gauge("apiserver_storage_objects", help, ["resource"]);
    if (periodMilliseconds !== 0) registry.onCollect(() => this.refresh());
  }

  refresh(): void {
    const now = this.#clock.monotonic();
    if (this.#isCounting || now - this.#countedAt < this.#periodMilliseconds) return;
    this.#isCounting = true;
    this.#countedAt = now;
    this.#count().then(
      () => {
        this.#isCounting = false;
      },
      // The store is closed: there is nothing to count, and nobody to tell.
      () => undefined,
    );
  }

  async #count(): Promise<void> {
    const counted = this.#stored();
    for (const [prefix, { group, resource }] of this.#told) {
      if (counted.has(prefix)) continue;
      this.#objects.remove(group, resource);
      this.#older.remove(olderName(group, resource));
    }
    this.#told = counted;
    for (const [prefix, { group, resource }] of counted) {
      const count = await this.#storage.count(prefix);
      this.#objects.with(group, resource).set(count);
      this.#older.with(olderName(group, resource)).set(count);
    }
  }

  /** By prefix: what is served in several groups or versions is stored once. */
  #stored(): Map<string, Counted> {
    const byPrefix = new Map<string, Counted>();
    for (const served of this.#resources()) {
      const { group, resource } = served;
      if (served.keyPrefix !== undefined) byPrefix.set(served.prefix(""), { group, resource });
    }
    return byPrefix;
  }
}

function olderName(group: string, resource: string): string {
  return group === "" ? resource : `${resource}.${group}`;
}
