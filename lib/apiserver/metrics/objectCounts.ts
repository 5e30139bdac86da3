import type { MetricsRegistry } from "../../api/metrics/metricsRegistry.js";
import type { Storage } from "../../storage/storage.js";
import type { ServedResource } from "../registry/servedResource.js";

/**
 * How many objects of each resource are stored, as of the question before: counting is left to the
 * time between two questions.
 */
export class ObjectCounts {
  readonly #storage: Pick<Storage, "count">;
  readonly #resources: readonly { group: string; resource: string; prefix: string }[];
  readonly #set: (group: string, resource: string, count: number) => void;
  #isCounting = false;

  constructor(
    registry: MetricsRegistry,
    storage: Pick<Storage, "count">,
    resources: Iterable<ServedResource>,
  ) {
    this.#storage = storage;
    const byPrefix = new Map<string, { group: string; resource: string; prefix: string }>();
    for (const served of resources) {
      if (served.keyPrefix === undefined) continue;
      const prefix = served.prefix("");
      const { group, resource } = served;
      byPrefix.set(prefix, { group, resource, prefix });
    }
    this.#resources = [...byPrefix.values()];
    const help = "Objects that are stored, as of the question before.";
    const objects = registry.gauge("apiserver_resource_objects", help, ["group", "resource"]);
    const older = registry.gauge("apiserver_storage_objects", help, ["resource"]);
    this.#set = (group, resource, count) => {
      objects.with(group, resource).set(count);
      older.with(group === "" ? resource : `${resource}.${group}`).set(count);
    };
    registry.onCollect(() => this.refresh());
  }

  refresh(): void {
    if (this.#isCounting) return;
    this.#isCounting = true;
    this.#count().then(
      () => {
        this.#isCounting = false;
      },
      // The store is closed: there is nothing to count, and nobody to tell.
      () => undefined,
    );
  }

  async #count(): Promise<void> {
    for (const { group, resource, prefix } of this.#resources) {
      this.#set(group, resource, await this.#storage.count(prefix));
    }
  }
}
