import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** What is run as another user: it needs no file of this project, which they may not read. */
const program = `
const net = require("node:net"), http = require("node:http");
const say = (value) => console.log(JSON.stringify(value));
const run = {
  call: ({ host, port, path }) => {
    const request = http.get({ host, port, path, agent: false }, (response) => {
      let body = "";
      response.on("data", (part) => { body += part; });
      response.on("end", () => say({ status: response.statusCode, body }));
    });
    request.on("error", (error) => say({ error: error.code }));
  },
  send: ({ host, port, text, how }) => {
    const socket = net.connect(port, host, () => {
      socket.write(text, () => {
        if (how === "reset") socket.resetAndDestroy();
        else socket.destroy();
      });
    });
    socket.on("error", () => undefined);
    socket.on("close", () => say({}));
  },
};
require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const { kind, ...rest } = JSON.parse(line);
  run[kind](rest);
});
say({});
`;

export interface LocalAnswer {
  readonly status?: number;
  readonly body?: string;
  readonly error?: string;
}

/** A process of a user of this machine that makes connections, each a new one, one at a time. */
export class LocalClient {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    if (!child.stdout) throw new Error("no output");
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  /** `uid` needs root. */
  static async start(uid?: number): Promise<LocalClient> {
    const client = new LocalClient(
      spawn(process.execPath, ["-e", program], {
        ...(uid === undefined ? {} : { uid, gid: uid }),
        cwd: "/",
        stdio: ["pipe", "pipe", "inherit"],
      }),
    );
    await client.#next();
    return client;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async #next(): Promise<LocalAnswer> {
    const line = await this.#lines.next();
    if (line.done) throw new Error("the client has ended");
    return JSON.parse(line.value) as LocalAnswer;
  }

  /** GET. */
  call(host: string, port: number, path: string): Promise<LocalAnswer> {
    this.#child.stdin?.write(`${JSON.stringify({ kind: "call", host, port, path })}\n`);
    return this.#next();
  }

  /** Writes and is gone: with FIN or with RST. */
  send(host: string, port: number, text: string, how: "close" | "reset"): Promise<LocalAnswer> {
    this.#child.stdin?.write(`${JSON.stringify({ kind: "send", host, port, text, how })}\n`);
    return this.#next();
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#child.once("exit", () => resolve());
      this.#child.stdin?.end();
    });
  }
}
