import type { Indexer } from "./indexer.js";

/** Reads of an informer's cache. What it gives is shared: never change it. */
export class Lister<T> {
  constructor(readonly indexer: Indexer<T>) {}

  /** Undefined where the cache has none. Namespaced objects need their namespace. */
  get(name: string, namespace = ""): T | undefined {
    return this.indexer.getByName(namespace, name);
  }

  /** Everything or one namespace's, where the predicate holds. */
  list(namespace?: string, matches?: (object: T) => boolean): T[] {
    const objects = this.indexer.list(namespace);
    return matches === undefined ? objects : objects.filter(matches);
  }
}
