import { beside, command } from "./wire.js";

/** Commands are given when so many bytes of them wait, or at the end of the turn. */
const batchBytes = 64 * 1024;
/** Longer bodies stand beside the batch, so that they are copied once. */
const maxInlineBytes = 8 * 1024;
const noBytes = new Uint8Array(0);

type Submit = (batch: Buffer, length: number, beside?: Buffer) => void;

/** Commands for one of the front's threads. */
export class CommandBatch {
  readonly #submit: Submit;
  #bytes = Buffer.allocUnsafeSlow(batchBytes);
  #length = 0;

  constructor(submit: Submit) {
    this.#submit = submit;
  }

  plain(kind: number, id: number): void {
    this.#begin(kind, id, 0);
  }

  credit(id: number, bytes: number): void {
    this.#begin(command.credit, id, 4);
    this.#word(bytes);
  }

  send(id: number, status: number, headers: string, body: Uint8Array = noBytes): void {
    this.#begin(command.send, id, 2 + 4 + headers.length);
    this.#head(status, headers);
    this.#body(body);
  }

  start(id: number, status: number, headers: string): void {
    this.#begin(command.start, id, 2 + 4 + headers.length);
    this.#head(status, headers);
  }

  trailers(id: number, headers: string): void {
    this.#begin(command.trailers, id, 4 + headers.length);
    this.#word(headers.length);
    this.#length += this.#bytes.write(headers, this.#length, "latin1");
  }

  write(id: number, bytes: Uint8Array): void {
    this.#begin(command.write, id, 0);
    this.#body(bytes);
  }

  flush(more?: Buffer): void {
    if (this.#length === 0) return;
    const length = this.#length;
    this.#length = 0;
    this.#submit(this.#bytes, length, more);
    if (this.#bytes.length > batchBytes) this.#bytes = Buffer.allocUnsafeSlow(batchBytes);
  }

  /** Makes room for the command and whatever it carries inline. */
  #begin(kind: number, id: number, more: number): void {
    const needed = 1 + 4 + more + 4 + maxInlineBytes;
    if (this.#length + needed > this.#bytes.length) {
      this.flush();
      if (needed > this.#bytes.length) this.#bytes = Buffer.allocUnsafeSlow(needed);
    }
    this.#bytes[this.#length] = kind;
    this.#length += 1;
    this.#word(id);
  }

  #head(status: number, headers: string): void {
    this.#length = this.#bytes.writeUInt16LE(status, this.#length);
    this.#word(headers.length);
    this.#bytes.write(headers, this.#length, "latin1");
    this.#length += headers.length;
  }

  #body(bytes: Uint8Array): void {
    if (bytes.length > maxInlineBytes) {
      this.#word(beside);
      this.flush(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
      return;
    }
    this.#word(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #word(value: number): void {
    this.#length = this.#bytes.writeUInt32LE(value, this.#length);
  }
}
