import { lengthDelimitedFields } from "../../api/wire.js";
import type { WatchFrame } from "../transport.js";

/**
 * Bytes of one event beyond which the stream is given up: larger than any object that a server
 * takes.
 */
const maxFrameBytes = 64 * 1024 * 1024;

/** Cuts a stream into frames; keeps at most one unfinished frame. */
export interface FrameDecoder {
  /** Whole frames that end in these bytes. */
  push(bytes: Uint8Array): WatchFrame[];
}

const newline = 10;

/** One JSON document a line. */
export class JsonFrameDecoder implements FrameDecoder {
  #parts: Uint8Array[] = [];
  #length = 0;

  push(bytes: Uint8Array): WatchFrame[] {
    const frames: WatchFrame[] = [];
    let start = 0;
    for (;;) {
      const end = bytes.indexOf(newline, start);
      if (end < 0) break;
      const line = this.#line(bytes.subarray(start, end));
      if (line.length > 0) frames.push(JSON.parse(line) as WatchFrame);
      start = end + 1;
    }
    if (start < bytes.length) this.#keep(bytes.subarray(start));
    return frames;
  }

  #line(end: Uint8Array): string {
    if (this.#parts.length === 0) return asBuffer(end).toString("utf8");
    const line = Buffer.concat([...this.#parts, end]).toString("utf8");
    this.#parts = [];
    this.#length = 0;
    return line;
  }

  #keep(rest: Uint8Array): void {
    this.#length += rest.length;
    if (this.#length > maxFrameBytes) throw new Error("a watch event is too large");
    this.#parts.push(rest);
  }
}

/**
 * Four bytes of length, then a bare protobuf WatchEvent; `toObject` reads what its object holds.
 */
export class ProtobufFrameDecoder implements FrameDecoder {
  #rest: Buffer = Buffer.alloc(0);

  constructor(readonly toObject: (raw: Uint8Array) => object) {}

  push(bytes: Uint8Array): WatchFrame[] {
    let data = this.#rest.length === 0 ? asBuffer(bytes) : Buffer.concat([this.#rest, bytes]);
    const frames: WatchFrame[] = [];
    while (data.length >= 4) {
      const length = data.readUInt32BE(0);
      if (length > maxFrameBytes) throw new Error("a watch event is too large");
      if (data.length < 4 + length) break;
      const { type, raw } = readWatchEvent(data.subarray(4, 4 + length));
      frames.push({ type, object: this.toObject(raw) });
      data = data.subarray(4 + length);
    }
    // A copy, so that a large chunk is not kept for the sake of its end.
    this.#rest = Buffer.from(data);
    return frames;
  }
}

/** meta.k8s.io/v1 WatchEvent: 1 is the type, 2 a RawExtension whose 1 is the object. */
export function readWatchEvent(message: Uint8Array): { type: string; raw: Uint8Array } {
  let type = "";
  let raw: Uint8Array = new Uint8Array();
  for (const [number, value] of lengthDelimitedFields(message)) {
    if (number === 1) type = asBuffer(value).toString("utf8");
    if (number === 2) {
      for (const [inner, bytes] of lengthDelimitedFields(value)) if (inner === 1) raw = bytes;
    }
  }
  return { type, raw };
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
