import { builtInKinds } from "../../api/builtInKinds.js";
import type { ResourceType, Subresource } from "../../api/resourceType.js";
import {
  apiVersionOf,
  type Column,
  type GroupVersionKind,
  isUnstructured,
  listKindOf,
} from "../../api/resourceType.js";
import type { Strategy } from "./strategy.js";

/** One resource in one served version, with everything that its requests look up. */
export class ServedResource {
  readonly type: ResourceType<unknown>;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly kind: string;
  readonly listKind: string;
  readonly apiVersion: string;
  readonly namespaced: boolean;
  readonly message: string;
  readonly storage: GroupVersionKind;
  readonly storageMessage: string;
  readonly strategy: Strategy;
  readonly columns: readonly Column[];
  readonly fieldSelectors: ReadonlySet<string>;
  readonly subresources: ReadonlyMap<string, Subresource>;
  readonly verbs: ReadonlySet<string>;
  /** As messages name it: `pods`, `deployments.apps`. */
  readonly qualifiedName: string;
  /** Every key of the resource begins with it; undefined for what is never stored. */
  readonly keyPrefix: string | undefined;
  /** Its objects are JSON on the wire and in storage. */
  readonly isUnstructured: boolean;
  /** Shared by the versions of a resource that was replaced while it was served. */
  readonly service: Service;

  constructor(type: ResourceType<unknown>, strategy: Strategy, service = new Service()) {
    this.type = type;
    this.group = type.group;
    this.version = type.version;
    this.resource = type.resource;
    this.kind = type.kind;
    this.listKind = listKindOf(type);
    this.apiVersion = apiVersionOf(type);
    this.namespaced = type.namespaced;
    this.message = type.message;
    this.storage = type.storage;
    this.isUnstructured = isUnstructured(type);
    this.service = service;
    this.storageMessage = storageMessageOf(type);
    this.strategy = strategy;
    this.columns = type.columns;
    this.fieldSelectors = new Set([
      "metadata.name",
      ...namespaceSelector(type),
      ...type.fieldSelectors,
    ]);
    this.subresources = new Map(type.subresources.map((s) => [s.name, s]));
    this.verbs = new Set(type.verbs);
    this.qualifiedName = type.group === "" ? type.resource : `${type.resource}.${type.group}`;
    this.keyPrefix = type.storagePath?.replace(/(\{namespace\}\/)?\{name\}$/, "");
  }

  /** The store's key of one object. */
  key(namespace: string, name: string): string {
    return this.namespaced ? `${this.keyPrefix}${namespace}/${name}` : `${this.keyPrefix}${name}`;
  }

  /** The store's prefix of a namespace, or of all. */
  prefix(namespace: string): string {
    return this.namespaced && namespace !== ""
      ? `${this.keyPrefix}${namespace}/`
      : `${this.keyPrefix}`;
  }
}

/** That a resource is served: until it is removed from the scheme. */
export class Service {
  /** As many as there are watches of a resource that can be removed. */
  readonly #callbacks = new Set<() => void>();
  #hasEnded = false;

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Calls back when the resource goes, or now if it has gone; returns what forgets it. */
  onEnd(callback: () => void): () => void {
    if (this.#hasEnded) {
      callback();
      return () => undefined;
    }
    this.#callbacks.add(callback);
    return () => this.#callbacks.delete(callback);
  }

  end(): void {
    this.#hasEnded = true;
    const callbacks = [...this.#callbacks];
    this.#callbacks.clear();
    for (const callback of callbacks) callback();
  }
}

function storageMessageOf(type: ResourceType<unknown>): string {
  const { group, version, kind } = type.storage;
  return type.storageMessage ?? builtInKinds.messageOf(group, version, kind) ?? type.message;
}

function namespaceSelector(type: ResourceType<unknown>): string[] {
  return type.namespaced ? ["metadata.namespace"] : [];
}
