import { gunzip, inflate } from "node:zlib";
import { RpcCode, RpcError } from "../../rpc.js";

/** Before each message: whether it is compressed, and its length. */
const headBytes = 5;

/** A message as it is sent, which is never compressed. */
export function frameOf(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(headBytes + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, headBytes);
  return frame;
}

/** What a body may be long that has one message. */
export function bodyBytes(maxMessageBytes: number): number {
  return headBytes + maxMessageBytes;
}

export function tooLarge(length: number, most: number): RpcError {
  const text = `received a message of ${length} bytes, and ${most} may be`;
  return new RpcError(RpcCode.resourceExhausted, text);
}

/**
 * Messages of a body that comes in pieces. Holds no more than one of them, and what came with its
 * end.
 */
export class MessageReader {
  readonly #most: number;
  readonly #encoding: string;
  #rest: Buffer = Buffer.alloc(0);

  constructor(most: number, encoding: string) {
    this.#most = most;
    this.#encoding = encoding;
  }

  push(bytes: Uint8Array): void {
    const more = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#rest = this.#rest.length === 0 ? more : Buffer.concat([this.#rest, more]);
  }

  /** Undefined until one has come whole. Throws RpcError for what is none, or is too large. */
  next(): Uint8Array | Promise<Uint8Array> | undefined {
    if (this.#rest.length < headBytes) return undefined;
    const length = this.#rest.readUInt32BE(1);
    if (length > this.#most) throw tooLarge(length, this.#most);
    const end = headBytes + length;
    if (this.#rest.length < end) return undefined;
    const isCompressed = this.#rest[0] !== 0;
    const message = this.#rest.subarray(headBytes, end);
    this.#rest = this.#rest.subarray(end);
    return isCompressed ? decompressed(message, this.#encoding, this.#most) : message;
  }

  get isEmpty(): boolean {
    return this.#rest.length === 0;
  }
}

/** The one message of a body. */
export function onlyMessage(
  body: Uint8Array,
  encoding: string,
  most: number,
): Uint8Array | Promise<Uint8Array> {
  const reader = new MessageReader(most, encoding);
  reader.push(body);
  const message = reader.next();
  if (message === undefined || !reader.isEmpty) {
    throw new RpcError(RpcCode.internal, "a call of this method has one message");
  }
  return message;
}

function decompressed(bytes: Uint8Array, encoding: string, most: number): Promise<Uint8Array> {
  const decompress = encoding === "gzip" ? gunzip : encoding === "deflate" ? inflate : undefined;
  if (decompress === undefined) {
    const text = `messages may be compressed by gzip and deflate, not by ${encoding}`;
    throw new RpcError(RpcCode.unimplemented, text);
  }
  return new Promise((resolve, reject) => {
    decompress(bytes, { maxOutputLength: most }, (error, message) => {
      if (error === null) resolve(message);
      else if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") {
        reject(new RpcError(RpcCode.resourceExhausted, `the message is larger than ${most} bytes`));
      } else reject(new RpcError(RpcCode.internal, `the message is no ${encoding}`));
    });
  });
}
