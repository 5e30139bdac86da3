import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { createServer, type Server } from "node:net";
import type { DnsAddress } from "../../../lib/dns/dnsAddress.js";
import { encodeName } from "./dnsMessage.js";

/** An answer section, in wire form, and the code; undefined stays silent. */
export interface UpstreamAnswer {
  readonly code?: number;
  readonly flags?: number;
  readonly answers?: readonly Buffer[];
  readonly authorities?: readonly Buffer[];
}

export function aRecord(address: string, ttl = 60, name: Buffer = Buffer.from([0xc0, 12])): Buffer {
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(1, 0);
  fixed.writeUInt16BE(1, 2);
  fixed.writeUInt32BE(ttl, 4);
  fixed.writeUInt16BE(4, 8);
  return Buffer.concat([name, fixed, Buffer.from(address.split(".").map(Number))]);
}

export function cnameRecord(target: string, ttl = 60): Buffer {
  const data = encodeName(target);
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(5, 0);
  fixed.writeUInt16BE(1, 2);
  fixed.writeUInt32BE(ttl, 4);
  fixed.writeUInt16BE(data.length, 8);
  return Buffer.concat([Buffer.from([0xc0, 12]), fixed, data]);
}

/** The question's end, and its name in lower case. */
function question(message: Buffer): { name: string; end: number } {
  const labels: string[] = [];
  let at = 12;
  while (message.readUInt8(at) !== 0) {
    const length = message.readUInt8(at);
    labels.push(message.toString("latin1", at + 1, at + 1 + length).toLowerCase());
    at += length + 1;
  }
  return { name: labels.join("."), end: at + 5 };
}

/** Another resolver on loopback, UDP and TCP, whose answers a test gives. */
export class UpstreamServer {
  /** The names that were asked for, in order. */
  readonly asked: string[] = [];
  answer: (name: string, isTcp: boolean) => UpstreamAnswer | undefined = () => undefined;
  readonly #udp: Socket;
  readonly #tcp: Server;

  private constructor(udp: Socket, tcp: Server) {
    this.#udp = udp;
    this.#tcp = tcp;
    udp.on("message", (message, from: RemoteInfo) => {
      const response = this.#respond(message, false);
      if (response) udp.send(response, from.port, from.address);
    });
    tcp.on("connection", (socket) => {
      let bytes = Buffer.alloc(0);
      socket.on("error", () => undefined);
      socket.on("data", (part) => {
        bytes = Buffer.concat([bytes, part]);
        if (bytes.length < 2 || bytes.length < 2 + bytes.readUInt16BE(0)) return;
        const response = this.#respond(bytes.subarray(2), true);
        if (!response) return;
        const head = Buffer.alloc(2);
        head.writeUInt16BE(response.length);
        socket.end(Buffer.concat([head, response]));
      });
    });
  }

  static async start(): Promise<UpstreamServer> {
    for (;;) {
      const udp = createSocket("udp4");
      await new Promise<void>((resolve) => udp.bind(0, "127.0.0.1", resolve));
      const tcp = createServer();
      const isBound = await new Promise<boolean>((resolve) => {
        tcp.once("error", () => resolve(false));
        tcp.listen(udp.address().port, "127.0.0.1", () => resolve(true));
      });
      if (isBound) return new UpstreamServer(udp, tcp);
      udp.close();
    }
  }

  get address(): DnsAddress {
    return { host: "127.0.0.1", port: this.#udp.address().port };
  }

  /** Names that were asked for beside the probes for loops. */
  get questions(): readonly string[] {
    return this.asked.filter((name) => !/^[\da-f]{16}\.[\da-f]{16}$/.test(name));
  }

  #respond(message: Buffer, isTcp: boolean): Buffer | undefined {
    const { name, end } = question(message);
    this.asked.push(name);
    const answer = this.answer(name, isTcp);
    if (answer === undefined) return undefined;
    const { code = 0, flags = 0, answers = [], authorities = [] } = answer;
    const head = Buffer.from(message.subarray(0, 12));
    head.writeUInt16BE(0x8180 | flags | code, 2);
    head.writeUInt16BE(answers.length, 6);
    head.writeUInt16BE(authorities.length, 8);
    head.writeUInt16BE(0, 10);
    return Buffer.concat([head, message.subarray(12, end), ...answers, ...authorities]);
  }

  async stop(): Promise<void> {
    await Promise.all([
      new Promise<void>((resolve) => this.#udp.close(() => resolve())),
      new Promise<void>((resolve) => this.#tcp.close(() => resolve())),
    ]);
  }
}
