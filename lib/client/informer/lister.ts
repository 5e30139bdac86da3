import { checkArgument } from "../../api/checkArgument.js";
import { callable, string, text } from "../../api/optionChecks.js";
import type { Indexer } from "./indexer.js";

/** Reads of an informer's cache. What it gives is shared: never change it. */
export class Lister<T> {
  constructor(readonly indexer: Indexer<T>) {}

  /** Undefined where the cache has none. Namespaced objects need their namespace. */
  get(name: string, namespace = ""): T | undefined {
    if (typeof name !== "string") checkArgument("name", name, text);
    if (typeof namespace !== "string") checkArgument("namespace", namespace, text);
    return this.indexer.getByName(namespace, name);
  }

  /** Everything or one namespace's, where the predicate holds. */
  list(namespace?: string, matches?: (object: T) => boolean): T[] {
    if (namespace !== undefined) checkArgument("namespace", namespace, string);
    if (matches !== undefined) checkArgument("matches", matches, callable);
    const objects = this.indexer.list(namespace);
    return matches === undefined ? objects : objects.filter(matches);
  }
}
