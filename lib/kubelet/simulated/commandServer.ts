import type { Duplex } from "node:stream";
import type { RemoteCommandStreams } from "../../platform/streaming/remoteCommand.js";
import { SpdyConnection } from "../../platform/streaming/spdyConnection.js";
import type { SpdyStream } from "../../platform/streaming/spdyStream.js";

/** What a command or an attached container has of its client. */
export interface CommandStreams {
  /** Undefined where the client sends nothing. */
  readonly stdin: AsyncIterable<Uint8Array> | undefined;
  /** Resolves when the client can take more. */
  writeOutput(bytes: Uint8Array | string): Promise<void>;
  /** With a terminal it is written to the output. */
  writeError(bytes: Uint8Array | string): Promise<void>;
  /** Aborts when the client has gone. */
  readonly signal: AbortSignal;
}

/** Runs with the streams and resolves with the exit code. */
export type CommandRunner = (streams: CommandStreams) => Promise<number>;

function statusText(exitCode: number): string {
  const head = { metadata: {} };
  if (exitCode === 0) return JSON.stringify({ ...head, status: "Success" });
  return JSON.stringify({
    ...head,
    status: "Failure",
    message: `command terminated with non-zero exit code: exit status ${exitCode}`,
    reason: "NonZeroExitCode",
    details: { causes: [{ reason: "ExitCode", message: String(exitCode) }] },
  });
}

function failureText(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const text = `error executing command in container: ${message}`;
  return JSON.stringify({
    metadata: {},
    status: "Failure",
    message: `Internal error occurred: ${text}`,
    reason: "InternalError",
    details: { causes: [{ message: text }] },
    code: 500,
  });
}

function write(stream: SpdyStream | undefined, bytes: Uint8Array | string): Promise<void> {
  const isEmpty = bytes.length === 0;
  if (stream === undefined || isEmpty || stream.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    // Resolves too when the client has gone: the signal tells of that.
    stream.write(bytes, () => resolve());
  });
}

/**
 * The runtime's side of exec and attach (v4.channel.k8s.io over SPDY): waits for the streams that
 * the client said it would open, runs, and ends with the Status. Resolves when the connection is
 * over.
 */
export async function serveCommand(
  socket: Duplex,
  wanted: RemoteCommandStreams,
  run: CommandRunner,
): Promise<void> {
  const opened = new Map<string, SpdyStream>();
  const names = ["error"];
  for (const name of ["stdin", "stdout", "stderr"] as const) if (wanted[name]) names.push(name);
  if (wanted.tty) names.push("resize");
  let begin: () => void = () => undefined;
  const complete = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const connection = new SpdyConnection(socket, {
    role: "server",
    maxStreams: names.length,
    onStream: (stream) => {
      stream.accept();
      const name = stream.header("streamtype");
      opened.set(name, stream);
      if (name !== "stdin") stream.resume();
      if (names.every((one) => opened.has(one))) begin();
    },
  });
  const gone = new AbortController();
  const closed = connection.closed.then(() => gone.abort());
  await Promise.race([complete, closed]);
  if (gone.signal.aborted) return;
  const output = opened.get("stdout");
  const errors = opened.get("stderr");
  const status = await run({
    stdin: opened.get("stdin"),
    writeOutput: (bytes) => write(output, bytes),
    writeError: (bytes) => write(errors ?? (wanted.tty ? output : undefined), bytes),
    signal: gone.signal,
  }).then(statusText, failureText);
  output?.end();
  errors?.end();
  // Only this end: what has left may not have been read yet, and the client closes then.
  opened.get("error")?.end(status, () => socket.end());
  await closed;
}
