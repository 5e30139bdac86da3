import { andThen, type MaybePromise } from "../../api/maybePromise.js";
import {
  type Revision,
  type Storage,
  StorageError,
  type View,
  type WatchStream,
} from "../../storage/storage.js";
import type { ObjectTree } from "../admission/admissionPlugin.js";
import { isNameless, listReadable } from "./listReadable.js";
import type { UnreadableValues } from "./unreadableValues.js";

/** How many bytes of watch frames one take hands over. */
const takeBytes = 1 << 20;

/** What a cache itself reads of each object. */
const keyFields = ["metadata.name", "metadata.namespace"];

export interface CacheDefinition<T> {
  /** Storage prefix, ending in `/`. */
  readonly prefix: string;
  /** Full protobuf message name of the version the server's rules read. */
  readonly messageType: string;
  /**
   * The fields that `project` reads, as paths; or, each with a `-` before it, those that it does
   * not. Nothing else of an object is written out, or parsed.
   */
  readonly fields: readonly string[];
  /** What is kept of one object. Keep little: it bounds the memory of the cache. */
  readonly project: (object: ObjectTree) => T;
  /** Index name to the values one object is found under. */
  readonly indexes?: Readonly<Record<string, (item: T) => readonly string[]>>;
  /** Is told of what the cache passes over. */
  readonly unreadable?: UnreadableValues;
}

export interface CachedMetadata {
  readonly name: string;
  readonly namespace: string;
}

type State =
  | { readonly phase: "idle" }
  | { readonly phase: "listing"; readonly done: Promise<void> }
  | { readonly phase: "watching"; readonly stream: WatchStream };

/**
 * The key under which a cache keeps an object: `namespace/name`, or the name where there is no
 * namespace.
 */
export function cacheKey(namespace: string, name: string): string {
  return namespace === "" ? name : `${namespace}/${name}`;
}

/**
 * What the server's own rules know of one kind: a list, then the store's changes. Nothing is read
 * before somebody asks. It is as large as the kind's projected objects, which the store bounds.
 *
 * Order: the content goes through the states that the store had, in their order, never back. A
 * watch that was closed for being slow, or fell behind compaction, is replaced by a fresh list:
 * then states in between are left out. Handlers of changes run after the content has changed, may
 * read it, and must not throw.
 *
 * Staleness: reads (`get`, `all`, `inNamespace`, `byIndex`) give what is there and wait for nobody.
 * How new that is, the caller says before, in the same run of JavaScript:
 * - `readYourWrites` for rules: no older than anything that this server has acknowledged or shown;
 * - `notOlderThan` for a revision that the caller has seen elsewhere;
 * - `linearizable` for what must know every write that any server has acknowledged;
 * - `find` for one object whose absence is an error to the client.
 *
 * A value that cannot be read is passed over, as if it were not there. Only `find` of it, and
 * `inNamespace` of its namespace, throw the StorageError that names it: nobody is told that it is
 * missing, and no limit that it may set is left out.
 */
export class WatchCache<T> {
  readonly #storage: Storage;
  readonly #definition: CacheDefinition<T>;
  readonly #items = new Map<string, T>();
  /** What is passed over: the key in storage, by the cache's. */
  readonly #unreadable = new Map<string, string>();
  readonly #namespaces = new Map<string, Set<string>>();
  readonly #indexes = new Map<string, Map<string, Set<string>>>();
  #state: State = { phase: "idle" };
  #revision: Revision = 0;
  #generation = 0;
  #closed = false;
  /** As many as the server has parts that follow it. */
  readonly #changed: (() => void)[] = [];
  /** Requests that wait for a revision; bounded by the requests in flight. */
  #waiters: { readonly revision: Revision; readonly resolve: () => void }[] = [];

  constructor(storage: Storage, definition: CacheDefinition<T>) {
    this.#storage = storage;
    this.#definition = definition;
    for (const name of Object.keys(definition.indexes ?? {})) this.#indexes.set(name, new Map());
  }

  /**
   * Counts changes of the content; whoever derives something from the cache keeps it beside this
   * number.
   */
  get generation(): number {
    return this.#generation;
  }

  /** Calls back after each change of the content, from now on. */
  onChange(callback: () => void): void {
    this.#changed.push(callback);
  }

  /** Whether it has been read whole and is being followed. */
  get isSynced(): boolean {
    return this.#state.phase === "watching";
  }

  get revision(): Revision {
    return this.#revision;
  }

  /**
   * Makes the cache no older than any write that this server has acknowledged, and than anything
   * that it has shown to anybody. Undefined when it is so already, which is the common case and
   * costs one look at a number for all caches together.
   */
  readYourWrites(): Promise<void> | undefined {
    const settled = this.#storage.settledRevision();
    if (settled !== undefined && this.#state.phase === "watching") {
      if (!this.#state.stream.isReady()) {
        if (settled > this.#revision) this.#revision = settled;
        return undefined;
      }
    }
    return this.notOlderThan(settled ?? this.#storage.currentRevision());
  }

  /** Undefined when the cache has everything up to the revision already. */
  notOlderThan(revision: Revision): Promise<void> | undefined {
    if (this.#state.phase === "watching") this.#pump();
    if (this.#state.phase === "watching" && this.#revision >= revision) return undefined;
    return this.#waitFor(revision);
  }

  /**
   * Makes the cache no older than any write that any server of the same storage has acknowledged:
   * a question to a storage that others write to, and `readYourWrites` where nobody else does.
   */
  linearizable(): Promise<void> | undefined {
    const newest = this.#storage.newestRevision();
    if (typeof newest === "number") return this.notOlderThan(newest);
    return newest.then((revision) => this.notOlderThan(revision));
  }

  /**
   * One object. What is known is given as `readYourWrites` has it; only what is not there is asked
   * for linearizably, so that nobody is told that something is missing which another server has
   * acknowledged.
   */
  find(namespace: string, name: string): MaybePromise<T | undefined> {
    return andThen(this.readYourWrites(), () => {
      const known = this.get(namespace, name);
      if (known !== undefined) return known;
      return andThen(this.linearizable(), () => {
        const key = this.#unreadable.get(cacheKey(namespace, name));
        if (key !== undefined) throw unreadable(key);
        return this.get(namespace, name);
      });
    });
  }

  get(namespace: string, name: string): T | undefined {
    return this.#items.get(cacheKey(namespace, name));
  }

  /** Whether it is there, though it may be one that nobody can read. */
  has(namespace: string, name: string): boolean {
    const key = cacheKey(namespace, name);
    return this.#items.has(key) || this.#unreadable.has(key);
  }

  all(): IterableIterator<T> {
    return this.#items.values();
  }

  get size(): number {
    return this.#items.size;
  }

  inNamespace(namespace: string): T[] {
    for (const [key, stored] of this.#unreadable) {
      if (key.startsWith(`${namespace}/`)) throw unreadable(stored);
    }
    return this.#collect(this.#namespaces.get(namespace));
  }

  byIndex(index: string, value: string): T[] {
    return this.#collect(this.#indexes.get(index)?.get(value));
  }

  /** Whether an index has anything under a value, without collecting it. */
  hasIndexed(index: string, value: string): boolean {
    return this.#indexes.get(index)?.has(value) ?? false;
  }

  close(): void {
    this.#closed = true;
    if (this.#state.phase === "watching") this.#state.stream.close();
    this.#state = { phase: "idle" };
    this.#releaseWaiters(Number.POSITIVE_INFINITY);
  }

  #collect(keys: Set<string> | undefined): T[] {
    const found: T[] = [];
    for (const key of keys ?? []) {
      const item = this.#items.get(key);
      if (item !== undefined) found.push(item);
    }
    return found;
  }

  async #waitFor(target: Revision): Promise<void> {
    while (!this.#closed) {
      if (this.#state.phase === "idle") {
        const done = this.#list();
        this.#state = { phase: "listing", done };
      }
      if (this.#state.phase === "listing") {
        await this.#state.done;
        continue;
      }
      await this.#storage.handedOver(target);
      this.#pump();
      if (this.#state.phase !== "watching") continue;
      if (this.#revision >= target) return;
      // Much is to be taken: more wake-ups come.
      await new Promise<void>((resolve) => {
        this.#waiters.push({ revision: target, resolve });
      });
    }
  }

  async #list(): Promise<void> {
    try {
      const { prefix, project } = this.#definition;
      const request = { prefix, view: this.#view(), mayBeOld: true };
      const { objects, unreadable, revision } = await listReadable(this.#storage, request);
      if (this.#closed) return;
      const fresh = new Map(objects.map((object) => [keyOf(object), project(object)]));
      this.#install(fresh, unreadable, revision);
    } catch (error) {
      this.#state = { phase: "idle" };
      throw error;
    }
  }

  #install(fresh: ReadonlyMap<string, T>, unread: readonly string[], revision: Revision): void {
    const { prefix } = this.#definition;
    this.#unreadable.clear();
    for (const key of unread) this.#unreadable.set(key.slice(prefix.length), key);
    this.#definition.unreadable?.found(prefix, unread);
    this.#items.clear();
    this.#namespaces.clear();
    for (const index of this.#indexes.values()) index.clear();
    for (const [key, item] of fresh) this.#put(key, item);
    this.#generation += 1;
    for (const changed of this.#changed) changed();
    this.#revision = revision;
    const stream = this.#storage.watch({
      prefix: this.#definition.prefix,
      afterRevision: revision,
      view: this.#view(),
      framing: "json",
      onReady: () => this.#pump(),
    });
    this.#state = { phase: "watching", stream };
  }

  #view(): View {
    const { fields, messageType } = this.#definition;
    const isRest = fields[0]?.startsWith("-") === true;
    const wanted = isRest ? fields : [...keyFields, ...fields];
    return { messageType, format: "json", part: "object", fields: wanted };
  }

  #pump(): void {
    while (this.#state.phase === "watching") {
      const { stream } = this.#state;
      const batch = stream.take(takeBytes);
      let isWhole = true;
      if (batch.events > 0) {
        isWhole = this.#apply(batch.bytes);
        for (const changed of this.#changed) changed();
      }
      if (!isWhole || batch.ended !== undefined) {
        this.#beginAnew(stream);
        return;
      }
      if (batch.revision > this.#revision) this.#revision = batch.revision;
      if (batch.events === 0 || batch.mayHaveMore === false) break;
    }
    this.#releaseWaiters(this.#revision);
  }

  /** The next who asks has everything listed. */
  #beginAnew(stream: WatchStream): void {
    stream.close();
    this.#state = { phase: "idle" };
    this.#releaseWaiters(Number.POSITIVE_INFINITY);
  }

  /** Released waiters look again themselves, so that waking one too many does no harm. */
  #releaseWaiters(revision: Revision): void {
    if (this.#waiters.length === 0) return;
    const waiting = this.#waiters;
    this.#waiters = waiting.filter((waiter) => waiter.revision > revision);
    for (const waiter of waiting) if (waiter.revision <= revision) waiter.resolve();
  }

  /** False where something has come of which nobody can say which object it is. */
  #apply(bytes: Uint8Array): boolean {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
    for (const line of text.split("\n")) {
      if (line === "") continue;
      const event = JSON.parse(line) as { type: string; object: ObjectTree };
      if (event.type === "BOOKMARK" || event.type === "ERROR") continue;
      if (isNameless(event.object)) return false;
      const key = keyOf(event.object);
      this.#remove(key);
      this.#unreadable.delete(key);
      if (event.type !== "DELETED") this.#put(key, this.#definition.project(event.object));
      this.#generation += 1;
    }
    return true;
  }

  #put(key: string, item: T): void {
    this.#items.set(key, item);
    const slash = key.indexOf("/");
    if (slash > 0) addTo(this.#namespaces, key.slice(0, slash), key);
    for (const [name, index] of this.#indexes) {
      for (const value of this.#definition.indexes?.[name]?.(item) ?? []) addTo(index, value, key);
    }
  }

  #remove(key: string): void {
    const item = this.#items.get(key);
    if (item === undefined) return;
    this.#items.delete(key);
    const slash = key.indexOf("/");
    if (slash > 0) removeFrom(this.#namespaces, key.slice(0, slash), key);
    for (const [name, index] of this.#indexes) {
      for (const value of this.#definition.indexes?.[name]?.(item) ?? []) {
        removeFrom(index, value, key);
      }
    }
  }
}

function unreadable(key: string): StorageError {
  return new StorageError("corrupt", `${key} is not readable`);
}

function addTo(index: Map<string, Set<string>>, value: string, key: string): void {
  const keys = index.get(value);
  if (keys === undefined) index.set(value, new Set([key]));
  else keys.add(key);
}

function removeFrom(index: Map<string, Set<string>>, value: string, key: string): void {
  const keys = index.get(value);
  if (keys === undefined) return;
  keys.delete(key);
  if (keys.size === 0) index.delete(value);
}

function keyOf(object: ObjectTree): string {
  const metadata = object.metadata as { name?: string; namespace?: string } | undefined;
  return cacheKey(metadata?.namespace ?? "", metadata?.name ?? "");
}
