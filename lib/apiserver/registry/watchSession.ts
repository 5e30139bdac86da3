import type { Codec } from "../../api/codec.js";
import { ApiError, apiErrors } from "../../api/status.js";
import type { Clock, Timer } from "../../platform/clock.js";
import type { PipeEnd, PipeNews } from "../../platform/network.js";
import {
  type DirectWatch,
  StorageError,
  type WatchBatch,
  type WatchStream,
} from "../../storage/storage.js";
import { errorFrame, type WatchFraming } from "./watchFrames.js";

/** Where a watch's frames go: one HTTP response or one RPC stream. */
export interface WatchSink {
  /** False when the peer is slow: nothing more is written until onDrain. */
  write(bytes: Uint8Array): boolean;
  onDrain(callback: () => void): void;
  /** The watch is over; the stream ends normally. */
  end(): void;
  /** As HttpResponse's. */
  pipe?(source: object, onEnd: (end: PipeEnd) => void, news?: PipeNews): void;
}

/**
 * Bytes taken at once: what lies ready for one connection is handed over as one buffer of about
 * this size.
 */
const takeBytes = 64 * 1024;
const bookmarkMilliseconds = 60_000;

export interface WatchSessionOptions {
  readonly codec: Codec;
  readonly clock: Clock;
  readonly framing: WatchFraming;
  readonly contentType: string;
  /** What stands before the events that the store delivers; undefined where there is nothing. */
  readonly initial: { next(): Promise<Uint8Array | undefined> } | undefined;
  /** Bookmarks were allowed by the client. */
  readonly bookmarks: boolean;
  /** A bookmark with the initial-events-end annotation follows the initial frames. */
  readonly initialEventsEnd: boolean;
  readonly timeoutSeconds: number;
  /** Opens the store's watch; a StorageError becomes an ERROR event. */
  readonly open: (onReady: () => void) => WatchStream;
  /**
   * All of the watch, what it begins with and its bookmark too, for a sink that takes events
   * without this session: `initial` is undefined then.
   */
  readonly state?: DirectWatch;
  /** The same watch for sinks that take events without this session, where that may be. */
  readonly direct?: () => DirectWatch;
  /** Table: rewrites whole frames. */
  readonly transform: ((frames: Uint8Array) => Uint8Array) | undefined;
  readonly onEvents: (events: number, bytes: number) => void;
  readonly onClose: () => void;
}

type State =
  | "writing"
  /** The peer is slow. */
  | "blocked"
  /** Events pass by; here are the timers, and the end. */
  | { readonly source: DirectWatch }
  | "closed";

/**
 * One running watch: the store's cursor, its timers and the client's stream. Holds at most one
 * taken batch; everything else waits in the store, which bounds it. Where storage and the sink can,
 * what comes after the initial events goes from one to the other.
 */
export class WatchSession {
  readonly contentType: string;
  readonly #options: WatchSessionOptions;
  readonly #timers: Timer[] = [];
  #sink: WatchSink | undefined;
  #stream: WatchStream | undefined;
  #state: State = "writing";
  /** It was tried, or cannot be. */
  #isIndirect = false;
  #bookmarkDue = false;
  #initialEndDue: boolean;
  #initial: WatchSessionOptions["initial"];
  #isLoading = false;
  /** As many as there are callers. */
  readonly #closed: (() => void)[] = [];
  #initialized: (() => void) | undefined;
  #stateSent: (() => void) | undefined;

  constructor(options: WatchSessionOptions) {
    this.#options = options;
    this.contentType = options.contentType;
    this.#initialEndDue = options.initialEventsEnd;
    this.#initial = options.initial;
  }

  start(sink: WatchSink): void {
    this.#sink = sink;
    // Ended before anybody listened.
    if (this.#state === "closed") {
      sink.end();
      return;
    }
    const { clock, timeoutSeconds } = this.#options;
    // Over before it began, as upstream takes it.
    if (timeoutSeconds < 0) {
      this.end();
      return;
    }
    this.#timers.push(clock.setTimer(timeoutSeconds * 1000, () => this.#timeOut()));
    if (this.#options.bookmarks) {
      this.#armBookmark();
    }
    const { state, direct } = this.#options;
    if (state !== undefined) {
      this.#pipeState(sink, state);
      return;
    }
    if (this.#initial === undefined && !this.#initialEndDue && this.#pipe(sink, direct)) return;
    try {
      this.#stream = this.#options.open(() => this.#pump());
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#pump();
  }

  /** Called once when the watch is over, whoever ended it; at once where it is. */
  onClosed(callback: () => void): void {
    if (this.#state === "closed") callback();
    else this.#closed.push(callback);
  }

  /**
   * Called once when what stands before the store's events has been sent, or will not be, or waits
   * for a slow client.
   */
  onInitialized(callback: () => void): void {
    if (this.#state === "closed") callback();
    else this.#initialized = callback;
  }

  /** Called once when what stands before the store's events has been sent, or will not be. */
  onStateSent(callback: () => void): void {
    if (this.#state === "closed") callback();
    else this.#stateSent = callback;
  }

  /** The client has gone or the server stops: nothing more is written. */
  close(): void {
    if (this.#state === "closed") {
      return;
    }
    this.#state = "closed";
    for (const timer of this.#timers) {
      timer.cancel();
    }
    this.#stream?.close();
    this.#options.state?.close();
    this.#options.onClose();
    this.#nowSent();
    for (const callback of this.#closed) callback();
  }

  /** Ends the stream so that the client sees a normal end and watches again elsewhere. */
  end(): void {
    if (this.#state !== "closed") {
      this.close();
      this.#sink?.end();
    }
  }

  /** As end, when what has been committed by now has been sent, as far as the client takes it. */
  finish(): void {
    if (typeof this.#state === "object") {
      // The end is told when it has come.
      this.#state.source.finish();
      return;
    }
    this.#pump();
    this.end();
  }

  /** Called by the store and by timers: what fails here ends this watch and nobody else's. */
  #pump(): void {
    try {
      this.#writeReady();
    } catch (error) {
      this.#fail(error);
    }
  }

  #writeReady(): void {
    while (this.#state === "writing" && this.#stream !== undefined) {
      if (this.#initial !== undefined) {
        this.#loadInitial(this.#initial);
        return;
      }
      this.#nowSent();
      // Also where there was nothing to send: clients wait for it before they trust their cache.
      if (this.#initialEndDue) {
        this.#initialEndDue = false;
        this.#write(this.#stream.bookmark(true));
        continue;
      }
      if (this.#sink !== undefined && this.#pipe(this.#sink, this.#options.direct)) return;
      if (!this.#takeBatch(this.#stream)) {
        return;
      }
    }
  }

  #nowSent(): void {
    this.#nowInitialized();
    const callback = this.#stateSent;
    this.#stateSent = undefined;
    callback?.();
  }

  #nowInitialized(): void {
    const callback = this.#initialized;
    this.#initialized = undefined;
    callback?.();
  }

  #pipeState(sink: WatchSink, source: DirectWatch): void {
    if (sink.pipe === undefined) throw new Error("the sink takes no sources");
    const news = { slow: () => this.#nowInitialized(), settled: () => this.#nowSent() };
    try {
      sink.pipe(source, (end) => this.#piped(end), news);
      if (this.#state !== "closed") this.#state = { source };
    } catch (error) {
      this.#fail(this.#whyNot() ?? error);
    }
  }

  /** In the words of the session's own way, where that could not begin either. */
  #whyNot(): unknown {
    try {
      this.#options.open(() => undefined).close();
      return undefined;
    } catch (error) {
      return error;
    }
  }

  /** Whether events go to the sink by themselves from now on. */
  #pipe(sink: WatchSink, direct: WatchSessionOptions["direct"]): boolean {
    if (this.#isIndirect || direct === undefined || sink.pipe === undefined) return false;
    this.#isIndirect = true;
    let source: DirectWatch;
    try {
      source = direct();
      sink.pipe(source, (end) => this.#piped(end));
    } catch {
      // The session's own way knows what to say of it.
      return false;
    }
    this.#stream?.close();
    this.#stream = undefined;
    this.#nowInitialized();
    if (this.#state !== "closed") this.#state = { source };
    return true;
  }

  #piped(end: PipeEnd): void {
    if (end.outcome === "compacted") this.#fail(expired());
    else if (end.outcome === "failed") this.#fail(new Error(end.message));
    else if (end.outcome === "gone") this.close();
    else this.end();
  }

  /** One page at a time; what comes meanwhile waits in the store. */
  #loadInitial(initial: NonNullable<WatchSessionOptions["initial"]>): void {
    if (this.#isLoading) {
      return;
    }
    this.#isLoading = true;
    initial.next().then(
      (page) => {
        this.#isLoading = false;
        if (page === undefined) {
          this.#initial = undefined;
        } else if (page.length > 0) {
          this.#writeGuarded(page);
        }
        this.#pump();
      },
      (error: unknown) => this.#fail(error),
    );
  }

  #writeGuarded(frames: Uint8Array): void {
    try {
      this.#write(frames);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** False when there was nothing to take. */
  #takeBatch(stream: WatchStream): boolean {
    let batch: WatchBatch;
    try {
      batch = stream.take(takeBytes);
    } catch (error) {
      this.#fail(error);
      return false;
    }
    if (batch.events > 0) {
      this.#options.onEvents(batch.events, batch.bytes.length);
      this.#write(batch.bytes);
    }
    if (batch.ended !== undefined) {
      if (batch.ended === "compacted") {
        this.#fail(expired());
      } else if (batch.ended === "unreadable") {
        this.#fail(new StorageError("corrupt", "a value that comes next cannot be read"));
      } else {
        this.end();
      }
      return false;
    }
    if (batch.events === 0 && this.#bookmarkDue) {
      this.#bookmarkDue = false;
      this.#write(stream.bookmark(false));
    }
    return batch.events > 0;
  }

  #write(frames: Uint8Array): void {
    const bytes = this.#options.transform?.(frames) ?? frames;
    if (this.#sink === undefined || this.#state === "closed" || this.#sink.write(bytes)) {
      return;
    }
    if (this.#state === "writing") {
      this.#state = "blocked";
      // What waits for the client is no work of the server: it holds nobody's seat.
      this.#nowInitialized();
      this.#sink.onDrain(() => {
        if (this.#state === "blocked") {
          this.#state = "writing";
          this.#pump();
        }
      });
    }
  }

  #armBookmark(): void {
    this.#timers.push(
      this.#options.clock.setTimer(bookmarkMilliseconds, () => {
        this.#timers.pop();
        this.#armBookmark();
        if (typeof this.#state === "object") {
          this.#state.source.bookmark();
          return;
        }
        this.#bookmarkDue = true;
        this.#pump();
      }),
    );
  }

  #timeOut(): void {
    if (this.#options.bookmarks) {
      if (typeof this.#state === "object") this.#state.source.bookmark();
      else this.#bookmarkDue = true;
    }
    this.finish();
  }

  #fail(error: unknown): void {
    if (this.#state === "closed") {
      return;
    }
    const { codec, framing } = this.#options;
    const { status } = toApiError(error);
    this.#sink?.write(errorFrame(codec, framing, status));
    this.end();
  }
}

function expired() {
  return apiErrors.expired("The resourceVersion for the provided watch is too old.");
}

function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) {
    return error;
  }
  const isCompacted = error instanceof StorageError && error.reason === "compacted";
  return isCompacted ? expired() : apiErrors.internal(error);
}
