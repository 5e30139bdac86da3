import { Indexer, objectKey } from "../../../lib/client/informer/indexer.js";
import type { EventHandler, Informer } from "../../../lib/client/informer/informer.js";
import type { KubernetesObject } from "../../../lib/client/resourceClient.js";

/** An informer whose objects the test sets; synced when the test says so. */
export class StaticInformer<T extends KubernetesObject> implements Informer<T> {
  readonly indexer = new Indexer<T>();
  readonly lastSyncResourceVersion = "";
  readonly #handlers = new Set<EventHandler<T>>();
  readonly #waiting: (() => void)[] = [];
  #synced: boolean;

  constructor(objects: readonly T[] = [], synced = true) {
    this.#synced = synced;
    for (const object of objects) this.set(object);
  }

  set(object: T): void {
    const old = this.indexer.set(objectKey(object), object);
    for (const handler of this.#handlers) {
      if (old === undefined) handler.onAdd?.(object, false);
      else handler.onUpdate?.(old, object);
    }
  }

  delete(key: string): void {
    const old = this.indexer.delete(key);
    if (old === undefined) return;
    for (const handler of this.#handlers) handler.onDelete?.(old);
  }

  sync(): void {
    this.#synced = true;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  addEventHandler(handler: EventHandler<T>): () => void {
    this.#handlers.add(handler);
    for (const object of this.indexer.values()) handler.onAdd?.(object, true);
    return () => this.#handlers.delete(handler);
  }

  hasSynced(): boolean {
    return this.#synced;
  }

  async waitForSync(signal?: AbortSignal): Promise<boolean> {
    if (!this.#synced) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        signal?.addEventListener("abort", () => resolve(), { once: true });
      });
    }
    return this.#synced;
  }

  run(): Promise<void> {
    return Promise.resolve();
  }
}
