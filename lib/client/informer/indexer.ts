import { checkArgument } from "../../api/checkArgument.js";
import { object as anObject, text } from "../../api/optionChecks.js";
import type { KubernetesObject } from "../resourceClient.js";

/** The values that an object is found under in one index. */
export type IndexFunction<T> = (object: T) => readonly string[];

/**
 * `namespace/name`, or the name alone for what has no namespace.
 *
 * @example
 * ```ts
 * import { objectKey } from "steersman";
 *
 * console.log(objectKey({ metadata: { namespace: "default", name: "web" } })); // → default/web
 * console.log(objectKey({ metadata: { name: "node-0" } })); // → node-0
 * ```
 */
export function objectKey(object: KubernetesObject): string {
  if (typeof object !== "object" || object === null) checkArgument("object", object, anObject);
  const { namespace, name } = object.metadata ?? {};
  return namespace === undefined || namespace === "" ? (name ?? "") : `${namespace}/${name}`;
}

/**
 * The namespace (empty: none) and name of a key that `objectKey` made.
 *
 * @example
 * ```ts
 * import { splitKey } from "steersman";
 *
 * console.log(splitKey("default/web")); // → { namespace: 'default', name: 'web' }
 * ```
 */
export function splitKey(key: string): { namespace: string; name: string } {
  if (typeof key !== "string") checkArgument("key", key, text);
  const slash = key.indexOf("/");
  return slash < 0
    ? { namespace: "", name: key }
    : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

const namespaceIndex = "namespace";

/**
 * Objects by key, by namespace and by whatever indexes were added. As large as what the server
 * holds.
 */
export class Indexer<T> {
  readonly #objects = new Map<string, T>();
  readonly #functions = new Map<string, IndexFunction<T>>();
  readonly #indexes = new Map<string, Map<string, Set<string>>>();

  constructor() {
    this.addIndex(namespaceIndex, (object) => {
      const namespace = (object as KubernetesObject).metadata?.namespace;
      return namespace === undefined || namespace === "" ? [] : [namespace];
    });
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  getByName(namespace: string, name: string): T | undefined {
    return this.#objects.get(namespace === "" ? name : `${namespace}/${name}`);
  }

  /** Everything, or one namespace's. */
  list(namespace?: string): T[] {
    if (namespace === undefined || namespace === "") return [...this.#objects.values()];
    return this.byIndex(namespaceIndex, namespace);
  }

  values(): IterableIterator<T> {
    return this.#objects.values();
  }

  keys(): string[] {
    return [...this.#objects.keys()];
  }

  /** A second index of the same name must be the same function: informers are shared. */
  addIndex(name: string, indexFunction: IndexFunction<T>): void {
    if (this.#functions.has(name)) return;
    this.#functions.set(name, indexFunction);
    this.#indexes.set(name, new Map());
    for (const [key, object] of this.#objects) this.#addTo(name, indexFunction, key, object);
  }

  byIndex(name: string, value: string): T[] {
    const keys = this.#index(name).get(value);
    if (keys === undefined) return [];
    const found: T[] = [];
    for (const key of keys) found.push(this.#objects.get(key) as T);
    return found;
  }

  countByIndex(name: string, value: string): number {
    return this.#index(name).get(value)?.size ?? 0;
  }

  indexValues(name: string): string[] {
    return [...this.#index(name).keys()];
  }

  set(key: string, object: T): T | undefined {
    const old = this.#objects.get(key);
    if (old !== undefined) this.#removeFromAll(key, old);
    this.#objects.set(key, object);
    for (const [name, indexFunction] of this.#functions) {
      this.#addTo(name, indexFunction, key, object);
    }
    return old;
  }

  delete(key: string): T | undefined {
    const old = this.#objects.get(key);
    if (old === undefined) return undefined;
    this.#removeFromAll(key, old);
    this.#objects.delete(key);
    return old;
  }

  #index(name: string): Map<string, Set<string>> {
    const index = this.#indexes.get(name);
    if (index === undefined) throw new Error(`there is no index ${name}`);
    return index;
  }

  #addTo(name: string, indexFunction: IndexFunction<T>, key: string, object: T): void {
    const index = this.#index(name);
    for (const value of indexFunction(object)) {
      const keys = index.get(value);
      if (keys === undefined) index.set(value, new Set([key]));
      else keys.add(key);
    }
  }

  #removeFromAll(key: string, object: T): void {
    for (const [name, indexFunction] of this.#functions) {
      const index = this.#index(name);
      for (const value of indexFunction(object)) {
        const keys = index.get(value);
        if (keys === undefined) continue;
        keys.delete(key);
        if (keys.size === 0) index.delete(value);
      }
    }
  }
}
