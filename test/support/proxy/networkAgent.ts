import { createSocket } from "node:dgram";
import { createServer, request } from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from "node:net";
import { createInterface } from "node:readline";

/**
 * A program that lives in one network namespace: it serves, telling who asked, and asks others. One
 * line a command on standard input; one line an answer on standard output, in order.
 */
type Command =
  | { readonly do: "serve"; readonly name: string; readonly port: number }
  | { readonly do: "get" | "udp"; readonly host: string; readonly port: number; from?: number }
  /** Keeps one connection open, and asks whether it still works. */
  | { readonly do: "open"; readonly host: string; readonly port: number }
  | { readonly do: "echo" };

export interface AgentReply {
  /** Who answered, as it named itself. */
  readonly name?: string;
  /** The address that the server saw. */
  readonly peer?: string;
  /** An errno code or `TIMEOUT`. */
  readonly error?: string;
  readonly status?: number;
  readonly body?: string;
}

const timeoutMilliseconds = 1500;

let kept: Socket | undefined;

function open(host: string, port: number): Promise<AgentReply> {
  kept = connect({ host, port });
  kept.on("error", () => undefined);
  return echo();
}

/** One line there and back on the connection that is kept. */
function echo(): Promise<AgentReply> {
  return new Promise((resolve) => {
    const socket = kept;
    if (socket === undefined || socket.destroyed) return resolve({ error: "CLOSED" });
    const timer = setTimeout(() => resolve({ error: "TIMEOUT" }), timeoutMilliseconds);
    socket.once("data", (bytes) => {
      clearTimeout(timer);
      resolve({ name: bytes.toString() });
    });
    socket.write("?");
  });
}

/** HTTP and UDP on the port; on the next one TCP that answers every piece with the name. */
function serve(name: string, port: number): Promise<AgentReply> {
  createTcpServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", () => socket.write(name));
  }).listen(port + 1, "::");
  const reply = (peer: string): string => JSON.stringify({ name, peer });
  createServer((incoming, outgoing) => {
    outgoing.setHeader("connection", "close");
    outgoing.end(reply(incoming.socket.remoteAddress?.replace("::ffff:", "") ?? ""));
  }).listen(port, "::");
  const socket = createSocket("udp4");
  socket.on("message", (_bytes, peer) => {
    socket.send(reply(peer.address), peer.port, peer.address);
  });
  return new Promise((resolve) => socket.bind(port, () => resolve({ name })));
}

function get(host: string, port: number): Promise<AgentReply> {
  return new Promise((resolve) => {
    const call = request({ host, port, agent: false, timeout: timeoutMilliseconds }, (answer) => {
      let body = "";
      answer.on("data", (part: Buffer) => {
        body += part.toString();
      });
      answer.on("end", () => {
        const isEcho = body.startsWith('{"name"');
        const status = answer.statusCode ?? 0;
        resolve(isEcho ? (JSON.parse(body) as AgentReply) : { status, body });
      });
    });
    call.on("timeout", () => {
      resolve({ error: "TIMEOUT" });
      call.destroy();
    });
    call.on("error", (error: NodeJS.ErrnoException) => resolve({ error: error.code ?? "?" }));
    call.end();
  });
}

/** From a fixed port of its own, so that every packet belongs to one tracked flow. */
function udp(host: string, port: number, from: number): Promise<AgentReply> {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    const finish = (reply: AgentReply): void => {
      clearTimeout(timer);
      socket.close();
      resolve(reply);
    };
    const timer = setTimeout(() => finish({ error: "TIMEOUT" }), timeoutMilliseconds);
    socket.on("error", (error: NodeJS.ErrnoException) => finish({ error: error.code ?? "?" }));
    socket.on("message", (bytes) => finish(JSON.parse(bytes.toString()) as AgentReply));
    socket.bind(from, () => {
      void (socket.address() as AddressInfo);
      socket.connect(port, host, () => socket.send("hello"));
    });
  });
}

function run(command: Command): Promise<AgentReply> {
  switch (command.do) {
    case "serve":
      return serve(command.name, command.port);
    case "get":
      return get(command.host, command.port);
    case "udp":
      return udp(command.host, command.port, command.from ?? 0);
    case "open":
      return open(command.host, command.port);
    case "echo":
      return echo();
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line) as Command;
  const answer = await run(command);
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
process.exit(0);
