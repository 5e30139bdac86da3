import { Duplex, type Readable } from "node:stream";
import { apiErrors } from "../../api/status.js";

const maxErrorBytes = 64 * 1024;

/**
 * One connection to a port of a pod. What the server says on its error stream ends it as an
 * ApiError, also where that comes after the data's end: the end is told when both are over, as
 * kubectl waits for both.
 */
export class ForwardedPort extends Duplex {
  readonly #data: Duplex;
  readonly #close: () => void;
  #text = "";
  #hasDataEnded = false;
  #hasErrorsEnded = false;

  constructor(data: Duplex, errors: Readable, close: () => void) {
    super({ allowHalfOpen: true });
    this.#data = data;
    this.#close = close;
    data.on("data", (bytes: Buffer) => {
      if (!this.push(bytes)) data.pause();
    });
    data.on("end", () => {
      this.#hasDataEnded = true;
      this.#finish();
    });
    data.on("error", (error) => this.destroy(error));
    data.on("close", () => {
      if (!this.#hasDataEnded) this.destroy();
    });
    errors.on("data", (bytes: Buffer) => {
      this.#text = (this.#text + bytes.toString("utf8")).slice(0, maxErrorBytes);
    });
    // One that is cut has nothing more to say; the data's own error then tells why.
    for (const event of ["end", "close"]) {
      errors.on(event, () => {
        this.#hasErrorsEnded = true;
        this.#finish();
      });
    }
    // Whoever only writes is not ended by it.
    this.on("error", () => undefined);
  }

  #finish(): void {
    if (!this.#hasErrorsEnded || this.destroyed) return;
    if (this.#text !== "") this.destroy(apiErrors.internal(new Error(this.#text)));
    else if (this.#hasDataEnded && !this.readableEnded) this.push(null);
  }

  override _read(): void {
    this.#data.resume();
  }

  override _write(
    chunk: Buffer,
    encoding: BufferEncoding,
    done: (error?: Error | null) => void,
  ): void {
    this.#data.write(chunk, encoding, done);
  }

  override _final(done: () => void): void {
    this.#data.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#data.destroy();
    this.#close();
    done(error);
  }
}
