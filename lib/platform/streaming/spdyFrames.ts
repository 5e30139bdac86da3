import { maxHeaderBlockBytes } from "./spdyHeaders.js";

const headBytes = 8;
const maxControlBytes = maxHeaderBlockBytes + 1024;

export interface SpdyFrameHandlers {
  readonly onControl: (type: number, flags: number, payload: Buffer) => void;
  /** Data as it comes, not frame by frame: a frame may have 16 MiB. */
  readonly onData: (streamId: number, bytes: Buffer, isLast: boolean) => void;
}

type DataFrame = { readonly id: number; readonly isFin: boolean; left: number };

/** Cuts a connection's bytes into frames. Holds at most one control frame (33 KiB). */
export class SpdyFrameReader {
  readonly #handlers: SpdyFrameHandlers;
  #held: Buffer = Buffer.alloc(0);
  #data: DataFrame | undefined;

  constructor(handlers: SpdyFrameHandlers) {
    this.#handlers = handlers;
  }

  /** Throws where the peer breaks the protocol. */
  read(bytes: Buffer): void {
    let rest = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    for (;;) {
      if (this.#data) {
        rest = this.#readData(this.#data, rest);
        if (this.#data) break;
      }
      if (rest.length < headBytes) break;
      const length = rest.readUInt32BE(4) & 0xffffff;
      const flags = rest[4] as number;
      if (((rest[0] as number) & 0x80) === 0) {
        this.#data = { id: rest.readUInt32BE(0), isFin: (flags & 1) !== 0, left: length };
        rest = rest.subarray(headBytes);
        continue;
      }
      if (length > maxControlBytes) throw new Error("a control frame is too large");
      if (rest.length < headBytes + length) break;
      if ((rest.readUInt16BE(0) & 0x7fff) !== 3) throw new Error("another version of SPDY");
      this.#handlers.onControl(
        rest.readUInt16BE(2),
        flags,
        rest.subarray(headBytes, headBytes + length),
      );
      rest = rest.subarray(headBytes + length);
    }
    this.#held = rest;
  }

  #readData(frame: DataFrame, bytes: Buffer): Buffer {
    const part = bytes.subarray(0, frame.left);
    frame.left -= part.length;
    const isOver = frame.left === 0;
    if (isOver) this.#data = undefined;
    if (part.length > 0 || isOver) {
      this.#handlers.onData(frame.id, part, isOver && frame.isFin);
    }
    return bytes.subarray(part.length);
  }
}
