import { Duplex } from "node:stream";

/** Of what was written and not yet read: then the writer waits. */
const bufferBytes = 16 * 1024;

export class PairedStream extends Duplex {
  other: PairedStream | undefined;
  #held: (() => void) | undefined;
  /** Bytes that were written so far. */
  written = 0;

  override _read(): void {
    const held = this.#held;
    this.#held = undefined;
    held?.();
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    const { other } = this;
    this.written += chunk.length;
    if (!other || other.destroyed || other.push(chunk)) done();
    else other.#held = done;
  }

  override _final(done: () => void): void {
    this.other?.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const { other } = this;
    this.#held?.();
    if (other && !other.destroyed) process.nextTick(() => other.destroy());
    done(error);
  }
}

/** Two ends of one connection in memory, with back pressure. */
export function streamPair(): [PairedStream, PairedStream] {
  const options = { allowHalfOpen: true, highWaterMark: bufferBytes };
  const [one, other] = [new PairedStream(options), new PairedStream(options)];
  one.other = other;
  other.other = one;
  return [one, other];
}
