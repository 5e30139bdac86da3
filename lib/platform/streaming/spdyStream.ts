import { Duplex } from "node:stream";
import type { SpdyHeaders } from "./spdyHeaders.js";

/** What a stream asks of its connection. */
export interface SpdyStreamConnection {
  reply(headers: SpdyHeaders): void;
  /** How many bytes the connection as a whole may send now. */
  readonly allowedBytes: number;
  /** Not more than is allowed; done comes when the bytes have left. */
  send(bytes: Buffer, isLast: boolean, done: (error?: Error) => void): void;
  reset(): void;
  /** The reader wants more, or has read everything. */
  drained(): void;
  gone(): void;
}

const bufferBytes = 64 * 1024;
/** A frame may have 16 MiB; smaller ones let streams take turns. */
const maxFrameBytes = 256 * 1024;

interface PendingWrite {
  bytes: Buffer;
  readonly done: (error?: Error) => void;
}

/**
 * One stream of a SPDY connection. Both directions end by themselves: end() is a half-close, and
 * reading goes on. destroy() resets it.
 */
export class SpdyStream extends Duplex {
  readonly id: number;
  readonly headers: SpdyHeaders;
  /** Resolves with the peer's reply; rejects when the stream ends without one. */
  readonly reply: Promise<SpdyHeaders>;
  readonly #connection: SpdyStreamConnection;
  #resolveReply: (headers: SpdyHeaders) => void = () => undefined;
  #rejectReply: (error: Error) => void = () => undefined;
  /** Undefined while the peer keeps no windows. */
  #windowBytes: number | undefined;
  #pending: PendingWrite | undefined;
  #isSending = false;
  #hasEnded = false;
  #hasFinished = false;
  sentBytes = 0;

  constructor(id: number, headers: SpdyHeaders, connection: SpdyStreamConnection) {
    super({
      allowHalfOpen: true,
      readableHighWaterMark: bufferBytes,
      writableHighWaterMark: bufferBytes,
    });
    this.id = id;
    this.headers = headers;
    this.#connection = connection;
    this.reply = new Promise((resolve, reject) => {
      this.#resolveReply = resolve;
      this.#rejectReply = reject;
    });
    this.reply.catch(() => undefined);
    this.on("error", () => undefined);
    // Node calls _read no more once the peer's end was pushed: a connection that this stream held
    // up before would be read no further, and the other streams would wait for ever.
    this.once("end", () => connection.drained());
  }

  header(name: string): string {
    const value = this.headers[name];
    return typeof value === "string" ? value : (value?.[0] ?? "");
  }

  /** Accepts a stream that the peer opened. */
  accept(headers: SpdyHeaders = {}): void {
    this.#connection.reply(headers);
  }

  replied(headers: SpdyHeaders): void {
    this.#resolveReply(headers);
  }

  /** False when the reader is slow. */
  receive(bytes: Buffer, isLast: boolean): boolean {
    if (this.#hasEnded || this.destroyed) return true;
    let isReady = true;
    if (bytes.length > 0) {
      isReady = this.push(bytes);
    }
    if (isLast) {
      this.#hasEnded = true;
      this.push(null);
    }
    return isReady || isLast;
  }

  /**
   * The peer reset it: an end as any other, since runtimes end their last stream so. What came
   * before can be read; what is written from now on goes nowhere.
   */
  onReset(): void {
    if (this.destroyed) return;
    this.#hasFinished = true;
    this.#sendPending();
    if (!this.#hasEnded) {
      this.#hasEnded = true;
      this.push(null);
    }
    if (this.readableEnded) this.destroy();
    else this.once("end", () => this.destroy());
  }

  /** The connection is over: an error, unless the peer had ended the stream. */
  cut(): void {
    if (this.#hasEnded) {
      this.onReset();
      return;
    }
    this.#hasFinished = true;
    this.#hasEnded = true;
    this.destroy(new Error("the connection is lost"));
  }

  grantWindow(deltaBytes: number): void {
    this.#windowBytes = (this.#windowBytes ?? 0) + deltaBytes;
    this.#sendPending();
  }

  override _read(): void {
    this.#connection.drained();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.#pending = { bytes: chunk, done };
    this.#sendPending();
  }

  override _final(done: (error?: Error) => void): void {
    if (this.#hasFinished) {
      done();
      return;
    }
    this.#hasFinished = true;
    this.#connection.send(Buffer.alloc(0), true, done);
  }

  /** One piece at a time, so that whatever comes back meanwhile finds the state whole. */
  #sendPending(): void {
    const pending = this.#pending;
    if (!pending || this.#isSending) return;
    if (this.#hasFinished) {
      this.#pending = undefined;
      pending.done();
      return;
    }
    const window = Math.min(
      this.#windowBytes ?? Number.POSITIVE_INFINITY,
      this.#connection.allowedBytes,
      maxFrameBytes,
    );
    const length = Math.min(pending.bytes.length, Math.max(0, window));
    if (length === 0 && pending.bytes.length > 0) return;
    const part = pending.bytes.subarray(0, length);
    pending.bytes = pending.bytes.subarray(length);
    this.sentBytes += length;
    if (this.#windowBytes !== undefined) this.#windowBytes -= length;
    this.#isSending = true;
    this.#connection.send(part, false, (error) => {
      this.#isSending = false;
      if (this.#pending !== pending) return;
      if (error || pending.bytes.length === 0) {
        this.#pending = undefined;
        pending.done(error);
      } else {
        this.#sendPending();
      }
    });
  }

  #failPending(error: Error): void {
    const pending = this.#pending;
    this.#pending = undefined;
    pending?.done(error);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const isOver = this.#hasEnded && this.#hasFinished;
    if (!isOver) this.#connection.reset();
    this.#hasEnded = true;
    this.#hasFinished = true;
    this.#failPending(error ?? new Error("the stream is closed"));
    this.#rejectReply(error ?? new Error("the stream is closed"));
    this.#connection.gone();
    done(error);
  }
}
