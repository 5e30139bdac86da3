import { availableParallelism } from "node:os";
import { addon } from "../../../native/addon.js";
import type { NativeSource, NativeFront as Threads } from "../../../native/gen/addon.js";
import type { HttpListenOptions } from "../../network.js";
import { LocalPeers } from "../localPeers.js";
import { UnsentBudget } from "../unsentBudget.js";
import { CommandBatch } from "./commandBatch.js";
import { type Ends, NativeConnection, readEnds, readVerdict } from "./nativeConnection.js";
import { NativeExchange, type RequestHead } from "./nativeExchange.js";
import { NativeSocket } from "./nativeSocket.js";
import { bodyKind, command, EventReader, event, newBlock, requestFlag } from "./wire.js";

/** Enough for a client to send its request and read why it is refused. */
const refusedMilliseconds = 5_000;
/** One for the process: its looks at /proc serve every listener. */
const peers = new LocalPeers();
/** The sum of all bodies that are collected or handled. */
const bodyBudgetBytes = 192 * 1024 * 1024;
/** JavaScript takes a processor; more threads than these have never been of use beside it. */
const maxThreads = 4;
/** Of a request, for room: where its listener does not say. */
const longestWaitMilliseconds = 60_000;
/** Longer than what a response may take that nobody is woken for. */
const lookMilliseconds = 15;
const firstRoomBytes = 256 * 1024;
/** By the numbers of crates/binding. */
const pipeOutcomes = ["done", "slow", "compacted", "closed", "failed"] as const;
const badRequest = "HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n";

/** What an id of the front stands for here. */
type Receiver = NativeExchange | NativeSocket;

interface Listening {
  readonly options: HttpListenOptions;
  readonly onClosed: () => void;
}

/** A connection that waits for its peer's verdict, or has it. */
interface Arrival {
  refusal: string | undefined;
  timer: NodeJS.Timeout | undefined;
}

/** The front's threads, as this thread sees them. */
export class NativeFront {
  readonly threads: Threads;
  readonly #batches: CommandBatch[] = [];
  readonly #listeners = new Map<number, Listening>();
  readonly #unsent = new UnsentBudget();
  readonly #connections = new Map<number, NativeConnection>();
  readonly #listenerOf = new Map<number, Listening>();
  readonly #arrivals = new Map<number, Arrival>();
  readonly #receivers = new Map<number, Receiver>();
  #room = Buffer.allocUnsafeSlow(firstRoomBytes);
  #willFlush = false;
  #willLook = false;

  constructor() {
    const count = Math.max(1, Math.min(maxThreads, availableParallelism() >> 1));
    this.threads = new addon.NativeFront(count, bodyBudgetBytes, () => this.#take());
    for (let thread = 0; thread < count; thread += 1) {
      this.#batches.push(
        new CommandBatch((batch, length, more) => {
          this.threads.submit(thread, batch, length, more);
        }),
      );
    }
  }

  get isIdle(): boolean {
    return this.#listeners.size === 0;
  }

  add(listener: number, listening: Listening): void {
    if (this.isIdle) this.threads.hold(true);
    this.#listeners.set(listener, listening);
  }

  forget(id: number): void {
    this.#receivers.delete(id);
  }

  /** Of a response that is sent at once nobody tells before something else is told of. */
  lookSoon(): void {
    if (this.#willLook) return;
    this.#willLook = true;
    const timer = setTimeout(() => {
      this.#willLook = false;
      if (!this.isIdle) this.#take();
    }, lookMilliseconds);
    timer.unref();
  }

  /** Commands for whoever has the id; they are given at the end of the turn. */
  commands(id: number): CommandBatch {
    if (!this.#willFlush) {
      this.#willFlush = true;
      process.nextTick(this.#flush);
    }
    const batch = this.#batches[id % this.#batches.length];
    if (batch === undefined) throw new Error("the front has no threads");
    return batch;
  }

  /** Everything that was said before stands before this. */
  pipe(id: number, source: NativeSource): void {
    this.commands(id).flush();
    this.threads.pipe(id, source);
  }

  readonly #flush = (): void => {
    this.#willFlush = false;
    for (const batch of this.#batches) batch.flush();
  };

  #take(): void {
    let length = this.threads.take(this.#room);
    if (length > this.#room.length) {
      this.#room = Buffer.allocUnsafeSlow(length * 2);
      length = this.threads.take(this.#room);
    }
    const reader = new EventReader(this.#room, length);
    while (reader.hasMore) this.#event(reader);
    if (this.#room.length > firstRoomBytes * 16)
      this.#room = Buffer.allocUnsafeSlow(firstRoomBytes);
  }

  #event(reader: EventReader): void {
    const kind = reader.byte();
    const id = reader.word();
    switch (kind) {
      case event.request:
        this.#request(id, reader);
        return;
      case event.gone:
        this.#receivers.get(id)?.gone();
        return;
      case event.drained:
        this.#drained(id, reader.word());
        return;
      case event.data: {
        const bytes = reader.bytes(reader.word());
        this.#receivers.get(id)?.data(bytes);
        return;
      }
      case event.dataEnd:
        this.#receivers.get(id)?.dataEnd();
        return;
      case event.dataCut:
        this.#receivers.get(id)?.dataCut();
        return;
      case event.finished:
        this.#receivers.get(id)?.finished();
        return;
      case event.arrived:
        this.#arrived(id, reader);
        return;
      case event.opened:
        this.#opened(id, reader);
        return;
      case event.closed:
        this.#closed(id);
        return;
      case event.piped:
        this.#piped(id, reader);
        return;
      case event.slow:
        this.#slow(id);
        return;
      case event.settled:
        this.#settled(id);
        return;
      case event.sent:
        this.#sent(id);
        return;
      case event.listenerClosed:
        this.#listenerClosed(id);
        return;
      default:
        throw new Error(`the front told of something unknown: ${kind}`);
    }
  }

  #drained(id: number, bytes: number): void {
    this.#receivers.get(id)?.drained(bytes);
  }

  #piped(id: number, reader: EventReader): void {
    const outcome = pipeOutcomes[reader.byte()] ?? "failed";
    const [count, bytes] = [reader.double(), reader.double()];
    const message = reader.text(reader.short());
    const receiver = this.#receivers.get(id);
    if (receiver instanceof NativeExchange) receiver.piped({ outcome, count, bytes, message });
  }

  #slow(id: number): void {
    const receiver = this.#receivers.get(id);
    if (receiver instanceof NativeExchange) receiver.slow();
  }

  #settled(id: number): void {
    const receiver = this.#receivers.get(id);
    if (receiver instanceof NativeExchange) receiver.settled();
  }

  #sent(id: number): void {
    const receiver = this.#receivers.get(id);
    if (receiver instanceof NativeExchange) receiver.sent();
  }

  #opened(id: number, reader: EventReader): void {
    const listening = this.#listeners.get(reader.word());
    const secure = reader.byte() === 1;
    const ends = readEnds(reader);
    const peer = readVerdict(reader);
    const refusal = this.#arrivals.get(id)?.refusal;
    if (listening !== undefined) this.#listenerOf.set(id, listening);
    const unsent = this.#unsent.connection();
    this.#connections.set(id, new NativeConnection(ends, secure, peer, refusal, unsent));
  }

  #closed(id: number): void {
    this.#connections.delete(id);
    this.#listenerOf.delete(id);
    clearTimeout(this.#arrivals.get(id)?.timer);
    this.#arrivals.delete(id);
  }

  #listenerClosed(listener: number): void {
    const listening = this.#listeners.get(listener);
    this.#listeners.delete(listener);
    listening?.onClosed();
  }

  #request(id: number, reader: EventReader): void {
    const connectionId = reader.word();
    const flags = reader.byte();
    const method = reader.text(reader.byte());
    const target = reader.text(reader.word());
    const slot = reader.byte();
    const connection = this.#connections.get(connectionId);
    const block = slot >= newBlock ? reader.text(reader.word()) : undefined;
    const contentLength = reader.double();
    const kind = reader.byte();
    let bytes: Uint8Array | undefined;
    if (kind === bodyKind.whole) bytes = reader.bytes(reader.word());
    else if (kind === bodyKind.large) bytes = this.threads.takeBody(id) ?? undefined;
    const options = this.#listenerOf.get(connectionId)?.options;
    // Both were told of before; a large body is taken back where its client has gone meanwhile.
    if (connection === undefined || options === undefined) return;
    if (kind === bodyKind.large && bytes === undefined) return;
    const head: RequestHead = {
      method,
      target,
      httpVersion: (flags & requestFlag.http2) !== 0 ? "2.0" : "1.1",
      headers: block === undefined ? connection.headers(slot) : connection.newHeaders(slot, block),
      contentLength: contentLength < 0 ? undefined : contentLength,
      repeatsHeaders: (flags & requestFlag.repeated) !== 0,
    };
    const exchange = new NativeExchange(this, id, connection, head, kind, bytes);
    if ((flags & requestFlag.upgrade) !== 0) {
      this.#upgrade(id, exchange, options);
      return;
    }
    this.#receivers.set(id, exchange);
    if ((flags & requestFlag.late) !== 0) {
      late(exchange, options);
    } else if (connection.unsent.mustWait && (options.waits?.concern ?? canWait)(method, target)) {
      const longest = options.waits?.milliseconds(target, head.headers) ?? longestWaitMilliseconds;
      exchange.waitForRoom(longest, (isLate) => {
        if (isLate) late(exchange, options);
        else options.onRequest(exchange, exchange);
      });
    } else {
      options.onRequest(exchange, exchange);
    }
  }

  /** A client wishes to speak another protocol. */
  #upgrade(id: number, exchange: NativeExchange, options: HttpListenOptions): void {
    const { target, headers } = exchange;
    const mayBeAny = options.mayUpgradeToAny?.(target) === true;
    if (!mayBeAny && !isStreaming(String(headers.upgrade ?? ""))) {
      this.commands(id).plain(command.decline, id);
      return;
    }
    this.commands(id).plain(command.upgrade, id);
    const socket = new NativeSocket(this, id);
    this.#receivers.set(id, socket);
    if (options.onUpgrade === undefined) {
      socket.end(badRequest, () => socket.destroy());
      return;
    }
    socket.on("close", () => exchange.gone());
    options.onUpgrade(exchange, socket, Buffer.alloc(0));
  }

  /** Nothing of it is read before its peer is known. */
  #arrived(id: number, reader: EventReader): void {
    const rule = this.#listeners.get(reader.word())?.options.peerRule;
    const ends = readEnds(reader);
    const inode = reader.double();
    const arrival: Arrival = { refusal: undefined, timer: undefined };
    this.#arrivals.set(id, arrival);
    const look = async (): Promise<void> => {
      const isThere = (): boolean => this.#arrivals.get(id) === arrival;
      const [here, there] = endpointsOf(ends);
      const users = rule?.users ?? [];
      const owner = await peers.ownerOf(here, there, users, () => (isThere() ? inode : 0));
      if (!isThere()) return;
      arrival.refusal = rule?.refusalOf(owner);
      if (arrival.refusal !== undefined) {
        arrival.timer = setTimeout(() => this.#cut(id), refusedMilliseconds);
      }
      this.commands(id).plain(command.admit, id);
    };
    look().catch(() => this.#cut(id));
  }

  #cut(id: number): void {
    this.commands(id).plain(command.cut, id);
  }
}

/** It has waited for its client for as long as it may. */
function late(exchange: NativeExchange, { waits }: HttpListenOptions): void {
  if (waits === undefined) exchange.abort();
  else waits.onLate(exchange, exchange);
}

function endpointsOf(ends: Ends) {
  return [
    { address: ends.localAddress, port: ends.localPort },
    { address: ends.remoteAddress, port: ends.remotePort },
  ] as const;
}

/** Protocols that onUpgrade may be asked to speak for every path. */
function isStreaming(protocols: string): boolean {
  return protocols.split(",").some((one) => /^\s*(?:websocket\s*$|spdy\/)/i.test(one));
}

/**
 * Whether a request may wait until its client has taken what it asked for before. Writes, among
 * them renewals of leases, and health are small; watches have bounds of their own.
 */
function canWait(method: string, target: string): boolean {
  return method === "GET" && !/^\/(?:healthz|livez|readyz)\b|[?&]watch=/.test(target);
}
