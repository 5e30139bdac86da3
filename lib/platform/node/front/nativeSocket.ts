import { Duplex } from "node:stream";
import { Incoming, Outgoing } from "./nativeExchange.js";
import type { NativeFront } from "./nativeFront.js";
import { command } from "./wire.js";

/** A connection that was upgraded: its bytes as they are. */
export class NativeSocket extends Duplex {
  readonly #front: NativeFront;
  readonly #outgoing: Outgoing;
  readonly #incoming: Incoming;
  #onFinished: (() => void) | undefined;

  constructor(front: NativeFront, id: number) {
    super({ allowHalfOpen: true });
    this.#front = front;
    this.#outgoing = new Outgoing(front, id);
    this.#incoming = new Incoming(front, id);
    this.on("error", () => this.destroy());
  }

  override _read(): void {
    this.#incoming.resume();
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    if (this.#outgoing.write(bytes)) callback();
    else this.#outgoing.onDrain(callback);
  }

  /** Over when the connection has taken everything. */
  override _final(callback: () => void): void {
    this.#onFinished = callback;
    this.#plain(command.end);
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#plain(command.abort);
    this.#front.forget(this.#outgoing.id);
    callback(error);
  }

  #plain(kind: number): void {
    this.#front.commands(this.#outgoing.id).plain(kind, this.#outgoing.id);
  }

  // What the front tells.

  gone(): void {
    this.destroy();
  }

  drained(bytes: number): void {
    this.#outgoing.drained(bytes);
  }

  data(bytes: Buffer): void {
    this.#incoming.push(this, bytes);
  }

  dataEnd(): void {
    this.push(null);
  }

  dataCut(): void {
    this.destroy();
  }

  finished(): void {
    this.#onFinished?.();
  }
}
