// What passes between this thread and the front's threads; crates/front/src/wire.rs has the forms.

export const event = {
  arrived: 1,
  opened: 2,
  closed: 3,
  request: 4,
  gone: 5,
  drained: 6,
  data: 7,
  dataEnd: 8,
  dataCut: 9,
  finished: 10,
  listenerClosed: 11,
  piped: 12,
  slow: 13,
  sent: 14,
  settled: 15,
} as const;

export const requestFlag = { http2: 1, upgrade: 2, repeated: 4, late: 8 } as const;

export const newBlock = 0x80;
/** A block that is used once. */
export const unkeptBlock = 0xff;

export const bodyKind = { none: 0, whole: 1, large: 2, streamed: 3, tooLarge: 4 } as const;

export const verdict = { noCertificate: 0, verified: 1, notVerified: 2, isAuthority: 3 } as const;

export const command = {
  send: 1,
  start: 2,
  write: 3,
  end: 4,
  abort: 5,
  credit: 6,
  upgrade: 7,
  decline: 8,
  tellDrained: 9,
  admit: 10,
  cut: 11,
  hold: 12,
  trailers: 13,
} as const;

/** A length that stands for the bytes beside the batch. */
export const beside = 0xffff_ffff;

/** Reads events of one batch, one number or text after the other. */
export class EventReader {
  readonly #bytes: Buffer;
  readonly #length: number;
  #at = 0;

  constructor(bytes: Buffer, length: number) {
    this.#bytes = bytes;
    this.#length = length;
  }

  get hasMore(): boolean {
    return this.#at < this.#length;
  }

  byte(): number {
    const value = this.#bytes[this.#at] ?? 0;
    this.#at += 1;
    return value;
  }

  short(): number {
    const value = this.#bytes.readUInt16LE(this.#at);
    this.#at += 2;
    return value;
  }

  word(): number {
    const value = this.#bytes.readUInt32LE(this.#at);
    this.#at += 4;
    return value;
  }

  double(): number {
    const value = this.#bytes.readDoubleLE(this.#at);
    this.#at += 8;
    return value;
  }

  text(length: number): string {
    const from = this.#at;
    this.#at += length;
    return this.#bytes.toString("latin1", from, this.#at);
  }

  /** A copy: the batch's memory is used again. */
  bytes(length: number): Buffer {
    const from = this.#at;
    this.#at += length;
    const copy = Buffer.allocUnsafe(length);
    this.#bytes.copy(copy, 0, from, this.#at);
    return copy;
  }
}
