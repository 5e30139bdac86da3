import { gunzip, inflate } from "node:zlib";
import { RpcCode, RpcError } from "../../rpc.js";

/** Before each message: whether it is compressed, and its length. */
const headBytes = 5;
/** Of messages that come. */
const encodings: readonly string[] = ["identity", "gzip", "deflate"];

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
 * Messages of a body that comes in pieces, which are joined once each. Holds no more than one of
 * them, and what came with its end.
 */
export class MessageReader {
  readonly #most: number;
  readonly #encoding: string;
  #pieces: Buffer[] = [];
  #length = 0;

  /** Throws RpcError for an encoding that nobody can read. */
  constructor(most: number, encoding: string) {
    if (!encodings.includes(encoding)) {
      const text = `messages may be compressed by gzip and deflate, not by ${encoding}`;
      const metadata = { "grpc-accept-encoding": encodings.join(",") };
      throw new RpcError(RpcCode.unimplemented, text, metadata);
    }
    this.#most = most;
    this.#encoding = encoding;
  }

  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#pieces.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    this.#length += bytes.length;
  }

  /** Undefined until one has come whole. Throws RpcError for what is none, or is too large. */
  next(): Uint8Array | Promise<Uint8Array> | undefined {
    if (this.#length < headBytes) return undefined;
    if ((this.#pieces[0]?.length ?? 0) < headBytes) this.#join();
    const head = this.#pieces[0] ?? Buffer.alloc(0);
    const length = head.readUInt32BE(1);
    if (length > this.#most) throw tooLarge(length, this.#most);
    const end = headBytes + length;
    if (this.#length < end) return undefined;
    const all = this.#join();
    const [flag] = all;
    const message = all.subarray(headBytes, end);
    this.#pieces = end === all.length ? [] : [all.subarray(end)];
    this.#length -= end;
    if (flag === 0) return message;
    if (flag !== 1 || this.#encoding === "identity") {
      throw new RpcError(RpcCode.internal, `a message of flag ${flag} and no encoding`);
    }
    return decompressed(message, this.#encoding, this.#most);
  }

  #join(): Buffer {
    const all = this.#pieces.length === 1 ? this.#pieces[0] : undefined;
    const joined = all ?? Buffer.concat(this.#pieces);
    this.#pieces = [joined];
    return joined;
  }

  get isEmpty(): boolean {
    return this.#length === 0;
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
  const decompress = encoding === "gzip" ? gunzip : inflate;
  return new Promise((resolve, reject) => {
    decompress(bytes, { maxOutputLength: most }, (error, message) => {
      if (error === null) resolve(message);
      else if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") {
        reject(new RpcError(RpcCode.resourceExhausted, `the message is larger than ${most} bytes`));
      } else reject(new RpcError(RpcCode.internal, `the message is no ${encoding}`));
    });
  });
}
