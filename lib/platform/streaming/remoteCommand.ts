import { ChannelSocket } from "./channelProtocol.js";
import type { MessageSocket } from "./messageSocket.js";
import type { SpdyConnection } from "./spdyConnection.js";
import type { SpdyStream } from "./spdyStream.js";
import { piecesOf, sendAll, writeAll } from "./streamCopy.js";

/** SPDY subprotocols of exec and attach that this end can read the errors of, the newest first. */
export const remoteCommandProtocols: readonly string[] = [
  "v5.channel.k8s.io",
  "v4.channel.k8s.io",
  "v3.channel.k8s.io",
  "v2.channel.k8s.io",
  "channel.k8s.io",
];

export interface RemoteCommandStreams {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const;
/** Far more than a Status takes. */
const maxErrorBytes = 1024 * 1024;

function open(connection: SpdyConnection, streamType: string): SpdyStream {
  return connection.open({ streamtype: streamType });
}

/** Rejects for one that is no Status: unread, it would hold up the output beside it for ever. */
async function readError(stream: SpdyStream): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of piecesOf(stream)) {
    length += part.length;
    if (length > maxErrorBytes) throw new Error("the runtime's status has no end");
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** Clients before v4 get the message alone, and nothing on success. */
function errorFor(version: number, status: Buffer): Buffer {
  if (version >= 4 || status.length === 0) return status;
  try {
    const { status: outcome, message } = JSON.parse(status.toString()) as Record<string, string>;
    return outcome === "Success" ? Buffer.alloc(0) : Buffer.from(message ?? "");
  } catch {
    return status;
  }
}

/**
 * Joins a WebSocket client of exec or attach to a runtime that speaks SPDY (v4.channel.k8s.io):
 * channels become streams, v5's CLOSE a half-close. Resolves when both connections are over;
 * neither outlives the other.
 */
export async function bridgeRemoteCommand(
  client: MessageSocket,
  runtime: SpdyConnection,
  wanted: RemoteCommandStreams,
): Promise<void> {
  const error = open(runtime, "error");
  const stdin = wanted.stdin ? open(runtime, "stdin") : undefined;
  const stdout = wanted.stdout ? open(runtime, "stdout") : undefined;
  const stderr = wanted.stderr && !wanted.tty ? open(runtime, "stderr") : undefined;
  const resize = wanted.tty ? open(runtime, "resize") : undefined;
  const channels = new ChannelSocket(client, {
    onData: (number, bytes) => {
      if (number === channel.stdin && stdin) return writeAll(stdin, bytes);
      if (number === channel.resize && resize) return writeAll(resize, bytes);
      return undefined;
    },
    onClose: (number) => {
      if (number === channel.stdin) stdin?.end();
    },
  });
  const forward = (stream: SpdyStream | undefined, number: number): Promise<void> =>
    stream ? sendAll(stream, (bytes) => channels.send(number, bytes)) : Promise.resolve();
  const outputs = Promise.all([forward(stdout, channel.stdout), forward(stderr, channel.stderr)]);
  const whole = Promise.all([outputs, readError(error)]).then(async ([, status]) => {
    if (status.length === 0) throw new Error("the runtime ended without a status");
    const text = errorFor(channels.protocol.version, status);
    if (text.length > 0) await channels.send(channel.error, text);
    client.close(1000);
  });
  whole.catch(() => client.close(1011, "the connection to the container was lost"));
  await Promise.race([client.closed, runtime.closed.then(() => whole.catch(() => undefined))]);
  runtime.close();
  await client.closed;
}
