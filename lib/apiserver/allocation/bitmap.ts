/**
 * Which numbers of a range are taken, one bit each, in the form in which a RangeAllocation keeps
 * them: the bytes of one big number, most significant first, without leading zeros. Its bit n is
 * the n-th number of the range. A bitmap never changes.
 */
export class Bitmap {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  static of(offsets: Iterable<number>): Bitmap {
    return new Bitmap(new Uint8Array()).changed(offsets, []);
  }

  has(offset: number): boolean {
    const at = this.#bytes.length - 1 - (offset >> 3);
    return ((this.#bytes[at] ?? 0) & (1 << (offset & 7))) !== 0;
  }

  /** A bitmap with and without some offsets; what is in both is in it. */
  changed(added: Iterable<number>, removed: Iterable<number>): Bitmap {
    const plus = [...added];
    const length = Math.max(this.#bytes.length, ...plus.map((offset) => (offset >> 3) + 1));
    const bytes = new Uint8Array(length);
    bytes.set(this.#bytes, length - this.#bytes.length);
    const set = (offset: number, isTaken: boolean): void => {
      const at = length - 1 - (offset >> 3);
      if (at < 0) return;
      const bit = 1 << (offset & 7);
      bytes[at] = isTaken ? (bytes[at] ?? 0) | bit : (bytes[at] ?? 0) & ~bit;
    };
    for (const offset of removed) set(offset, false);
    for (const offset of plus) set(offset, true);
    const first = bytes.findIndex((byte) => byte !== 0);
    return new Bitmap(bytes.subarray(first < 0 ? length : first));
  }

  /** What is taken, in ascending order. */
  *[Symbol.iterator](): IterableIterator<number> {
    for (let offset = 0; offset < this.#bytes.length * 8; offset += 1) {
      if (this.has(offset)) yield offset;
    }
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }
}
