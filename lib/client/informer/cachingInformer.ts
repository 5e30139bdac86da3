import { ApiError, hasReason } from "../../api/status.js";
import type { Timer } from "../../platform/clock.js";
import { type Logger, silentLogger } from "../../platform/logger.js";
import type { Platform } from "../../platform/platform.js";
import { Backoff, reflectorBackoff } from "../backoff.js";
import type { KubernetesObject, ResourceClient, WatchEvent } from "../resourceClient.js";
import { Indexer, objectKey } from "./indexer.js";
import type { EventHandler, Informer, InformerOptions, InformerSelection } from "./informer.js";

/** Watches end after 5 to 10 minutes, at random, so that reconnections do not come in waves. */
const minWatchSeconds = 300;

export interface CachingInformerParts {
  readonly platform: Pick<Platform, "clock" | "random">;
  readonly logger?: Logger;
}

/**
 * Lists, then watches from the list's revision, and again when the watch ends: from the last
 * revision seen, or with a new list when that is too old (410). Objects are changed in the cache
 * before handlers hear of them.
 */
export class CachingInformer<T> implements Informer<T> {
  readonly indexer = new Indexer<T>();
  readonly #client: ResourceClient<T>;
  readonly #options: InformerOptions<T>;
  readonly #parts: CachingInformerParts;
  readonly #logger: Logger;
  readonly #backoff: Backoff;
  readonly #handlers = new Set<EventHandler<T>>();
  readonly #syncWaiters = new Set<() => void>();
  #synced = false;
  #running = false;
  #resourceVersion = "";
  /** Empty: the next list must be the newest, since the last revision is gone. */
  #listVersion = "0";
  #streamsList: boolean;

  constructor(
    client: ResourceClient<T>,
    parts: CachingInformerParts,
    options: InformerOptions<T> = {},
  ) {
    this.#client = client;
    this.#parts = parts;
    this.#options = options;
    this.#logger = parts.logger ?? silentLogger;
    this.#backoff = new Backoff(parts.platform.clock, parts.platform.random, reflectorBackoff);
    this.#streamsList = options.sendInitialEvents ?? true;
  }

  get lastSyncResourceVersion(): string {
    return this.#resourceVersion;
  }

  addEventHandler(handler: EventHandler<T>): () => void {
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
    if (this.#synced) return Promise.resolve(true);
    if (signal?.aborted === true) return Promise.resolve(false);
    return new Promise((resolve) => {
      const finish = (synced: boolean) => {
        this.#syncWaiters.delete(onSync);
        signal?.removeEventListener("abort", onAbort);
        resolve(synced);
      };
      const onSync = () => finish(true);
      const onAbort = () => finish(false);
      this.#syncWaiters.add(onSync);
      signal?.addEventListener("abort", onAbort);
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    if (this.#running) throw new Error("the informer is running already");
    this.#running = true;
    const resync = this.#startResync(signal);
    try {
      while (!signal.aborted) {
        try {
          if (this.#resourceVersion === "") await this.#list(signal);
          await this.#watch(signal);
        } catch (error) {
          if (signal.aborted) return;
          await this.#recover(error, signal);
        }
      }
    } finally {
      resync?.cancel();
      this.#running = false;
    }
  }

  get #selection(): InformerSelection {
    const { namespace, labelSelector, fieldSelector } = this.#options;
    return {
      ...(namespace === undefined ? {} : { namespace }),
      ...(labelSelector === undefined ? {} : { labelSelector }),
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
    };
  }

  async #list(signal: AbortSignal): Promise<void> {
    const found = new Map<string, T>();
    if (this.#streamsList) {
      try {
        await this.#streamList(found, signal);
        return;
      } catch (error) {
        // A server that does not know the option refuses it; then pages it is, for good.
        if (!hasReason(error, "Invalid", "BadRequest", "MethodNotAllowed")) throw error;
        this.#streamsList = false;
        found.clear();
      }
    }
    let resourceVersion = "";
    const pages = this.#client.listPages({
      ...this.#selection,
      resourceVersion: this.#listVersion,
      ...(this.#options.pageSize === undefined ? {} : { limit: this.#options.pageSize }),
      signal,
    });
    for await (const page of pages) {
      resourceVersion = page.metadata.resourceVersion ?? "";
      for (const item of page.items) this.#collect(found, item);
    }
    this.#replace(found, resourceVersion);
  }

  /**
   * The list as a watch: initial events up to the bookmark that ends them, then the same watch
   * goes on.
   */
  async #streamList(found: Map<string, T>, signal: AbortSignal): Promise<void> {
    const events = this.#client.watch({
      ...this.#selection,
      resourceVersionMatch: "NotOlderThan",
      sendInitialEvents: true,
      allowWatchBookmarks: true,
      timeoutSeconds: this.#watchSeconds(),
      signal,
    });
    let initial = true;
    for await (const event of events) {
      if (!initial) this.#apply(event);
      else if (event.type === "BOOKMARK") {
        if (!event.initialEventsEnd) continue;
        this.#replace(found, event.resourceVersion);
        initial = false;
      } else if (event.type === "DELETED") found.delete(objectKey(event.object as object));
      else this.#collect(found, event.object);
    }
    if (initial && !signal.aborted) throw new Error("the watch ended before its initial events");
  }

  #collect(found: Map<string, T>, item: T): void {
    found.set(objectKey(item as KubernetesObject), this.#transformed(item));
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const started = this.#parts.platform.clock.monotonic();
    const events = this.#client.watch({
      ...this.#selection,
      resourceVersion: this.#resourceVersion,
      allowWatchBookmarks: true,
      timeoutSeconds: this.#watchSeconds(),
      signal,
    });
    let count = 0;
    for await (const event of events) {
      count++;
      this.#apply(event);
    }
    if (count === 0 && this.#parts.platform.clock.monotonic() - started < 1000) {
      throw new Error("the watch ended at once without an event");
    }
    this.#backoff.reset();
  }

  #watchSeconds(): number {
    return minWatchSeconds + this.#parts.platform.random.below(minWatchSeconds);
  }

  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    const { group, resource } = this.#client.type;
    const values = { group, resource, error };
    if (hasReason(error, "Expired", "Gone")) {
      this.#logger.verbose(2).info("Watch is too old, listing again", values);
      this.#resourceVersion = "";
      this.#listVersion = "";
    } else if (hasReason(error, "ServiceUnavailable", "TooManyRequests", "Timeout")) {
      this.#logger.verbose(1).info("Server is not available, trying again", values);
    } else {
      this.#logger.warning("List or watch failed", values);
      // What the server holds against this watch may go away with a new list.
      if (error instanceof ApiError && error.code !== 403) this.#resourceVersion = "";
    }
    await this.#backoff.sleep(signal);
  }

  /** Makes the cache what the list says, and tells the differences. */
  #replace(found: Map<string, T>, resourceVersion: string): void {
    const first = !this.#synced;
    for (const key of this.indexer.keys()) {
      if (found.has(key)) continue;
      const gone = this.indexer.delete(key) as T;
      this.#tell((handler) => handler.onDelete?.(gone));
    }
    for (const [key, object] of found) this.#put(key, object, first);
    this.#resourceVersion = resourceVersion;
    this.#listVersion = resourceVersion;
    if (!first) return;
    this.#synced = true;
    for (const waiter of [...this.#syncWaiters]) waiter();
  }

  #apply(event: WatchEvent<T>): void {
    if (event.type === "BOOKMARK") {
      if (event.resourceVersion !== "") this.#resourceVersion = event.resourceVersion;
      return;
    }
    const metadata = (event.object as KubernetesObject).metadata;
    const key = objectKey(event.object as KubernetesObject);
    if (event.type === "DELETED") {
      this.indexer.delete(key);
      const gone = this.#transformed(event.object);
      this.#tell((handler) => handler.onDelete?.(gone));
    } else {
      this.#put(key, this.#transformed(event.object), false);
    }
    this.#resourceVersion = metadata?.resourceVersion ?? this.#resourceVersion;
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

  #tell(call: (handler: EventHandler<T>) => void): void {
    for (const handler of this.#handlers) this.#guard(() => call(handler));
  }

  /** One handler's mistake must not keep events from the others. */
  #guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      const { resource } = this.#client.type;
      this.#logger.error("Event handler failed", { resource, error });
    }
  }
}

function uidOf(object: unknown): string | undefined {
  return (object as KubernetesObject).metadata?.uid;
}

function versionOf(object: unknown): string | undefined {
  return (object as KubernetesObject).metadata?.resourceVersion;
}
