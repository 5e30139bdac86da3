import type { RequestInfo, ResourceRequestInfo } from "../requestInfo.js";

/**
 * How many watches a write has to tell. Watches of one node's pods count for none but their node's,
 * which is taken as none. Bounded by the watches that run.
 */
export class WatchCounts {
  readonly #counts = new Map<string, number>();

  /** A watch has begun; returns what forgets it, which may be called once. */
  add(info: ResourceRequestInfo): () => void {
    if (info.resource === "pods" && /(?:^|,)spec\.nodeName==?[^,]/.test(info.fieldSelector)) {
      return () => undefined;
    }
    const key = keyOf(info.group, info.resource, info.namespace, info.name);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    return () => {
      const left = (this.#counts.get(key) ?? 1) - 1;
      if (left === 0) this.#counts.delete(key);
      else this.#counts.set(key, left);
    };
  }

  /** Watches of the kind, of the kind in the namespace, and of the object alone. */
  interestedIn(info: RequestInfo): number {
    if (!info.isResourceRequest || this.#counts.size === 0) return 0;
    const { group, resource, namespace, name } = info;
    let count = this.#counts.get(keyOf(group, resource, "", "")) ?? 0;
    if (namespace !== "") count += this.#counts.get(keyOf(group, resource, namespace, "")) ?? 0;
    if (name !== "") count += this.#counts.get(keyOf(group, resource, namespace, name)) ?? 0;
    return count;
  }
}

function keyOf(group: string, resource: string, namespace: string, name: string): string {
  return `${group}/${resource}/${namespace}/${name}`;
}
