import type { Duplex } from "node:stream";
import { SpdyFrameReader } from "./spdyFrames.js";
import { SpdyHeaderReader, type SpdyHeaders, SpdyHeaderWriter } from "./spdyHeaders.js";
import { SpdyStream } from "./spdyStream.js";

const version = 3;
const frameType = {
  synStream: 1,
  synReply: 2,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  headers: 8,
  windowUpdate: 9,
} as const;
const flagFin = 1;
const settingInitialWindow = 7;
const defaultWindowBytes = 64 * 1024;
const endlessWindowBytes = 0x7fffffff;
const rstCancel = 5;
const rstRefused = 3;
const rstInvalid = 2;

/** Streams open at once on one connection; the peer's further ones are refused. */
const defaultMaxStreams = 1_024;

/** What a peer makes us say (pings, Status errors) and does not take: beyond this it is cut. */
const maxControlBytes = 256 * 1024;

export interface SpdyConnectionOptions {
  /** The client opens streams with odd numbers, the server with even ones. */
  readonly role: "client" | "server";
  /** What came after the head of the upgrade. */
  readonly head?: Uint8Array;
  /** The peer opened a stream; whoever takes it calls reply(). Without it they are refused. */
  readonly onStream?: (stream: SpdyStream) => void;
  readonly maxStreams?: number;
}

/**
 * SPDY/3.1 (draft-mbelshe-httpbis-spdy-00) over a stream that was upgraded to it, as Kubernetes'
 * exec, attach and port-forward speak it.
 *
 * Back pressure: when a stream's reader is slow its buffer (64 KiB) fills and the whole connection
 * is read no further, since the peers that exist (moby/spdystream) know no flow control. Where a
 * peer shows that it does (WINDOW_UPDATE or SETTINGS came) its windows are kept; ours have no end.
 */
export class SpdyConnection {
  /** Resolves when the connection is over, for whatever reason. */
  readonly closed: Promise<void>;
  readonly #socket: Duplex;
  readonly #options: SpdyConnectionOptions;
  readonly #streams = new Map<number, SpdyStream>();
  readonly #full = new Set<SpdyStream>();
  readonly #writer = new SpdyHeaderWriter();
  readonly #headers = new SpdyHeaderReader();
  readonly #reader: SpdyFrameReader;
  #nextId: number;
  /** Of control frames that the socket has not taken. */
  #controlBytes = 0;
  #lastPeerId = 0;
  #peerWindow: { initialBytes: number; connectionBytes: number } | undefined;
  #sentBytes = 0;
  #isClosed = false;

  constructor(socket: Duplex, options: SpdyConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#nextId = options.role === "client" ? 1 : 2;
    this.#reader = new SpdyFrameReader({
      onControl: (type, flags, payload) => this.#onControl(type, flags, payload),
      onData: (id, bytes, isLast) => this.#onData(id, bytes, isLast),
    });
    this.closed = new Promise((resolve) => {
      socket.on("close", () => {
        this.#closeStreams();
        resolve();
      });
    });
    socket.on("error", () => socket.destroy());
    socket.on("end", () => this.close());
    socket.on("data", (bytes: Buffer) => this.#read(bytes));
    this.#openWindows();
    if (options.head && options.head.length > 0) this.#read(Buffer.from(options.head));
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Opens a stream; headers are the peer's to read (`streamType` and its like). */
  open(headers: SpdyHeaders): SpdyStream {
    if (this.#isClosed) throw new Error("the connection is closed");
    const stream = this.#makeStream(this.#nextId, headers);
    this.#nextId += 2;
    const head = Buffer.alloc(10);
    head.writeUInt32BE(stream.id, 0);
    this.#sendControl(frameType.synStream, 0, [head, this.#writer.write(headers)]);
    return stream;
  }

  /** Cuts the connection and all its streams. */
  close(): void {
    if (this.#isClosed) return;
    this.#closeStreams();
    this.#socket.end();
    this.#socket.destroy();
  }

  #closeStreams(): void {
    this.#isClosed = true;
    for (const stream of this.#streams.values()) stream.cut();
    this.#streams.clear();
  }

  #makeStream(id: number, headers: SpdyHeaders): SpdyStream {
    const allowed = (): number => this.#peerWindow?.connectionBytes ?? Number.POSITIVE_INFINITY;
    const stream = new SpdyStream(id, headers, {
      get allowedBytes() {
        return allowed();
      },
      reply: (answer) => {
        const head = Buffer.alloc(4);
        head.writeUInt32BE(id);
        this.#sendControl(frameType.synReply, 0, [head, this.#writer.write(answer)]);
      },
      send: (bytes, isLast, done) => this.#sendData(id, bytes, isLast, done),
      reset: () => this.#sendReset(id, rstCancel),
      drained: () => this.#onDrained(stream),
      gone: () => {
        this.#streams.delete(id);
        this.#onDrained(stream);
      },
    });
    if (this.#peerWindow) stream.grantWindow(this.#peerWindow.initialBytes);
    this.#streams.set(id, stream);
    return stream;
  }

  #read(bytes: Buffer): void {
    try {
      this.#reader.read(bytes);
    } catch {
      // A peer that breaks the protocol cannot be understood any further.
      this.close();
    }
  }

  #onData(id: number, bytes: Buffer, isLast: boolean): void {
    const stream = this.#streams.get(id);
    if (!stream) return;
    if (!stream.receive(bytes, isLast)) {
      this.#full.add(stream);
      this.#socket.pause();
    }
  }

  #onDrained(stream: SpdyStream): void {
    if (this.#full.delete(stream) && this.#full.size === 0) this.#socket.resume();
  }

  #onControl(type: number, flags: number, payload: Buffer): void {
    switch (type) {
      case frameType.synStream:
        this.#onSynStream(flags, payload);
        return;
      case frameType.synReply:
      case frameType.headers: {
        const id = payload.readUInt32BE(0) & 0x7fffffff;
        // Read in any case: the blocks of all streams are one compressed stream.
        const headers = this.#headers.read(payload.subarray(4));
        const stream = this.#streams.get(id);
        if (type === frameType.synReply) stream?.replied(headers);
        if ((flags & flagFin) !== 0) stream?.receive(Buffer.alloc(0), true);
        return;
      }
      case frameType.rstStream:
        this.#streams.get(payload.readUInt32BE(0) & 0x7fffffff)?.onReset();
        return;
      case frameType.ping: {
        const isOurs = payload.readUInt32BE(0) % 2 === this.#nextId % 2;
        if (!isOurs) this.#sendControl(frameType.ping, 0, [payload.subarray(0, 4)]);
        return;
      }
      case frameType.settings:
        this.#onSettings(payload);
        return;
      case frameType.windowUpdate:
        this.#onWindowUpdate(payload.readUInt32BE(0) & 0x7fffffff, payload.readUInt32BE(4));
        return;
      default:
        // GOAWAY: the peer opens no more streams and then closes. Unknown types are skipped.
        return;
    }
  }

  #onSynStream(flags: number, payload: Buffer): void {
    const id = payload.readUInt32BE(0) & 0x7fffffff;
    const headers = this.#headers.read(payload.subarray(10));
    const isPeers = id % 2 !== this.#nextId % 2 && id > this.#lastPeerId;
    if (!isPeers) {
      this.#sendReset(id, rstInvalid);
      return;
    }
    this.#lastPeerId = id;
    const { onStream, maxStreams = defaultMaxStreams } = this.#options;
    if (!onStream || this.#streams.size >= maxStreams) {
      this.#sendReset(id, rstRefused);
      return;
    }
    const stream = this.#makeStream(id, headers);
    if ((flags & flagFin) !== 0) stream.receive(Buffer.alloc(0), true);
    onStream(stream);
  }

  #onSettings(payload: Buffer): void {
    const count = Math.min(payload.readUInt32BE(0), Math.floor((payload.length - 4) / 8));
    for (let index = 0; index < count; index++) {
      const at = 4 + index * 8;
      if ((payload.readUInt32BE(at) & 0xffffff) !== settingInitialWindow) continue;
      const bytes = payload.readUInt32BE(at + 4);
      const before = this.#usePeerWindows().initialBytes;
      this.#usePeerWindows().initialBytes = bytes;
      for (const stream of this.#streams.values()) stream.grantWindow(bytes - before);
    }
  }

  #onWindowUpdate(id: number, deltaBytes: number): void {
    const window = this.#usePeerWindows();
    if (id !== 0) {
      this.#streams.get(id)?.grantWindow(deltaBytes);
      return;
    }
    window.connectionBytes += deltaBytes;
    for (const stream of this.#streams.values()) stream.grantWindow(0);
  }

  /** From the first sign on that the peer keeps windows, what was sent before counts. */
  #usePeerWindows(): { initialBytes: number; connectionBytes: number } {
    if (!this.#peerWindow) {
      this.#peerWindow = {
        initialBytes: defaultWindowBytes,
        connectionBytes: defaultWindowBytes - this.#sentBytes,
      };
      for (const stream of this.#streams.values()) {
        stream.grantWindow(defaultWindowBytes - stream.sentBytes);
      }
    }
    return this.#peerWindow;
  }

  #sendData(id: number, bytes: Buffer, isLast: boolean, done: (error?: Error) => void): void {
    if (this.#isClosed) {
      done(new Error("the connection is closed"));
      return;
    }
    const head = Buffer.alloc(8);
    head.writeUInt32BE(id, 0);
    head.writeUInt32BE(bytes.length, 4);
    head[4] = isLast ? flagFin : 0;
    this.#sentBytes += bytes.length;
    if (this.#peerWindow) this.#peerWindow.connectionBytes -= bytes.length;
    // The bytes count as sent when the kernel has them: that is what slows the sender down.
    const sent = (error?: Error | null): void => done(error ?? undefined);
    this.#socket.cork();
    if (bytes.length === 0) {
      this.#socket.write(head, sent);
    } else {
      this.#socket.write(head);
      this.#socket.write(bytes, sent);
    }
    this.#socket.uncork();
  }

  #sendReset(id: number, status: number): void {
    const payload = Buffer.alloc(8);
    payload.writeUInt32BE(id, 0);
    payload.writeUInt32BE(status, 4);
    this.#sendControl(frameType.rstStream, 0, [payload]);
  }

  /**
   * Says once that our windows have no end, and never updates them: a peer that ends its connection
   * while a frame of ours is on its way responds with a reset, and the reset would take with it
   * what we have not read yet.
   */
  #openWindows(): void {
    const settings = Buffer.alloc(12);
    settings.writeUInt32BE(1, 0);
    settings.writeUInt32BE(settingInitialWindow, 4);
    settings.writeUInt32BE(endlessWindowBytes, 8);
    this.#sendControl(frameType.settings, 0, [settings]);
    const update = Buffer.alloc(8);
    update.writeUInt32BE(endlessWindowBytes - defaultWindowBytes, 4);
    this.#sendControl(frameType.windowUpdate, 0, [update]);
  }

  #sendControl(type: number, flags: number, parts: readonly Buffer[]): void {
    if (this.#isClosed || this.#socket.destroyed) return;
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    const head = Buffer.alloc(8);
    head.writeUInt16BE(0x8000 | version, 0);
    head.writeUInt16BE(type, 2);
    head.writeUInt32BE(length, 4);
    head[4] = flags;
    const bytes = Buffer.concat([head, ...parts]);
    this.#controlBytes += bytes.length;
    if (this.#controlBytes > maxControlBytes) {
      this.close();
      return;
    }
    this.#socket.write(bytes, () => {
      this.#controlBytes -= bytes.length;
    });
  }
}
