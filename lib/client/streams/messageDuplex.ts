import { Duplex } from "node:stream";
import type { Messages } from "../../platform/streaming/messages.js";

/** The bytes that a WebSocket's binary messages carry, as one stream. */
export class MessageDuplex extends Duplex {
  readonly #socket: Messages;
  #wanted: (() => void) | undefined;

  constructor(socket: Messages) {
    super({ allowHalfOpen: false });
    this.#socket = socket;
    socket.onMessage((bytes) => {
      if (this.destroyed || this.push(bytes)) return undefined;
      return new Promise((resolve) => {
        this.#wanted = resolve;
      });
    });
    socket.closed.then(() => this.destroy()).catch(() => undefined);
  }

  override _read(): void {
    const wanted = this.#wanted;
    this.#wanted = undefined;
    wanted?.();
  }

  override _write(bytes: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.#socket.send(bytes).then(() => done(), done);
  }

  override _final(done: () => void): void {
    this.#socket.close(1000);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#wanted?.();
    this.#socket.cut();
    done(error);
  }
}
