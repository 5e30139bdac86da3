import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A child that answers each line on standard input with one line on standard output. */
export class LineProcess {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #waiting: { resolve: (line: string) => void; reject: (error: Error) => void }[] = [];
  /** The last of what it wrote to standard error, up to 64 KiB. */
  errors = "";

  constructor(command: string, args: readonly string[], path = process.env.PATH ?? "") {
    const env = { ...process.env, PATH: path };
    this.#child = spawn(command, [...args], { stdio: "pipe", env });
    createInterface({ input: this.#child.stdout }).on("line", (line) => {
      this.#waiting.shift()?.resolve(line);
    });
    this.#child.stderr.on("data", (part: Buffer) => {
      this.errors = (this.errors + part.toString()).slice(-65536);
    });
    this.#child.stdin.on("error", () => undefined);
    this.#child.on("close", (code) => {
      const error = new Error(`${args.join(" ")} ended (${code}): ${this.errors}`);
      for (const { reject } of this.#waiting.splice(0)) reject(error);
    });
  }

  async ask<T>(command: object): Promise<T> {
    const line = await new Promise<string>((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#child.stdin.write(`${JSON.stringify(command)}\n`);
    });
    return JSON.parse(line) as T;
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const closed = new Promise<void>((resolve) => this.#child.once("close", () => resolve()));
    this.#child.stdin.end();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 5000);
    await closed;
    clearTimeout(timer);
  }
}
