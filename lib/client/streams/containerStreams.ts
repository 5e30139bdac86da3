import { PassThrough, type Readable, Writable } from "node:stream";
import type { Status } from "../../api/gen/types/metaV1.js";
import { ApiError, apiErrors } from "../../api/status.js";
import { ChannelSocket, closeChannel } from "../../platform/streaming/channelProtocol.js";
import type { Messages } from "../../platform/streaming/messages.js";
import { writeAll } from "../../platform/streaming/streamCopy.js";
import { CommandError, type CommandOutput } from "./commandError.js";

/** The streams of a command, or of a container that one is attached to. */
export interface ContainerStreams {
  /** Ends the container's input when it is ended; is at its end where `stdin` was not asked for. */
  readonly stdin: Writable;
  /** Unread, it holds up everything: read both outputs, or resume() the one that is not wanted. */
  readonly stdout: Readable;
  /** Empty with a terminal, which has one stream for both. */
  readonly stderr: Readable;
  /**
   * Resolves when the command is over, with its exit code (0 when attached). Rejects with ApiError
   * where it could not be run or the connection is lost, and with the signal's reason.
   */
  readonly exitCode: Promise<number>;
  /** Tells the command the size of its terminal. Throws ApiError where it has none. */
  resize(columns: number, rows: number): void;
  /**
   * Ends the input, reads everything and resolves with it as text, 64 MiB at most. Rejects with
   * CommandError for another exit code than 0, and as `exitCode` does.
   */
  output(): Promise<CommandOutput>;
  /** Cuts the connection; the command gets no signal by that. */
  close(): void;
}

const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const;
const bufferBytes = 64 * 1024;
/** One message; servers take 32 MiB. */
const maxMessageBytes = 256 * 1024;
const maxStatusBytes = 1024 * 1024;
const maxOutputBytes = 64 * 1024 * 1024;

export interface StreamsWanted {
  readonly command: readonly string[];
  readonly stdin: boolean;
  readonly tty: boolean;
  readonly signal: AbortSignal | undefined;
}

/** ContainerStreams over WebSocket's v5.channel.k8s.io. */
export class WebSocketStreams implements ContainerStreams {
  readonly stdin: Writable;
  readonly stdout = new PassThrough({ highWaterMark: bufferBytes });
  readonly stderr = new PassThrough({ highWaterMark: bufferBytes });
  readonly exitCode: Promise<number>;
  readonly #channels: ChannelSocket;
  readonly #socket: Messages;
  readonly #wanted: StreamsWanted;
  #status: Buffer = Buffer.alloc(0);
  #resolve: (exitCode: number) => void = () => undefined;
  #reject: (reason: unknown) => void = () => undefined;

  constructor(socket: Messages, wanted: StreamsWanted) {
    this.#socket = socket;
    this.#wanted = wanted;
    this.exitCode = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Whoever reads only the streams finds the reason there.
    this.exitCode.catch(() => undefined);
    for (const stream of [this.stdout, this.stderr]) stream.on("error", () => undefined);
    this.#channels = new ChannelSocket(socket, {
      onData: (number, bytes) => this.#onData(number, bytes),
      onClose: () => undefined,
    });
    this.stdin = this.#input();
    const { signal } = wanted;
    const abort = (): void => this.#fail(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    if (signal?.aborted === true) abort();
    socket.closed
      .then(() => {
        signal?.removeEventListener("abort", abort);
        this.#onClosed();
      })
      .catch(() => undefined);
  }

  resize(columns: number, rows: number): void {
    if (!this.#wanted.tty) throw apiErrors.badRequest("resize: ask for a terminal (tty: true)");
    for (const size of [columns, rows]) {
      if (Number.isInteger(size) && size > 0 && size < 65_536) continue;
      throw apiErrors.badRequest(`resize: ${size} is not a whole number from 1 to 65535`);
    }
    const size = Buffer.from(JSON.stringify({ Width: columns, Height: rows }));
    this.#channels.send(channel.resize, size).catch(() => undefined);
  }

  async output(): Promise<CommandOutput> {
    this.stdin.end();
    const read = [textOf(this.stdout), textOf(this.stderr)] as const;
    try {
      const [stdout, stderr] = await Promise.all(read);
      const exitCode = await this.exitCode;
      if (exitCode === 0) return { stdout, stderr };
      throw new CommandError(this.#wanted.command, exitCode, { stdout, stderr });
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  close(): void {
    this.#fail(apiErrors.serviceUnavailable("the streams have been closed"));
  }

  #input(): Writable {
    const send = async (bytes: Buffer): Promise<void> => {
      for (let at = 0; at < bytes.length; at += maxMessageBytes) {
        await this.#channels.send(channel.stdin, bytes.subarray(at, at + maxMessageBytes));
      }
    };
    const input = new Writable({
      highWaterMark: bufferBytes,
      write: (bytes: Buffer, _encoding, done) => {
        send(bytes).then(() => done(), done);
      },
      final: (done) => {
        // A command that has ended reads no more; that is no error of who wrote.
        const end = Buffer.of(channel.stdin);
        if (this.#wanted.stdin) this.#channels.send(closeChannel, end).catch(() => undefined);
        done();
      },
    });
    input.on("error", () => undefined);
    if (!this.#wanted.stdin) input.end();
    return input;
  }

  #onData(number: number, bytes: Buffer): Promise<void> | undefined {
    // A first, empty message of each output only says that it is there.
    if (bytes.length === 0) return undefined;
    if (number === channel.stdout) return writeAll(this.stdout, bytes);
    if (number === channel.stderr) return writeAll(this.stderr, bytes);
    if (number !== channel.error) return undefined;
    this.#status = Buffer.concat([this.#status, bytes]);
    if (this.#status.length > maxStatusBytes) {
      this.#fail(apiErrors.internal(new Error("the command's status has no end")));
    }
    if (this.#outcome() !== undefined) this.#socket.close(1000);
    return undefined;
  }

  /** Undefined until the whole Status has come. */
  #outcome(): number | ApiError | undefined {
    let status: Status;
    try {
      status = JSON.parse(this.#status.toString()) as Status;
    } catch {
      return undefined;
    }
    if (status.status === "Success") return 0;
    const cause = (status.details?.causes ?? []).find(({ reason }) => reason === "ExitCode");
    const exitCode = Number(cause?.message);
    if (status.reason === "NonZeroExitCode" && Number.isInteger(exitCode)) return exitCode;
    return new ApiError(status);
  }

  #onClosed(): void {
    const outcome = this.#outcome();
    const lost = "the connection to the container was lost before the command had ended";
    if (typeof outcome !== "number") {
      this.#fail(outcome ?? apiErrors.serviceUnavailable(lost));
      return;
    }
    this.#resolve(outcome);
    this.stdin.destroy();
    this.stdout.end();
    this.stderr.end();
  }

  /** The first reason counts. */
  #fail(reason: unknown): void {
    this.#reject(reason);
    const error = reason instanceof Error ? reason : new Error(String(reason));
    this.stdin.destroy();
    this.stdout.destroy(error);
    this.stderr.destroy(error);
    this.#socket.cut();
  }
}

async function textOf(stream: Readable): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of stream as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > maxOutputBytes) {
      throw apiErrors.requestEntityTooLarge(
        `the output is larger than ${maxOutputBytes} bytes: read stdout and stderr as streams`,
      );
    }
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}
