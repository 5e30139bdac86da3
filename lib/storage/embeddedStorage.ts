/**
 * The driver over the store in this process (crates/store). Bytes come from native code ready for
 * the wire; this file only turns calls, wake-ups and error codes around.
 */

import { andThen, type MaybePromise } from "../api/maybePromise.js";
import { addon } from "../native/addon.js";
import type {
  EtcdServerInput,
  ListInput,
  NativeEtcdServer,
  NativeStore,
  NativeWatcher,
  RequirementInput,
  SelectorInput,
  StoredOutput,
  TransactOutput,
  WatchInput,
} from "../native/gen/addon.js";
import type { Clock, Timer } from "../platform/clock.js";
import type {
  DirectGets,
  DirectReads,
  EncodedList,
  EncodedObject,
  GetOptions,
  Lease,
  ListOptions,
  ProvenTerms,
  Revision,
  Selector,
  Storage,
  StorageErrorReason,
  StorageStatistics,
  StoredValue,
  Transaction,
  TransactionResult,
  View,
  WatchBatch,
  WatchOptions,
  WatchStream,
} from "./storage.js";
import { StorageError } from "./storage.js";

export interface EmbeddedStorageOptions {
  /** Where the log and the snapshots live; absent keeps everything in memory. */
  readonly directory?: string;
  /** Attach to a store that another thread of this process opened (its `storeId`). */
  readonly attach?: number;
  /** Leases run out by it, and wake-ups get a turn of their own from it. */
  readonly clock: Clock;
  /** History is compacted on its own beyond these; defaults 200,000 changes and 32 MiB. */
  readonly maxHistoryChanges?: number;
  readonly maxHistoryBytes?: number;
  /** A watcher further behind is closed as slow; defaults 16,384 events and 64 MiB. */
  readonly maxQueueEvents?: number;
  readonly maxQueueBytes?: number;
  readonly maxWatchers?: number;
  /** The form in which a value is kept; absent: as it is given. */
  readonly form?: (value: Uint8Array) => Uint8Array;
  /** A snapshot is due when the log has grown by this; default 32 MiB. */
  readonly snapshotLogBytes?: number;
  /** A new log file begins after this; default 16 MiB. */
  readonly segmentBytes?: number;
  /** Other programs use the store, by `serveEtcd`. */
  readonly isShared?: boolean;
}

/** About this many bytes are encoded before other work gets its turn. */
const LIST_CHUNK_BYTES = 1 << 20;
/** Changes are freed in steps; after this many steps other work gets its turn. */
const TRIM_STEPS_A_TURN = 8;
/** Numbers of watchers taken over in one call. */
const DRAIN_WATCHERS = 4096;
/** How often it is looked for leases whose time is over, while there are any. */
const LEASE_TICK_MILLISECONDS = 1000;

interface PendingWrite {
  readonly resolve: (result: TransactionResult) => void;
  readonly reject: (error: unknown) => void;
}

/** The server of a store that is served as etcd's API. */
export type ServedStore = Pick<NativeEtcdServer, "addresses" | "close">;

/** Opens or attaches to a store. Fails with a StorageError: locked, corrupt, newerFormat, io. */
export function openEmbeddedStorage(options: EmbeddedStorageOptions): Promise<EmbeddedStorage> {
  return EmbeddedStorage.open(options);
}

/** Makes a thread's handle; `wake` is called when there is news. */
export type OpenNative = (wake: () => void) => NativeStore;

/** As the addon numbers them. */
const formatCodes = { json: 0, protobuf: 1, message: 2 } as const;

/** For leases: a wall clock that jumps ends none early and keeps none. */
function monotonicMilliseconds(clock: Clock): number {
  return Math.floor(clock.monotonic());
}

export class EmbeddedStorage implements Storage {
  readonly isShared: boolean;
  readonly isElsewhere: boolean = false;
  readonly #native: NativeStore;
  readonly #clock: Clock;
  readonly #form: (value: Uint8Array) => Uint8Array;
  readonly #views = new Map<string, number>();
  readonly #watches = new Map<number, WatchOptions["onReady"]>();
  readonly #pending = new Map<number, PendingWrite>();
  /** Another thread opened the store, and closes it. */
  readonly #attached: boolean;
  readonly #ready = new Float64Array(DRAIN_WATCHERS);
  readonly #taken: Taken = { numbers: new Float64Array(5), bytes: NOTHING };
  #drainQueued = false;
  /** Watches that have something to take and have not been told yet. Bounded by the watches. */
  readonly #untold = new Set<number>();
  /** What settledRevision has found in this run of JavaScript, until this handle writes. */
  #settled: Revision | undefined;
  readonly #forgetSettled = (): void => {
    this.#settled = undefined;
  };
  #announceQueued = false;
  #leaseTimer: Timer | undefined;
  #closing: Promise<void> | undefined;
  #closed = false;

  /** As openEmbeddedStorage. */
  static async open<T extends EmbeddedStorage>(
    this: new (
      options: EmbeddedStorageOptions,
      open: OpenNative,
    ) => T,
    options: EmbeddedStorageOptions,
  ): Promise<T> {
    const { attach, directory } = options;
    if (attach !== undefined) return new this(options, (wake) => addon.attachStore(attach, wake));
    const input = { nowMillis: monotonicMilliseconds(options.clock), ...storeLimits(options) };
    if (directory === undefined) {
      return new this(options, (wake) => addon.openMemoryStore(input, wake));
    }
    const opened = await addon.openStore(directory, input);
    return new this(options, (wake) => opened.attach(wake));
  }

  constructor(options: EmbeddedStorageOptions, open: OpenNative) {
    this.#clock = options.clock;
    this.isShared = options.isShared ?? false;
    this.#form = options.form ?? ((value) => value);
    this.#attached = options.attach !== undefined;
    this.#native = guardStorage(() => open(() => this.#drain()));
    if (this.#native.statistics().leases > 0) {
      this.#armLeaseTimer();
    }
  }

  /**
   * Resolves once everything can be read here that was acknowledged anywhere before this call: of a
   * store that follows another. At once for every other.
   */
  protected async followNewest(): Promise<void> {
    await this.#ticketed(() => this.#native.readNewest());
  }

  /** Compacts the store that this one follows. */
  protected async compactLeader(revision: Revision): Promise<void> {
    await this.#ticketed(() => this.#native.submitCompaction(revision));
  }

  async #ticketed(call: () => number): Promise<void> {
    const ticket = this.#own(call);
    if (ticket === 0) return;
    await new Promise<TransactionResult>((resolve, reject) => {
      this.#pending.set(ticket, { resolve, reject });
    });
  }

  /**
   * Serves the store as etcd's API, on threads of its own; the server is to be closed before the
   * store is. Rejects with a StorageError.
   */
  async serveEtcd(input: EtcdServerInput): Promise<ServedStore> {
    if (this.#clock.isVirtual) {
      throw new StorageError("invalidRequest", "leases are counted by the machine's clock there");
    }
    const now = monotonicMilliseconds(this.#clock);
    const started = await guardStorage(() => this.#native.serveEtcd(input, now));
    return guardStorage(() => started.server());
  }

  /** What `attach` takes in another thread. */
  get storeId(): number {
    return this.#native.id;
  }

  readonly direct: DirectReads = {
    list: (options) =>
      andThen(this.reached(options), () =>
        guardStorage(() => this.#native.listSource(this.#listInput(options))),
      ),
    watchFigures: (bounds) => new addon.NativeWatchFigures([...bounds]),
    watch: (options, figures) => {
      if (!(figures instanceof addon.NativeWatchFigures)) throw new TypeError("made elsewhere");
      const input = this.#watchInput(options);
      return guardStorage(() => this.#native.watchSource(input, figures, undefined, false));
    },
    stateWatch: ({ statePrefix, mayBeOld, marksEnd, ...options }, figures) => {
      if (!(figures instanceof addon.NativeWatchFigures)) throw new TypeError("made elsewhere");
      const input = this.#watchInput({ ...options, afterRevision: 0 });
      const { view, selector } = options;
      const listed = selector === undefined ? { view } : { view, selector };
      const state = this.#listInput({ prefix: statePrefix, ...listed });
      return andThen(this.reached({ mayBeOld }), () =>
        guardStorage(() => this.#native.watchSource(input, figures, state, marksEnd)),
      );
    },
  };

  readonly directGets: DirectGets | undefined = {
    validity: () => new addon.NativeValidity(),
    figures: (durations, sizes) => new addon.NativeReadFigures([...durations], [...sizes]),
    proven: ({ view, ...terms }) => {
      const { validity, ...input } = provenInput(terms);
      const viewed = { ...input, view: this.#viewId(view) };
      return guardStorage(() => this.#native.proven(viewed, validity)) ?? undefined;
    },
    seats: () => new addon.NativeSeats(),
    writes: ({ view, likeness, body, lease, ...terms }) => {
      if (!(likeness instanceof addon.NativeLikeness)) throw new TypeError("made elsewhere");
      const { validity, ...input } = provenInput(terms);
      const form = { format: formatCodes[view.format], metadata: view.part === "metadata" };
      const same = body === undefined ? {} : { body: Buffer.from(body) };
      const held =
        lease === undefined ? {} : { leaseId: lease.leaseId, leaseObjects: lease.objects };
      const viewed = { ...input, ...form, ...same, ...held };
      return guardStorage(() => this.#native.provenWrites(viewed, validity, likeness)) ?? undefined;
    },
  };

  /** What opening the directory came upon, in words with file and offset. */
  get findings(): readonly { readonly kind: string; readonly text: string }[] {
    return this.#native.recoveryReport()?.findings ?? [];
  }

  currentRevision(): Revision {
    return this.#native.currentRevision();
  }

  /** Resolves when what the options ask for is here. */
  protected reached(_options: Pick<GetOptions, "revision" | "mayBeOld">): MaybePromise<void> {
    return undefined;
  }

  newestRevision(): MaybePromise<Revision> {
    return this.settledRevision() ?? this.currentRevision();
  }

  settledRevision(): Revision | undefined {
    if (this.#settled === undefined) {
      const revision = this.#native.currentRevision();
      // In this order: what was handed over is news for whoever looks afterwards.
      if (this.#native.handedOverRevision() < revision) return undefined;
      if (this.#native.hasNews()) {
        this.#collect();
        this.#queueDrain();
        // More than one round takes over.
        if (this.#native.hasNews()) return undefined;
      }
      this.#settled = revision;
      queueMicrotask(this.#forgetSettled);
    }
    return this.#settled;
  }

  async handedOver(revision: Revision): Promise<void> {
    // Handing over takes another thread well under a turn of this one.
    while (!this.#closed && this.#native.handedOverRevision() < revision) await this.#turn();
  }

  get(key: string, options?: GetOptions): MaybePromise<StoredValue | undefined> {
    const found = guardStorage(() =>
      options?.pending === true
        ? this.#native.getApplied(key)
        : this.#native.get(key, options?.revision ?? 0),
    );
    return found === null ? undefined : found;
  }

  getEncoded(
    key: string,
    view: View,
    options?: GetOptions,
  ): MaybePromise<EncodedObject | undefined> {
    const found = guardStorage(() =>
      this.#native.getEncoded(key, this.#viewId(view), options?.revision ?? 0),
    );
    return found === null ? undefined : found;
  }

  async list(options: ListOptions): Promise<EncodedList> {
    const cursor = guardStorage(() => this.#native.list(this.#listInput(options)));
    const chunks: Uint8Array[] = [];
    let room = options.maxBytes ?? Number.POSITIVE_INFINITY;
    for (;;) {
      const most = Math.min(room, LIST_CHUNK_BYTES);
      const { bytes, ...next } = guardStorage(() => cursor.step(most));
      if (bytes.length > 0) {
        chunks.push(bytes);
      }
      room -= bytes.length;
      const step = next.done || room > 0 ? next : guardStorage(() => cursor.cut());
      if (step.done) {
        return {
          revision: step.revision,
          count: step.count,
          chunks,
          ...(step.nextKey === undefined ? {} : { nextKey: step.nextKey }),
          ...(step.remaining === undefined ? {} : { remainingCount: step.remaining }),
        };
      }
      await this.#turn();
    }
  }

  async range(
    prefix: string,
    options?: { revision?: Revision; limit?: number; startAfterKey?: string },
  ): Promise<{ revision: Revision; values: readonly StoredValue[]; nextKey?: string }> {
    const result = guardStorage(() =>
      this.#native.range(
        prefix,
        options?.revision ?? 0,
        options?.limit ?? 0,
        options?.startAfterKey,
      ),
    );
    const last = result.values.at(-1);
    return {
      revision: result.revision,
      values: result.values,
      ...(result.more && last !== undefined ? { nextKey: last.key } : {}),
    };
  }

  async count(prefix: string): Promise<number> {
    return this.#native.count(prefix);
  }

  transact(transaction: Transaction): MaybePromise<TransactionResult> {
    const { compare, success } = transaction;
    const output = this.#own(() =>
      this.#native.transact(
        compare.map((one) => one.key),
        compare.map((one) => TARGETS[one.target]),
        compare.map((one) => one.equals),
        success.map((one) => one.key),
        success.map((one) => (one.type === "put" ? this.#form(one.value) : null)),
        success.map((one) => (one.type === "put" ? (one.leaseId ?? 0) : 0)),
        transaction.durability === "lazy",
      ),
    );
    if (output.ticket !== 0) this.#queueAnnounce();
    return this.#answer(output);
  }

  watch(options: WatchOptions): WatchStream {
    const watcher = this.#own(() => this.#native.watch(this.#watchInput(options)));
    this.#watches.set(watcher.id, options.onReady);
    return new EmbeddedWatchStream(
      watcher,
      this.#taken,
      this.#untold,
      () => this.#queueDrain(),
      (id) => this.#watches.delete(id),
    );
  }

  async grantLease(ttlSeconds: number): Promise<Lease> {
    const { leaseId, answer } = this.#own(() =>
      this.#native.grantLease(ttlSeconds, monotonicMilliseconds(this.#clock)),
    );
    this.#armLeaseTimer();
    if (answer.ticket !== 0) this.#queueAnnounce();
    await this.#answer(answer);
    return { leaseId, ttlSeconds };
  }

  async revokeLease(leaseId: number): Promise<void> {
    await this.#answer(this.#own(() => this.#native.revokeLease(leaseId)));
  }

  async compact(revision: Revision): Promise<void> {
    guardStorage(() => this.#native.compact(revision));
    let freed = false;
    for (let steps = 1; this.#native.trim(); steps++) {
      freed = true;
      if (steps % TRIM_STEPS_A_TURN === 0) {
        await this.#turn();
      }
    }
    // Elsewhere: it takes milliseconds.
    if (freed && !this.#clock.isVirtual) await addon.collectMemory();
  }

  statistics(): StorageStatistics {
    return this.#native.statistics();
  }

  async health(_timeoutMilliseconds?: number): Promise<void> {
    guardStorage(() => this.#native.health());
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#leaseTimer?.cancel();
    // Answers to the writes that were waiting come with it.
    if (!this.#attached) await this.#native.close();
    this.#drain();
    this.#closed = true;
    this.#native.detach();
    for (const { reject } of this.#pending.values()) {
      reject(new StorageError("closed", "the store was closed"));
    }
    this.#pending.clear();
    this.#watches.clear();
  }

  #answer(output: TransactOutput): MaybePromise<TransactionResult> {
    if (output.ticket === 0) {
      return transactionResult(output);
    }
    return new Promise((resolve, reject) => {
      this.#pending.set(output.ticket, { resolve, reject });
    });
  }

  #armLeaseTimer(): void {
    if (this.#closing !== undefined) return;
    this.#leaseTimer ??= this.#clock.setTimer(LEASE_TICK_MILLISECONDS, () => {
      this.#leaseTimer = undefined;
      try {
        this.#own(() => this.#native.expireLeases(monotonicMilliseconds(this.#clock)));
      } catch {
        // A store that cannot write says so through its health; the next tick tries again.
      }
      if (this.#native.statistics().leases > 0) {
        this.#armLeaseTimer();
      }
    });
  }

  #listInput(options: ListOptions): ListInput {
    return {
      prefix: options.prefix,
      view: this.#viewId(options.view),
      revision: options.revision ?? 0,
      limit: options.limit ?? 0,
      ...(options.selector === undefined ? {} : { selector: selectorInput(options.selector) }),
      ...(options.startAfterKey === undefined ? {} : { startAfterKey: options.startAfterKey }),
    };
  }

  #watchInput(options: Omit<WatchOptions, "onReady">): WatchInput {
    return {
      prefix: options.prefix,
      exact: options.exact ?? false,
      afterRevision: options.afterRevision,
      view: this.#viewId(options.view),
      framing: options.framing,
      ...(options.selector === undefined ? {} : { selector: selectorInput(options.selector) }),
    };
  }

  #viewId(view: View): number {
    const { fields, format, part } = view;
    const messageType =
      fields === undefined ? view.messageType : `projection/${view.messageType}/${fields.join()}`;
    const name = `${messageType} ${format} ${part}`;
    let id = this.#views.get(name);
    if (id === undefined) {
      id = guardStorage(() => this.#native.registerView(messageType, format, part));
      this.#views.set(name, id);
    }
    return id;
  }

  #turn(): Promise<void> {
    return new Promise((resolve) => this.#clock.defer(resolve));
  }

  /** While such a call runs nobody wakes this thread: it looks itself, also when the call fails. */
  #own<T>(call: () => T): T {
    try {
      return guardStorage(call);
    } finally {
      this.#settled = undefined;
      this.#lookForNews();
    }
  }

  /** What an own call made ready is handed out in a later turn, once for many calls. */
  #lookForNews(): void {
    if (!this.#drainQueued && this.#native.hasNews()) {
      this.#queueDrain();
    }
  }

  /** The writes of one turn wake the thread that writes to the disk once, and become one group. */
  #queueAnnounce(): void {
    if (this.#announceQueued) return;
    this.#announceQueued = true;
    this.#clock.defer(() => {
      this.#announceQueued = false;
      if (!this.#closed) this.#native.announceWrites();
    });
  }

  #queueDrain(): void {
    if (!this.#drainQueued) {
      this.#drainQueued = true;
      this.#clock.defer(() => this.#drain());
    }
  }

  #drain(): void {
    this.#drainQueued = false;
    if (this.#closed) {
      return;
    }
    this.#collect();
    const ready = [...this.#untold];
    this.#untold.clear();
    for (const id of ready) {
      this.#watches.get(id)?.();
    }
    this.#lookForNews();
  }

  /** Takes over what is ready, and settles writes that are; watches are told in a later turn. */
  #collect(): void {
    const { watchers, completions } = this.#native.drain(this.#ready);
    for (const completion of completions) {
      const pending = this.#pending.get(completion.ticket);
      this.#pending.delete(completion.ticket);
      if (completion.code !== undefined) {
        pending?.reject(storageError(completion.code, completion.message ?? ""));
      } else {
        pending?.resolve(transactionResult(completion));
      }
    }
    for (let at = 0; at < watchers; at += 1) this.#untold.add(this.#ready[at] ?? 0);
  }
}

const NOTHING = new Uint8Array(0);
const ENDED = [undefined, "slow", "compacted", "closed", "unreadable"] as const;

/** What the last take gave. Watchers of the same that take one after the other share its bytes. */
interface Taken {
  /** As NativeWatcher.take fills them in. */
  readonly numbers: Float64Array;
  bytes: Uint8Array;
}

class EmbeddedWatchStream implements WatchStream {
  readonly #watcher: NativeWatcher;
  readonly #taken: Taken;
  readonly #untold: Set<number>;
  readonly #id: number;
  readonly #queueDrain: () => void;
  readonly #forget: (id: number) => void;
  #closed = false;

  constructor(
    watcher: NativeWatcher,
    taken: Taken,
    untold: Set<number>,
    queueDrain: () => void,
    forget: (id: number) => void,
  ) {
    this.#watcher = watcher;
    this.#taken = taken;
    this.#untold = untold;
    this.#id = watcher.id;
    this.#queueDrain = queueDrain;
    this.#forget = forget;
  }

  isReady(): boolean {
    return this.#closed || this.#untold.has(this.#id);
  }

  take(maxBytes: number): WatchBatch {
    if (this.#closed) {
      return { bytes: NOTHING, events: 0, revision: 0, ended: "closed" };
    }
    // Of what is left its owner is told again.
    this.#untold.delete(this.#id);
    const { numbers } = this.#taken;
    const bytes = guardStorage(() => this.#watcher.take(maxBytes, numbers));
    const [events = 0, revision = 0, ended = 0, same, news] = numbers;
    if (bytes !== null) {
      this.#taken.bytes = bytes;
    }
    if (news === 1) {
      this.#queueDrain();
    }
    return {
      bytes: bytes ?? (same === 1 ? this.#taken.bytes : NOTHING),
      events,
      revision,
      mayHaveMore: news === 1,
      ...(ended === 0 ? undefined : { ended: ENDED[ended] }),
    };
  }

  bookmark(initialEventsEnd: boolean): Uint8Array {
    return guardStorage(() => this.#watcher.bookmark(initialEventsEnd));
  }

  close(): void {
    if (!this.#closed) {
      this.#closed = true;
      this.#untold.delete(this.#id);
      this.#forget(this.#id);
      this.#watcher.close();
    }
  }
}

const TARGETS = { modRevision: 0, version: 1, createRevision: 2 } as const;

/** The bounds that were given, as native code takes them. */
export function storeLimits(options: Omit<EmbeddedStorageOptions, "clock" | "form">) {
  const { maxHistoryChanges, maxHistoryBytes, maxQueueEvents, maxQueueBytes, maxWatchers } =
    options;
  const { snapshotLogBytes, segmentBytes } = options;
  return {
    ...(maxHistoryChanges === undefined ? {} : { maxHistoryChanges }),
    ...(maxHistoryBytes === undefined ? {} : { maxHistoryBytes }),
    ...(maxQueueEvents === undefined ? {} : { maxQueueEvents }),
    ...(maxQueueBytes === undefined ? {} : { maxQueueBytes }),
    ...(maxWatchers === undefined ? {} : { maxWatchers }),
    ...(snapshotLogBytes === undefined ? {} : { snapshotLogBytes }),
    ...(segmentBytes === undefined ? {} : { segmentBytes }),
  };
}

function provenInput({ validity, keys, prefixes, ...rest }: Omit<ProvenTerms, "view">) {
  if (!(validity instanceof addon.NativeValidity)) throw new TypeError("made elsewhere");
  return { ...rest, keys: [...keys], prefixes: [...prefixes], validity };
}

function selectorInput(selector: Selector): SelectorInput {
  const labels: RequirementInput[] = (selector.labels ?? []).map((label) => ({
    key: label.key,
    operator: label.operator,
    values: [...label.values],
  }));
  const fields: RequirementInput[] = (selector.fields ?? []).map((field) => ({
    key: field.path,
    operator: field.operator,
    values: [field.value],
  }));
  return { labels, fields };
}

function transactionResult(output: {
  succeeded: boolean;
  revision: number;
  current?: StoredOutput;
}): TransactionResult {
  if (output.succeeded) {
    return { succeeded: true, revision: output.revision };
  }
  const { revision, current } = output;
  return { succeeded: false, revision, ...(current === undefined ? {} : { current }) };
}

/** Native errors carry `reason` or `reason:revision` as their code. */
export function guardStorage<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (error instanceof Error && "code" in error && typeof error.code === "string") {
      throw storageError(error.code, error.message);
    }
    throw error;
  }
}

function storageError(code: string, message: string): StorageError {
  const [reason, revision] = code.split(":");
  return new StorageError(
    reason as StorageErrorReason,
    message,
    revision === undefined ? undefined : Number(revision),
  );
}
