import type { Duplex } from "node:stream";
import type { MessageSocket } from "./messageSocket.js";
import { sendAll, writeAll } from "./streamCopy.js";

/**
 * Joins a WebSocket whose binary messages carry a connection's bytes to that connection. Resolves
 * when both are over; neither outlives the other.
 */
export async function bridgeTunnel(
  client: MessageSocket,
  socket: Duplex,
  head: Uint8Array,
): Promise<void> {
  const socketClosed = new Promise<void>((resolve) => {
    socket.once("close", () => resolve());
  });
  socket.on("error", () => socket.destroy());
  client.onMessage((bytes) => writeAll(socket, bytes));
  if (head.length > 0) await client.send(head);
  const pump = sendAll(socket, (bytes) => client.send(bytes));
  pump.then(() => client.close(1000)).catch(() => client.close(1011));
  await Promise.race([client.closed, socketClosed.then(() => pump.catch(() => undefined))]);
  socket.destroy();
  await client.closed;
}
