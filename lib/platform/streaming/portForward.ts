import { ChannelSocket } from "./channelProtocol.js";
import type { MessageSocket } from "./messageSocket.js";
import type { SpdyConnection } from "./spdyConnection.js";
import type { SpdyStream } from "./spdyStream.js";
import { sendAll, writeAll } from "./streamCopy.js";

export const portForwardProtocol = "portforward.k8s.io";
/** A WebSocket whose binary messages are the bytes of a SPDY connection (KEP-4006). */
export const tunnelledPortForwardProtocol = "SPDY/3.1+portforward.k8s.io";
/** The older WebSocket form: the ports are in the request, two channels each. */
export const portForwardChannelProtocols: readonly string[] = [
  "v4.channel.k8s.io",
  "v4.base64.channel.k8s.io",
];

interface ForwardedPort {
  readonly data: SpdyStream;
  readonly error: SpdyStream;
}

function openPort(runtime: SpdyConnection, port: number, requestId: number): ForwardedPort {
  const headers = { port: String(port), requestid: String(requestId) };
  const error = runtime.open({ ...headers, streamtype: "error" });
  const data = runtime.open({ ...headers, streamtype: "data" });
  // The error stream is the server's alone.
  error.end();
  return { data, error };
}

/**
 * Joins a WebSocket client of the channel form to a runtime that speaks SPDY. Port number n of the
 * request has channel 2n for data and 2n + 1 for errors; each begins with the port's number in two
 * bytes, little-endian. Resolves when both connections are over.
 */
export async function bridgePortForward(
  client: MessageSocket,
  runtime: SpdyConnection,
  ports: readonly number[],
): Promise<void> {
  const forwarded = ports.map((port, index) => openPort(runtime, port, index));
  const channels = new ChannelSocket(client, {
    onData: (number, bytes) => {
      const data = number % 2 === 0 ? forwarded[number / 2]?.data : undefined;
      return data ? writeAll(data, bytes) : undefined;
    },
    onClose: (number) => {
      if (number % 2 === 0) forwarded[number / 2]?.data.end();
    },
  });
  const pumps = forwarded.map(async ({ data, error }, index) => {
    const head = Buffer.alloc(2);
    head.writeUInt16LE(ports[index] as number);
    await channels.send(2 * index, head);
    await channels.send(2 * index + 1, head);
    await Promise.all([
      sendAll(data, (bytes) => channels.send(2 * index, bytes)),
      sendAll(error, (bytes) => channels.send(2 * index + 1, bytes)),
    ]);
  });
  Promise.allSettled(pumps)
    .then(() => client.close(1000))
    .catch(() => undefined);
  await Promise.race([client.closed, runtime.closed]);
  runtime.close();
  client.close(1000);
  await client.closed;
}
