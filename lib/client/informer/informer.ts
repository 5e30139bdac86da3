import type { WatchOptions } from "../requestOptions.js";
import type { Indexer } from "./indexer.js";

/**
 * Called in the order of events and never concurrently. Handlers only enqueue keys: they must not
 * block.
 */
export interface EventHandler<T> {
  /** The object is new to the cache; all of them are at the beginning. */
  onAdd?(object: T, isInInitialList: boolean): void;
  /** Always of one object, by its uid. Also for a resync, with the same object twice. */
  onUpdate?(oldObject: T, object: T): void;
  /**
   * The last state known, which after a relist may be older than the one that was deleted. The
   * cache may have another object of its name already.
   */
  onDelete?(object: T): void;
}

/** What an informer follows, and how it keeps it. */
export interface InformerOptions<T> {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /**
   * Runs on every object before it is kept, so that what nobody reads takes no memory. May change
   * it.
   */
  readonly transform?: (object: T) => T;
  /** Calls onUpdate for everything at this interval. Off by default. */
  readonly resyncMilliseconds?: number;
  /** Objects a page of the first list. Default 500. */
  readonly pageSize?: number;
  /** Streams the first list as a watch where the server can. Default true. */
  readonly sendInitialEvents?: boolean;
}

export type InformerSelection = Pick<WatchOptions, "namespace" | "labelSelector" | "fieldSelector">;

/** A cache of one resource that follows the server. Objects in it are shared: never change them. */
export interface Informer<T> {
  readonly indexer: Indexer<T>;
  /** Returns what removes the handler. A late handler gets onAdd for everything that is there. */
  addEventHandler(handler: EventHandler<T>): () => void;
  /** True once the first list is in the cache and has been given to the handlers. */
  hasSynced(): boolean;
  /** Resolves at the first sync, or with false when the signal aborts before. */
  waitForSync(signal?: AbortSignal): Promise<boolean>;
  readonly lastSyncResourceVersion: string;
  /** Follows the server until the signal aborts. Never rejects: errors are retried with backoff. */
  run(signal: AbortSignal): Promise<void>;
}
