import { createSocket, type Socket } from "node:dgram";
import { connect } from "node:net";
import type { DnsAddress } from "../../../lib/dns/dnsAddress.js";
import { type DnsResponse, decodeResponse, encodeQuery, type QueryOptions } from "./dnsMessage.js";

/** Asks a server over UDP, one socket for all queries; each waits for its own id. */
export class UdpClient {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, (message: Buffer | undefined) => void>();
  #nextId = 1;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("message", (message) => this.#waiting.get(message.readUInt16BE(0))?.(message));
    // A port that nobody listens on any more: whoever waits is answered by time.
    socket.on("error", () => undefined);
  }

  static async open({ host, port }: DnsAddress): Promise<UdpClient> {
    const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
    await new Promise<void>((resolve) => socket.connect(port, host, resolve));
    return new UdpClient(socket);
  }

  /** The response's bytes; undefined when none comes in time. */
  send(message: Uint8Array, milliseconds = 5_000): Promise<Buffer | undefined> {
    const bytes = Buffer.from(message);
    const id = bytes.length >= 2 ? bytes.readUInt16BE(0) : -1;
    return new Promise((resolve) => {
      const end = (response: Buffer | undefined): void => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        resolve(response);
      };
      const timer = setTimeout(() => end(undefined), milliseconds);
      this.#waiting.set(id, end);
      this.#socket.send(bytes);
    });
  }

  /** Rejects when no response comes in time. */
  async ask(
    name: string,
    type: string,
    options: QueryOptions = {},
    milliseconds = 10_000,
  ): Promise<DnsResponse> {
    const id = this.#nextId++ & 0xffff;
    const query = encodeQuery(name, type, { ...options, id });
    const response = await this.send(query, milliseconds);
    if (response === undefined) throw new Error(`no response to ${type} ${name}`);
    return decodeResponse(response);
  }

  close(): void {
    this.#socket.close();
  }
}

/** Sends messages over one connection, all at once, and reads as many responses as come. */
export function askOverTcp(
  { host, port }: DnsAddress,
  messages: readonly Uint8Array[],
  wanted = messages.length,
): Promise<Buffer[]> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host);
    const found: Buffer[] = [];
    let bytes = Buffer.alloc(0);
    const end = (): void => {
      socket.destroy();
      resolve(found);
    };
    socket.on("data", (part) => {
      bytes = Buffer.concat([bytes, part]);
      while (bytes.length >= 2 && bytes.length >= 2 + bytes.readUInt16BE(0)) {
        const length = bytes.readUInt16BE(0);
        found.push(Buffer.from(bytes.subarray(2, 2 + length)));
        bytes = bytes.subarray(2 + length);
      }
      if (found.length >= wanted) end();
    });
    socket.on("error", reject);
    socket.on("close", end);
    for (const message of messages) {
      const head = Buffer.alloc(2);
      head.writeUInt16BE(message.length);
      socket.write(Buffer.concat([head, message]));
    }
  });
}
