/**
 * Writes the few length-delimited fields of the envelopes in proto/steersman/v1. Empty values are
 * left out.
 */
export class WireWriter {
  readonly #parts: Uint8Array[] = [];

  string(field: number, value: string): this {
    return value === "" ? this : this.bytes(field, Buffer.from(value));
  }

  bytes(field: number, value: Uint8Array | undefined): this {
    if (value === undefined) return this;
    this.#parts.push(varint(field * 8 + 2), varint(value.length), value);
    return this;
  }

  finish(): Uint8Array {
    return Buffer.concat(this.#parts);
  }
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
