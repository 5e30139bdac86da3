import { Readable } from "node:stream";
import { addon } from "../../../native/addon.js";
import type {
  Headers,
  HttpRequest,
  HttpResponse,
  PipeEnd,
  PipeNews,
  ReadGrant,
  WritesGrant,
} from "../../network.js";
import type { Unsent } from "../unsentBudget.js";
import { writeHeaders } from "./headerBlocks.js";
import type { NativeConnection } from "./nativeConnection.js";
import type { NativeFront } from "./nativeFront.js";
import { bodyKind, command } from "./wire.js";

/** What may be on its way to a client before its writer is asked to wait. */
const highWaterBytes = 64 * 1024;
const lowWaterBytes = 32 * 1024;
/** What may be read ahead of a body or an upgraded connection that is streamed. */
const readAheadBytes = 256 * 1024;
const noBytes = Buffer.alloc(0);
const gone: PipeEnd = { outcome: "gone", count: 0, bytes: 0, message: "" };

export interface RequestHead {
  readonly method: string;
  readonly target: string;
  readonly httpVersion: "1.1" | "2.0";
  readonly headers: Headers;
  /** Undefined without Content-Length. */
  readonly contentLength: number | undefined;
  readonly repeatsHeaders: boolean;
}

function bodyTooLarge(maxBytes: number): Error {
  return Object.assign(new Error(`the body is larger than ${maxBytes} bytes`), {
    code: "BODY_TOO_LARGE",
  });
}

function cutError(): Error {
  return Object.assign(new Error("cut"), { code: "ECONNRESET" });
}

/** The writing side that responses and upgraded connections share. */
export class Outgoing {
  readonly #front: NativeFront;
  readonly id: number;
  readonly #unsent: Unsent | undefined;
  /** Bytes that the client's connection has not taken, as far as is known. */
  #outstanding = 0;
  /** Bytes that are counted as unsent and will be written. */
  #announced = 0;
  #onDrain: (() => void) | undefined;

  constructor(front: NativeFront, id: number, unsent?: Unsent) {
    this.#front = front;
    this.id = id;
    this.#unsent = unsent;
  }

  /** Nobody hears any more what the client takes. */
  forget(): void {
    const counted = this.unsentBytes;
    this.#outstanding = 0;
    this.#announced = 0;
    this.#unsent?.add(-counted);
  }

  get unsentBytes(): number {
    return this.#outstanding + this.#announced;
  }

  /** So many bytes will be written: they are unsent from now on. */
  announce(bytes: number): void {
    const more = bytes - this.#announced;
    this.#announced = bytes;
    this.#unsent?.add(more);
  }

  write(bytes: Uint8Array): boolean {
    const announced = Math.min(bytes.length, this.#announced);
    this.#announced -= announced;
    this.#outstanding += bytes.length;
    this.#unsent?.add(bytes.length - announced);
    this.#front.commands(this.id).write(this.id, bytes);
    return this.#outstanding < highWaterBytes;
  }

  /** Called once, soon or when the client has read most of what was written. */
  onDrain(callback: () => void): void {
    const former = this.#onDrain;
    this.#onDrain =
      former === undefined
        ? callback
        : () => {
            former();
            callback();
          };
    if (former === undefined) this.#front.commands(this.id).plain(command.tellDrained, this.id);
  }

  drained(bytes: number): void {
    const taken = Math.min(bytes, this.#outstanding);
    this.#outstanding -= taken;
    this.#unsent?.add(-taken);
    if (this.#outstanding >= lowWaterBytes) return;
    const callback = this.#onDrain;
    this.#onDrain = undefined;
    callback?.();
  }
}

/** The reading side of what comes in pieces: a body, or an upgraded connection. */
export class Incoming {
  readonly #front: NativeFront;
  readonly #id: number;
  /** Bytes that were taken and that the front has not been told of. */
  #taken = readAheadBytes;
  #isPaused = false;

  constructor(front: NativeFront, id: number) {
    this.#front = front;
    this.#id = id;
  }

  /** The reader wants more. */
  resume(): void {
    this.#isPaused = false;
    if (this.#taken < readAheadBytes / 4) return;
    this.#front.commands(this.#id).credit(this.#id, this.#taken);
    this.#taken = 0;
  }

  /** Whether the reader has taken it without being full. */
  push(readable: Readable, bytes: Buffer): void {
    this.#taken += bytes.length;
    if (!readable.push(bytes)) this.#isPaused = true;
    if (!this.#isPaused) this.resume();
  }
}

/** One request and its response. */
export class NativeExchange implements HttpRequest, HttpResponse {
  readonly connection: NativeConnection;
  readonly method: string;
  readonly target: string;
  readonly httpVersion: "1.1" | "2.0";
  readonly repeatsHeaders: boolean;
  headersSent = false;
  readonly #front: NativeFront;
  readonly #outgoing: Outgoing;
  readonly #blockHeaders: Headers;
  readonly #contentLength: number | undefined;
  readonly #bodyKind: number;
  #bytes: Uint8Array | undefined;
  #headers: Headers | undefined;
  #abort: AbortController | undefined;
  #isGone = false;
  #isOver = false;
  #incoming: Incoming | undefined;
  #body: Readable | undefined;
  #onPiped: ((end: PipeEnd) => void) | undefined;
  #onSlow: (() => void) | undefined;
  #onSettled: (() => void) | undefined;
  /** It is heard of until its client has taken it all. */
  #isHeld = false;
  #onTaken: (() => void) | undefined;
  /** More is counted for it than is known. */
  #isPresumed = false;
  #forgetWait: (() => void) | undefined;
  waitedMilliseconds = 0;

  constructor(
    front: NativeFront,
    id: number,
    connection: NativeConnection,
    head: RequestHead,
    kind: number,
    bytes: Uint8Array | undefined,
  ) {
    this.#front = front;
    this.#outgoing = new Outgoing(front, id, connection.unsent);
    this.connection = connection;
    this.method = head.method;
    this.target = head.target;
    this.httpVersion = head.httpVersion;
    this.repeatsHeaders = head.repeatsHeaders;
    this.#blockHeaders = head.headers;
    this.#contentLength = head.contentLength;
    this.#bodyKind = kind;
    this.#bytes = bytes;
  }

  /** Those of the connection's block are shared by many requests. */
  get headers(): Headers {
    if (this.#contentLength === undefined) return this.#blockHeaders;
    this.#headers ??= { ...this.#blockHeaders, "content-length": String(this.#contentLength) };
    return this.#headers;
  }

  /** Made only when somebody asks: most requests end before anyone would. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#isGone) this.#abort.abort();
    return this.#abort.signal;
  }

  readBody(maxBytes: number): Uint8Array | Promise<Uint8Array> {
    if (this.#bodyKind === bodyKind.tooLarge || (this.#contentLength ?? 0) > maxBytes) {
      return Promise.reject(bodyTooLarge(maxBytes));
    }
    if (this.#bodyKind === bodyKind.streamed) return readWhole(this.body, maxBytes);
    const bytes = this.#bytes ?? noBytes;
    this.#bytes = undefined;
    if (bytes.length > maxBytes) return Promise.reject(bodyTooLarge(maxBytes));
    return bytes;
  }

  get body(): Readable {
    this.#body ??= this.#makeBody();
    return this.#body;
  }

  #makeBody(): Readable {
    if (this.#bodyKind !== bodyKind.streamed) {
      const bytes = this.#bytes ?? noBytes;
      this.#bytes = undefined;
      return Readable.from(bytes.length === 0 ? [] : [bytes], { objectMode: false });
    }
    const incoming = new Incoming(this.#front, this.#outgoing.id);
    this.#incoming = incoming;
    const body = new Readable({ read: () => incoming.resume() });
    body.on("error", () => undefined);
    if (this.#isGone) body.destroy(cutError());
    return body;
  }

  grant(grant: ReadGrant): void {
    if (this.#isOver) return;
    const { before, between, headers, tail, belowBytes, milliseconds, objects, figures } = grant;
    if (!(objects instanceof addon.NativeProvenObjects)) throw new TypeError("not storage's own");
    if (!(figures instanceof addon.NativeReadFigures)) throw new TypeError("not storage's own");
    const form = { headers: writeHeaders(headers), tail, belowBytes };
    const input = { before, ...form, milliseconds };
    const paths = between === undefined ? input : { ...input, between };
    this.#front.threads.grant(this.#outgoing.id, paths, objects, figures);
  }

  grantWrites(grant: WritesGrant): void {
    if (this.#isOver) return;
    const { method, target, after, headers, tail, writes, figures, seats } = grant;
    const areOwn =
      writes instanceof addon.NativeProvenWrites &&
      figures instanceof addon.NativeReadFigures &&
      (seats === undefined || seats instanceof addon.NativeSeats);
    if (!areOwn) throw new TypeError("not storage's own");
    const { compressedFrom, milliseconds } = grant;
    const form = { headers: writeHeaders(headers), tail, compressedFrom, milliseconds };
    const place = after === undefined ? { method, target } : { method, target, after };
    const input = { ...place, ...form };
    const { id } = this.#outgoing;
    this.#front.threads.grantWrites(id, input, writes, figures, seats);
  }

  hold(bytes: number, onTaken: () => void): void {
    if (this.#isOver || this.#isHeld) {
      onTaken();
      return;
    }
    this.#isHeld = true;
    this.#onTaken = onTaken;
    if (this.#isPresumed) this.connection.unsent.sized(bytes);
    this.#outgoing.announce(bytes);
    this.#front.commands(this.#outgoing.id).plain(command.hold, this.#outgoing.id);
    this.#front.lookSoon();
  }

  /**
   * Waits until its client has taken what it asked for before; the callback says whether that took
   * too long. It is not called where its client goes first.
   */
  waitForRoom(longestMilliseconds: number, begin: (isLate: boolean) => void): void {
    const since = performance.now();
    const over = (isLate: boolean): void => {
      this.waitedMilliseconds = performance.now() - since;
      this.#endWait();
      begin(isLate);
    };
    const timer = setTimeout(() => over(true), longestMilliseconds);
    const leave = this.connection.unsent.whenRoom(() => over(false));
    this.#forgetWait = () => {
      clearTimeout(timer);
      leave();
    };
  }

  room(isLarge: boolean): Promise<void> | undefined {
    const { unsent } = this.connection;
    if (this.#isOver) return undefined;
    if (!unsent.isFull) {
      this.#isPresumed = isLarge;
      if (isLarge) this.#outgoing.announce(unsent.presumed);
      return undefined;
    }
    return new Promise((resolve) => {
      const leave = unsent.whenRoom(resolve);
      this.#forgetWait = () => {
        leave();
        resolve();
      };
    });
  }

  #endWait(): void {
    const forget = this.#forgetWait;
    this.#forgetWait = undefined;
    forget?.();
  }

  send(status: number, headers: Headers, body?: Uint8Array | string): void {
    if (this.#isOver) return;
    const block = writeHeaders(headers);
    this.headersSent = true;
    const bytes = typeof body === "string" ? Buffer.from(body) : body;
    this.#said(bytes?.length ?? 0);
    const { id } = this.#outgoing;
    this.#front.commands(id).send(id, status, block, bytes);
  }

  start(status: number, headers: Headers): void {
    if (this.#isOver) return;
    const block = writeHeaders(headers);
    this.headersSent = true;
    const { id } = this.#outgoing;
    this.#front.commands(id).start(id, status, block);
  }

  pipe(source: object, onEnd: (end: PipeEnd) => void, news: PipeNews = {}): void {
    if (!(source instanceof addon.NativeSource)) throw new TypeError("not storage's own");
    if (this.#isOver) {
      onEnd(gone);
      return;
    }
    // It holds little, however long it is.
    this.#outgoing.announce(0);
    this.#front.pipe(this.#outgoing.id, source);
    this.#onPiped = onEnd;
    this.#onSlow = news.slow;
    this.#onSettled = news.settled;
  }

  write(bytes: Uint8Array): boolean {
    return this.#isOver ? true : this.#outgoing.write(bytes);
  }

  onDrain(callback: () => void): void {
    if (!this.#isOver) this.#outgoing.onDrain(callback);
  }

  end(trailers?: Headers): void {
    if (this.#isOver) return;
    const block = trailers === undefined ? undefined : writeHeaders(trailers);
    this.#said(0);
    const { id } = this.#outgoing;
    const commands = this.#front.commands(id);
    if (block === undefined) commands.plain(command.end, id);
    else commands.trailers(id, block);
  }

  abort(): void {
    if (this.#isOver) return;
    this.#front.commands(this.#outgoing.id).plain(command.abort, this.#outgoing.id);
    this.gone();
  }

  /** Nothing more comes of it, but these bytes; where it is held they are counted until taken. */
  #said(last: number): void {
    if (!this.#isHeld) {
      this.#over();
      return;
    }
    this.#isOver = true;
    this.#outgoing.announce(last);
  }

  #over(): void {
    this.#isOver = true;
    this.#forget();
    this.piped(gone);
  }

  /** Nothing is heard of it any more. */
  #forget(): void {
    const { unsent } = this.connection;
    if (this.#isHeld) unsent.budget.forget(this);
    this.#isHeld = false;
    this.#endWait();
    this.#front.forget(this.#outgoing.id);
    this.taken();
    this.#outgoing.forget();
  }

  get unsentBytes(): number {
    return this.#outgoing.unsentBytes;
  }

  /** Its client is slow, and memory is needed. */
  cut(): void {
    this.#front.commands(this.#outgoing.id).plain(command.abort, this.#outgoing.id);
    this.gone();
  }

  /** Whether its client has gone, or its response is over. */
  get isOver(): boolean {
    return this.#isOver;
  }

  // What the front tells.

  gone(): void {
    if (this.#isOver) {
      if (this.#isHeld) this.#forget();
      return;
    }
    this.#over();
    this.#isGone = true;
    this.#abort?.abort();
    this.#body?.destroy(cutError());
  }

  drained(bytes: number): void {
    this.#outgoing.drained(bytes);
  }

  data(bytes: Buffer): void {
    if (this.#body !== undefined) this.#incoming?.push(this.#body, bytes);
  }

  dataEnd(): void {
    this.#body?.push(null);
  }

  dataCut(): void {
    this.#body?.destroy(cutError());
  }

  finished(): void {}

  /** The client's connection has all of it. */
  sent(): void {
    if (this.#isOver) this.#forget();
  }

  /** Nobody waits for it to be taken any more. */
  taken(): void {
    const onTaken = this.#onTaken;
    this.#onTaken = undefined;
    onTaken?.();
  }

  piped(end: PipeEnd): void {
    const onPiped = this.#onPiped;
    this.#onPiped = undefined;
    this.#onSlow = undefined;
    this.#onSettled = undefined;
    onPiped?.(end);
  }

  settled(): void {
    const onSettled = this.#onSettled;
    this.#onSettled = undefined;
    onSettled?.();
  }

  slow(): void {
    const onSlow = this.#onSlow;
    this.#onSlow = undefined;
    onSlow?.();
    if (!this.#isHeld) return;
    this.taken();
    this.connection.unsent.budget.becameSlow(this);
  }
}

function readWhole(body: Readable, maxBytes: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let length = 0;
    body.on("data", (part: Buffer) => {
      length += part.length;
      if (length > maxBytes) {
        body.removeAllListeners("data");
        body.pause();
        reject(bodyTooLarge(maxBytes));
        return;
      }
      parts.push(part);
    });
    body.on("end", () => resolve(parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)));
    body.on("error", reject);
    body.on("close", () => reject(cutError()));
  });
}
