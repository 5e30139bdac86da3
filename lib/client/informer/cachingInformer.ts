import { checkArgument } from "../../api/checkArgument.js";
import { abortSignal, callable, type OptionCheck } from "../../api/optionChecks.js";
import type { ResourceType } from "../../api/resourceType.js";
import type { Timer } from "../../platform/clock.js";
import { type Logger, silentLogger } from "../../platform/logger.js";
import { guardedCall } from "../guardedCall.js";
import type { KubernetesObject, ResourceClient } from "../resourceClient.js";
import { Indexer, objectKey } from "./indexer.js";
import type { EventHandler, Informer, InformerOptions } from "./informer.js";
import { Reflector, type ReflectorParts } from "./reflector.js";

export type CachingInformerParts = ReflectorParts;

const isHandler: OptionCheck = (value) => {
  const { onAdd, onUpdate, onDelete } = (value ?? {}) as Partial<EventHandler<unknown>>;
  const given = [onAdd, onUpdate, onDelete].filter((one) => one !== undefined);
  const isFine = given.length > 0 && given.every((one) => callable(one) === undefined);
  return isFine ? undefined : "a handler, which has one of onAdd, onUpdate and onDelete";
};

/**
 * A cache of what a reflector tells. Objects are changed in the cache before handlers hear of them.
 */
export class CachingInformer<T> implements Informer<T> {
  readonly indexer = new Indexer<T>();
  readonly #client: ResourceClient<T>;
  readonly #options: InformerOptions<T>;
  readonly #parts: CachingInformerParts;
  readonly #logger: Logger;
  readonly #reflector: Reflector<T>;
  readonly #handlers = new Set<EventHandler<T>>();
  readonly #syncWaiters = new Set<(synced: boolean) => void>();
  /** Of the list that comes. */
  #found = new Map<string, T>();
  #synced = false;
  /** It has run and stopped: nothing comes any more. */
  #isOver = false;

  constructor(
    client: ResourceClient<T>,
    parts: CachingInformerParts,
    options: InformerOptions<T> = {},
  ) {
    this.#client = client;
    this.#parts = parts;
    this.#options = options;
    this.#logger = parts.logger ?? silentLogger;
    const sink = {
      beginList: () => this.#found.clear(),
      listed: (object: T) => this.#collect(object),
      unlisted: (object: T) => void this.#found.delete(objectKey(object as KubernetesObject)),
      endList: () => this.#replace(),
      changed: (object: T) => this.#change(object),
      deleted: (object: T) => this.#delete(object),
    };
    this.#reflector = new Reflector(client, parts, sink, options);
  }

  get type(): ResourceType<T> {
    return this.#client.type;
  }

  get lastSyncResourceVersion(): string {
    return this.#reflector.lastSyncResourceVersion;
  }

  addEventHandler(handler: EventHandler<T>): () => void {
    checkArgument("handler", handler, isHandler);
    this.#handlers.add(handler);
    for (const object of this.indexer.list()) {
      this.#guard(() => handler.onAdd?.(object, true));
    }
    return () => this.#handlers.delete(handler);
  }

  hasSynced(): boolean {
    return this.#synced;
  }

  waitForSync(signal?: AbortSignal): Promise<boolean> {
    if (signal !== undefined) checkArgument("signal", signal, abortSignal);
    if (this.#synced) return Promise.resolve(true);
    if (signal?.aborted === true || this.#isOver) return Promise.resolve(false);
    return new Promise((resolve) => {
      const finish = (synced: boolean) => {
        this.#syncWaiters.delete(finish);
        signal?.removeEventListener("abort", onAbort);
        resolve(synced);
      };
      const onAbort = () => finish(false);
      this.#syncWaiters.add(finish);
      signal?.addEventListener("abort", onAbort);
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    checkArgument("signal", signal, abortSignal);
    const resync = this.#startResync(signal);
    this.#isOver = false;
    try {
      await this.#reflector.run(signal);
    } finally {
      resync?.cancel();
      this.#isOver = true;
      this.#tellWaiters(false);
    }
  }

  #collect(item: T): void {
    this.#found.set(objectKey(item as KubernetesObject), this.#transformed(item));
  }

  /** Makes the cache what the list says, and tells the differences. */
  #replace(): void {
    const first = !this.#synced;
    const found = this.#found;
    this.#found = new Map();
    for (const key of this.indexer.keys()) {
      if (found.has(key)) continue;
      const gone = this.indexer.delete(key) as T;
      this.#tell((handler) => handler.onDelete?.(gone));
    }
    for (const [key, object] of found) this.#put(key, object, first);
    if (!first) return;
    this.#synced = true;
    this.#tellWaiters(true);
  }

  #tellWaiters(synced: boolean): void {
    for (const waiter of [...this.#syncWaiters]) waiter(synced);
  }

  #change(object: T): void {
    const key = objectKey(object as KubernetesObject);
    this.#put(key, this.#transformed(object), false);
  }

  #delete(object: T): void {
    this.indexer.delete(objectKey(object as KubernetesObject));
    const gone = this.#transformed(object);
    this.#tell((handler) => handler.onDelete?.(gone));
  }

  #put(key: string, object: T, isInInitialList: boolean): void {
    const old = this.indexer.set(key, object);
    if (old !== undefined && uidOf(old) !== uidOf(object)) {
      // Another object has the name: a list came after the deletion that was not seen.
      this.#tell((handler) => handler.onDelete?.(old));
      this.#tell((handler) => handler.onAdd?.(object, isInInitialList));
    } else if (old === undefined) {
      this.#tell((handler) => handler.onAdd?.(object, isInInitialList));
    } else if (versionOf(old) !== versionOf(object)) {
      this.#tell((handler) => handler.onUpdate?.(old, object));
    }
  }

  #transformed(object: T): T {
    return this.#options.transform === undefined ? object : this.#options.transform(object);
  }

  #startResync(signal: AbortSignal): Timer | undefined {
    const interval = this.#options.resyncMilliseconds;
    if (interval === undefined || interval <= 0) return undefined;
    const { clock } = this.#parts.platform;
    let timer: Timer;
    const tick = (): void => {
      if (signal.aborted) return;
      for (const object of this.indexer.list()) {
        this.#tell((handler) => handler.onUpdate?.(object, object));
      }
      timer = clock.setTimer(interval, tick);
    };
    timer = clock.setTimer(interval, tick);
    return { cancel: () => timer.cancel() };
  }

  #tell(call: (handler: EventHandler<T>) => unknown): void {
    for (const handler of this.#handlers) this.#guard(() => call(handler));
  }

  /** One handler's mistake must not keep events from the others. */
  #guard(call: () => unknown): void {
    const { resource } = this.#client.type;
    guardedCall(call, (error) => {
      this.#logger.error("Event handler failed", { resource, error });
    });
  }
}

function uidOf(object: unknown): string | undefined {
  return (object as KubernetesObject).metadata?.uid;
}

function versionOf(object: unknown): string | undefined {
  return (object as KubernetesObject).metadata?.resourceVersion;
}
