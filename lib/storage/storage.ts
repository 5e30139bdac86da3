/**
 * The one interface to storage: revisions, transactions, ranges and watches, as etcd's v3 API has
 * them. Two drivers fill it: one over the embedded store (crates/store), one over etcd
 * (crates/etcd). Values are bytes in the stored form (see docs/architecture.md "Stored form");
 * nothing here parses objects in JavaScript.
 */

import type { MaybePromise } from "../api/maybePromise.js";

/** A revision of the whole store. Fits a double: the store refuses to go beyond 2^53 - 1. */
export type Revision = number;

export interface StoredValue {
  readonly key: string;
  /** The stored form, without a resourceVersion inside. */
  readonly value: Uint8Array;
  readonly createRevision: Revision;
  /** Becomes the object's metadata.resourceVersion. */
  readonly modRevision: Revision;
  readonly version: number;
  /**
   * 0: none. -1: one of another server's whose number no double has; a put of the same key that
   * says so, and compares with this version, keeps it.
   */
  readonly leaseId: number;
}

/**
 * How an object leaves the store for a reader: which served message it is converted to, which media
 * form and which view. Encoded once for every (revision, view), however many readers ask.
 */
export interface View {
  /** Full protobuf message name of the served version, for example `k8s.io.api.core.v1.Pod`. */
  readonly messageType: string;
  /**
   * json: canonical JSON text. protobuf: `k8s\0` and runtime.Unknown. message: the bare protobuf
   * message (gRPC).
   */
  readonly format: "json" | "protobuf" | "message";
  /** metadata: PartialObjectMetadata (meta.k8s.io/v1). */
  readonly part: "object" | "metadata";
  /**
   * Only of JSON: the paths of the fields that are wanted, without kind and apiVersion, as
   * `spec.volumes.secret.secretName`; or, each with a `-` before it, of those that are not.
   * Each combination is kept as long as the store, so they are the program's and nobody else's.
   */
  readonly fields?: readonly string[];
}

/** A selector that native code evaluates. Requirements are ANDed. */
export interface Selector {
  readonly labels?: readonly LabelRequirement[];
  readonly fields?: readonly FieldRequirement[];
}

export interface LabelRequirement {
  readonly key: string;
  readonly operator: "=" | "!=" | "in" | "notin" | "exists" | "!" | ">" | "<";
  readonly values: readonly string[];
}

export interface FieldRequirement {
  /** A path that the kind offers, for example `spec.nodeName`. */
  readonly path: string;
  readonly operator: "=" | "!=";
  readonly value: string;
}

/**
 * Reads of what is newest are linearizable: they see every write that was acknowledged anywhere
 * before they began. `mayBeOld` gives that up for what is here at once: nothing that this handle
 * has given before is newer than it. Reads at a revision are the same anywhere.
 */
export interface GetOptions {
  /**
   * Read at this revision; absent reads the newest. Compacted or future revisions are a
   * StorageError.
   */
  readonly revision?: Revision;
  /**
   * Also a version that still waits for the disk, instead of `revision`. Only for a transaction
   * that compares with it, whose answer waits in turn: nothing else may be told of such a version.
   * A driver that has none answers the newest.
   */
  readonly pending?: boolean;
  readonly mayBeOld?: boolean;
}

export interface EncodedObject {
  readonly bytes: Uint8Array;
  readonly modRevision: Revision;
}

export interface ListOptions {
  /** All keys under this prefix, which ends in `/`. */
  readonly prefix: string;
  readonly view: View;
  readonly selector?: Selector;
  readonly revision?: Revision;
  /** At most this many matching objects; absent or 0 means all. */
  readonly limit?: number;
  /** The list is cut, as by the limit, after about so many bytes; there is one object at least. */
  readonly maxBytes?: number;
  /** Start after this key (exclusive); from a previous answer's nextKey. */
  readonly startAfterKey?: string;
  /** As GetOptions. */
  readonly mayBeOld?: boolean;
}

export interface EncodedList {
  /** The revision that the whole list is consistent at. */
  readonly revision: Revision;
  readonly count: number;
  /**
   * Encoded items in key order, joined as their format wants: JSON items joined by `,`; protobuf
   * and message formats as repeated field 2 (tag and length before each), ready to stand in a list
   * message. Several buffers of bounded size (about 1 MiB), so that they can be streamed.
   */
  readonly chunks: readonly Uint8Array[];
  /** Set when the limit cut the list: continue after this key at this revision. */
  readonly nextKey?: string;
  /** How many more keys there are under the prefix; only without a selector, as upstream. */
  readonly remainingCount?: number;
}

export type Compare =
  | { readonly key: string; readonly target: "modRevision"; readonly equals: Revision }
  | { readonly key: string; readonly target: "version"; readonly equals: number }
  | { readonly key: string; readonly target: "createRevision"; readonly equals: Revision };

export type Operation =
  | {
      readonly type: "put";
      readonly key: string;
      readonly value: Uint8Array;
      readonly leaseId?: number;
    }
  | { readonly type: "delete"; readonly key: string };

export interface Transaction {
  /**
   * All must hold, else nothing is written. A key that is absent has modRevision, version and
   * createRevision 0.
   */
  readonly compare: readonly Compare[];
  /** Written together at one new revision. */
  readonly success: readonly Operation[];
  /** lazy: acknowledged before it is on disk (Events and Leases, when asked). Default: durable. */
  readonly durability?: "durable" | "lazy";
}

export type TransactionResult =
  | { readonly succeeded: true; readonly revision: Revision }
  | {
      readonly succeeded: false;
      readonly revision: Revision;
      /**
       * The current value of the first compared key that did not match; absent when there is none.
       */
      readonly current?: StoredValue;
    };

export interface WatchOptions {
  readonly prefix: string;
  /** Exactly one object: then prefix is its whole key. */
  readonly exact?: boolean;
  /**
   * Deliver events with a revision greater than this. Older than the log: StorageError compacted.
   */
  readonly afterRevision: Revision;
  readonly view: View;
  readonly selector?: Selector;
  /**
   * json: one `{"type":…,"object":…}` and a newline an event; protobuf: a 4-byte big-endian length
   * and a WatchEvent; message: length-delimited repeated field 1 of steersman.v1 watch batches
   * (type = 1, object = 2).
   */
  readonly framing: "json" | "protobuf" | "message";
  /**
   * Called at most once between takes when there is something to take or the stream ended. Never
   * re-entrant.
   */
  readonly onReady: () => void;
}

export interface WatchBatch {
  /**
   * Whole frames of one or many events, ready for the wire. Empty when there is nothing. Watchers
   * of the same are given the same array: it is not to be written into.
   */
  readonly bytes: Uint8Array;
  readonly events: number;
  /** False where nothing more can be there; else the next take says. Absent: unknown. */
  readonly mayHaveMore?: boolean;
  /** The revision up to which the watcher has now seen everything. */
  readonly revision: Revision;
  /**
   * slow: its queue's bound was passed; closed after the last whole event. compacted: it fell
   * behind the log. unreadable: the value that comes next is none that can be encoded.
   */
  readonly ended?: "slow" | "compacted" | "closed" | "unreadable";
}

export interface WatchStream {
  /**
   * Whether there was something to take at the last `settledRevision`. False says that the watch
   * has been given everything up to it.
   */
  isReady(): boolean;
  /** Takes what is ready, at most about maxBytes (always at least one whole event). */
  take(maxBytes: number): WatchBatch;
  /**
   * Encodes a bookmark at the watcher's current revision (with the initial-events-end annotation if
   * asked).
   */
  bookmark(initialEventsEnd: boolean): Uint8Array;
  close(): void;
}

export interface Lease {
  readonly leaseId: number;
  readonly ttlSeconds: number;
}

export type StorageErrorReason =
  | "compacted"
  | "futureRevision"
  | "closed"
  | "readOnly"
  | "diskFull"
  | "tooLarge"
  | "tooManyWatchers"
  | "corrupt"
  | "locked"
  | "newerFormat"
  | "io"
  | "leaseNotFound"
  | "keyNotFound"
  | "invalidRequest";

export class StorageError extends Error {
  readonly reason: StorageErrorReason;
  /** For compacted: the oldest revision that can still be read. For futureRevision: the newest. */
  readonly revision: Revision | undefined;
  constructor(reason: StorageErrorReason, message: string, revision?: Revision) {
    super(message);
    this.name = "StorageError";
    this.reason = reason;
    this.revision = revision;
  }
}

const unreadableMessage = /^(.+?) is not readable(?::|$)/s;

/** Of a value that no object can be made of: as the drivers word it. */
export function unreadableError(key: string, why: string): StorageError {
  return new StorageError("corrupt", `${key} is not readable: ${why}`);
}

/** The key whose value could not be read; undefined for other errors. */
export function unreadableKey(error: unknown): string | undefined {
  if (!(error instanceof StorageError) || error.reason !== "corrupt") return undefined;
  return unreadableMessage.exec(error.message)?.[1];
}

export interface StorageStatistics {
  readonly revision: Revision;
  readonly compactedRevision: Revision;
  readonly keys: number;
  readonly bytes: number;
  readonly logBytes: number;
  /** Of etcd's file, as of the last time that it was asked. */
  readonly databaseBytes?: number;
  readonly watchers: number;
  readonly slowWatchersClosed: number;
  readonly fsyncs: number;
  /** Objects encoded for watchers: once for each wanted form, however many watch. */
  readonly encodings?: number;
  readonly historyChanges?: number;
  readonly historyBytes?: number;
  readonly leases?: number;
  readonly snapshots?: number;
  /** Of the snapshot on disk; 0 without one. */
  readonly snapshotBytes?: number;
  /** Writes that wait for the disk. */
  readonly waitingWrites?: number;
  /** Written to the log since it was opened; with `fsyncs` the mean size of a group. */
  readonly records?: number;
  /** Syncs of the log by what they took: up to 1 ms, 2 ms, 4 ms, … 8.192 s, and longer. */
  readonly syncCounts?: readonly number[];
  readonly syncSeconds?: number;
  /** Lists and first states in progress. */
  readonly pins?: number;
  /** Rounds of work beside requests (snapshots, freeing history) that failed. */
  readonly upkeepFailures?: number;
}

/** Objects that a listener can read on its own; opaque to everybody else. */
export type ProvenObjects = object;

/** Writes that a listener can make on its own; opaque to everybody else. */
export type ProvenWrites = object;

/** How many of them run at once. */
export interface DirectSeats {
  limitTo(seats: number): void;
  readonly used: number;
}

/** Ends what was made with it, all at once. */
export interface Validity {
  end(): void;
}

/** What was counted of a listener's own reads, since the beginning. */
export interface DirectFigures {
  read(): {
    /** One for each bound and one above all. */
    readonly durations: readonly number[];
    readonly seconds: number;
    readonly sizes: readonly number[];
    readonly bytes: number;
  };
}

/** What was counted of watches that a listener sends on its own, since the beginning. */
export interface DirectWatchFigures {
  read(): {
    readonly events: number;
    /** Of what was sent at once; one for each bound and one above all. */
    readonly sizes: readonly number[];
    readonly bytes: number;
  };
}

/** What stands around the items of a list. */
export interface ListFrame {
  readonly before: Uint8Array;
  /**
   * Of protobuf: what stands before the items inside of the message, whose length is written
   * between `before` and this.
   */
  readonly inside?: Uint8Array;
  readonly after: Uint8Array;
  /** All of it is compressed. */
  readonly gzip: boolean;
}

/** A whole list that a listener sends on its own: for HttpResponse.pipe, once. */
export interface DirectList {
  /** The one that all of it is of. */
  readonly revision: Revision;
  frame(frame: ListFrame): void;
  /** Where nobody has taken it, it holds nothing of the store any more. */
  close(): void;
}

/** What a watch that begins with everything there is gives. */
export interface StateWatchOptions extends Omit<WatchOptions, "onReady" | "afterRevision"> {
  /** Everything there is, under this prefix. */
  readonly statePrefix: string;
  /** As GetOptions, of what there is. */
  readonly mayBeOld: boolean;
  /** A bookmark after it says that this was all. */
  readonly marksEnd: boolean;
}

/** A watch that a listener sends on its own: for HttpResponse.pipe, which opens it, once. */
export interface DirectWatch {
  /** A bookmark is sent when everything before it has been. */
  bookmark(): void;
  /** It ends when everything that is ready was sent, and the bookmark if one was asked for. */
  finish(): void;
  /** Where nobody has taken it, it holds nothing of the store any more. */
  close(): void;
}

/** Lists and watches that pass JavaScript by. */
export interface DirectReads {
  /**
   * All that the options select: a limit is not heeded. A driver that has to ask what is newest
   * gives a promise.
   */
  list(options: ListOptions): MaybePromise<DirectList>;
  watch(options: Omit<WatchOptions, "onReady">, figures: DirectWatchFigures): DirectWatch;
  /**
   * One that begins with ADDED events of everything there is, at one revision, however long its
   * reader takes for them. As of lists, some drivers give a promise.
   */
  stateWatch(options: StateWatchOptions, figures: DirectWatchFigures): MaybePromise<DirectWatch>;
  watchFigures(sizeBounds: readonly number[]): DirectWatchFigures;
}

/**
 * Holds for as long as the keys are what they were at the revision `since` and nothing has changed
 * under the prefixes after it, and no longer than the validity.
 */
export interface ProvenTerms {
  /** Of the objects. */
  readonly keyPrefix: string;
  /** Of responses. */
  readonly view: View;
  readonly keys: readonly string[];
  readonly prefixes: readonly string[];
  readonly since: Revision;
  readonly validity: Validity;
}

/** Gets and writes that pass JavaScript by. */
export interface DirectGets {
  validity(): Validity;
  /** Objects that may be read while the terms hold. Undefined where they do not now. */
  proven(terms: ProvenTerms): ProvenObjects | undefined;
  /**
   * As proven, of writes. `likeness` is what ApiObject.creationsLike, updatesLike or bindingsLike
   * gave. Without a `body` each response is the object that was written. With a `lease` each is
   * written with it, and so many at most; without one it keeps the lease that it has.
   */
  writes(
    terms: ProvenTerms & {
      readonly likeness: object;
      readonly body?: Uint8Array | undefined;
      readonly lease?: { readonly leaseId: number; readonly objects: number } | undefined;
    },
  ): ProvenWrites | undefined;
  /** None at first. */
  seats(): DirectSeats;
  /** Counts durations by bounds in seconds and sizes by bounds in bytes. */
  figures(durationBounds: readonly number[], sizeBounds: readonly number[]): DirectFigures;
}

export interface Storage {
  /** Whether other programs may follow the same store, in their own order for each kind. */
  readonly isShared: boolean;
  /** Whether another process keeps it. */
  readonly isElsewhere: boolean;
  /** Absent where only JavaScript can read. */
  readonly direct?: DirectReads;
  /** Absent where somebody has to be asked what is newest before each of them. */
  readonly directGets?: DirectGets;
  /** The newest revision. Synchronous: it is a counter. */
  currentRevision(): Revision;
  /**
   * No older than any write that was acknowledged by anybody before the call. A driver that others
   * write beside has to ask.
   */
  newestRevision(): MaybePromise<Revision>;
  /**
   * The newest revision, where each watch of this handle has been given everything up to it or is
   * ready to be taken from; undefined while another thread is still handing over. It is looked at
   * once in each run of JavaScript, and again after each write of this handle: so it is never
   * older than what anybody has been told before the caller was called from the event loop.
   */
  settledRevision(): Revision | undefined;
  /**
   * Resolves when watches have been handed everything up to a revision that is current. Another
   * thread makes a revision visible first and hands it over then: who sees it in between, and
   * waits for a watch to get there, would wait for a wake-up that only comes for changes of its
   * own.
   */
  handedOver(revision: Revision): Promise<void>;
  get(key: string, options?: GetOptions): MaybePromise<StoredValue | undefined>;
  /** One object in a reader's form, without a JavaScript object in between. */
  getEncoded(
    key: string,
    view: View,
    options?: GetOptions,
  ): MaybePromise<EncodedObject | undefined>;
  list(options: ListOptions): Promise<EncodedList>;
  /** The raw values under a prefix, for the server's own small caches (at most limit). */
  range(
    prefix: string,
    options?: { revision?: Revision; limit?: number; startAfterKey?: string },
  ): Promise<{ revision: Revision; values: readonly StoredValue[]; nextKey?: string }>;
  count(prefix: string): Promise<number>;
  /**
   * Resolves when the write is durable (or lazily acknowledged) and visible to reads and watches.
   * A driver that need not wait for that, as one in memory, gives the result itself, as reads may.
   */
  transact(transaction: Transaction): MaybePromise<TransactionResult>;
  watch(options: WatchOptions): WatchStream;
  grantLease(ttlSeconds: number): Promise<Lease>;
  revokeLease(leaseId: number): Promise<void>;
  /** Drops history before this revision. Watches and reads older than it get `compacted`. */
  compact(revision: Revision): Promise<void>;
  statistics(): StorageStatistics;
  /**
   * Fails with the reason when the driver cannot serve; backs /healthz/etcd. A driver that has to
   * ask others fails when they have not answered in time; default 2 s.
   */
  health(timeoutMilliseconds?: number): Promise<void>;
  close(): Promise<void>;
}
