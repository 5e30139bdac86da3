import { once } from "node:events";
import { connect, type TLSSocket } from "node:tls";

const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const frame = { data: 0, headers: 1, reset: 3, settings: 4, goaway: 7, windowUpdate: 8 } as const;
const frameHead = 9;
const endStream = 1;
const endHeaders = 4;
const acknowledges = 1;
const initialWindowSize = 4;

export interface RawHttp2Options {
  readonly port: number;
  readonly token: string;
  /** Of each stream; 65,535 by the protocol. */
  readonly window?: number;
}

/** What has come of one stream. */
export interface RawStream {
  readonly id: number;
  /** Header blocks that came. */
  heads: number;
  bytes: number;
  hasEnded: boolean;
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

function frameOf(type: number, flags: number, id: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(frameHead);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(id, 5);
  return Buffer.concat([head, payload]);
}

/** A header that nobody keeps, without compression. */
function literal(name: string, value: string): Buffer {
  const text = (one: string): Buffer => {
    const length = one.length;
    const prefix = length < 127 ? [length] : [127, ...varint(length - 127)];
    return Buffer.concat([Buffer.from(prefix), Buffer.from(one)]);
  };
  return Buffer.concat([Buffer.from([0]), text(name), text(value)]);
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >> 7)];
}

/**
 * An HTTP/2 client over TLS that opens windows and reads its socket as it is told, and never by
 * itself. Its connection has all the window that there can be.
 */
export class RawHttp2 {
  readonly streams = new Map<number, RawStream>();
  isClosed = false;
  readonly #socket: TLSSocket;
  readonly #token: string;
  #next = 1;
  #rest: Buffer = Buffer.alloc(0);
  #onChange: (() => void) | undefined;

  private constructor(socket: TLSSocket, { token, window = 65_535 }: RawHttp2Options) {
    this.#socket = socket;
    this.#token = token;
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.isClosed = true;
      this.#onChange?.();
    });
    socket.on("data", (bytes: Buffer) => this.#read(bytes));
    socket.write(preface);
    this.window(window);
    this.open(0, 0x7fff_ffff - 65_535);
  }

  static async connect(options: RawHttp2Options): Promise<RawHttp2> {
    const socket = connect({
      ...{ host: "127.0.0.1", port: options.port, ALPNProtocols: ["h2"] },
      rejectUnauthorized: false,
    });
    await once(socket, "secureConnect");
    return new RawHttp2(socket, options);
  }

  /** Sets the window of all streams. */
  window(bytes: number): void {
    const payload = Buffer.concat([Buffer.from([0, initialWindowSize]), word(bytes)]);
    this.#socket.write(frameOf(frame.settings, 0, 0, payload));
  }

  /** Opens a stream's window further, or that of the connection (0). */
  open(id: number, bytes: number): void {
    this.#socket.write(frameOf(frame.windowUpdate, 0, id, word(bytes)));
  }

  /** Nothing of the socket is read any more. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  request(
    path: string,
    headers: Readonly<Record<string, string>> = {},
    body?: string | Uint8Array,
  ): RawStream {
    const method = headers[":method"] ?? (body === undefined ? "GET" : "POST");
    const all = { authorization: `Bearer ${this.#token}`, accept: "application/json", ...headers };
    const block = [
      literal(":method", method),
      literal(":scheme", "https"),
      literal(":authority", "server"),
      literal(":path", path),
      ...Object.entries(all)
        .filter(([name]) => !name.startsWith(":"))
        .map(([name, value]) => literal(name, value)),
    ];
    const stream = { id: this.#next, heads: 0, bytes: 0, hasEnded: false };
    this.#next += 2;
    this.streams.set(stream.id, stream);
    const flags = endHeaders | (body === undefined ? endStream : 0);
    this.#socket.write(frameOf(frame.headers, flags, stream.id, Buffer.concat(block)));
    if (body !== undefined) this.data(stream, body, true);
    return stream;
  }

  /** A part of a request's body: within the window that servers begin with. */
  data({ id }: RawStream, body: string | Uint8Array, isLast: boolean): void {
    const bytes = typeof body === "string" ? Buffer.from(body) : body;
    for (let at = 0; at < bytes.length || at === 0; at += 16_384) {
      const piece = Buffer.from(bytes.subarray(at, at + 16_384));
      const ends = isLast && at + 16_384 >= bytes.length;
      this.#socket.write(frameOf(frame.data, ends ? endStream : 0, id, piece));
    }
  }

  reset(id: number): void {
    this.#socket.write(frameOf(frame.reset, 0, id, word(8)));
    this.streams.delete(id);
  }

  /** Resolves when it is so, or the connection is over. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo() && !this.isClosed) {
      await new Promise<void>((resolve) => {
        this.#onChange = resolve;
      });
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(bytes: Buffer): void {
    let rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    while (rest.length >= frameHead) {
      const end = frameHead + rest.readUIntBE(0, 3);
      if (rest.length < end) break;
      this.#frame(rest[3] ?? 0, rest[4] ?? 0, rest.readUInt32BE(5), end - frameHead);
      rest = rest.subarray(end);
    }
    this.#rest = rest;
    this.#onChange?.();
  }

  #frame(type: number, flags: number, id: number, length: number): void {
    if (type === frame.settings && (flags & acknowledges) === 0) {
      this.#socket.write(frameOf(frame.settings, acknowledges, 0, Buffer.alloc(0)));
    }
    const stream = this.streams.get(id);
    if (stream === undefined) return;
    if (type === frame.headers) stream.heads += 1;
    if (type === frame.data) stream.bytes += length;
    const ends = (type === frame.headers || type === frame.data) && (flags & endStream) !== 0;
    if (ends || type === frame.reset) stream.hasEnded = true;
  }
}
