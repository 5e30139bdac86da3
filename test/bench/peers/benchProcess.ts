import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { cpuSeconds, residentMebibytes } from "../processFigures.js";

/** For a process to end by itself before it is killed. */
const graceMilliseconds = 20_000;

/** A process that is measured from outside, whoever made it. */
export class BenchProcess {
  readonly #child: ChildProcess;
  readonly #log: string;

  /** Starts it; what it prints goes into the log. */
  constructor(command: readonly string[], log: string) {
    const output = openSync(log, "a");
    const [program = "", ...args] = command;
    this.#child = spawn(program, args, { stdio: ["ignore", output, output] });
    closeSync(output);
    this.#log = log;
  }

  get isOver(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** What it has printed. */
  output(): string {
    return readFileSync(this.#log, "utf8");
  }

  /** The end of what it has printed. */
  lastLines(): string {
    return this.output().split("\n").slice(-15).join("\n");
  }

  /** CPU seconds of all its threads so far, user and system. */
  cpuSeconds(): number {
    return cpuSeconds(this.#child.pid);
  }

  residentMebibytes(): number {
    return residentMebibytes(this.#child.pid);
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  async stop(): Promise<void> {
    if (this.isOver) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    const kill = setTimeout(() => this.#child.kill("SIGKILL"), graceMilliseconds);
    await ended;
    clearTimeout(kill);
  }
}
