// Runs the commands of the set-up so that they end with whoever started it, and nothing goes on behind the prompt.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { setImmediate as turn } from "node:timers/promises";

const parentCheckMilliseconds = 1_000;
const graceMilliseconds = 5_000;
const signals = ["SIGTERM", "SIGINT", "SIGHUP"];

function signalGroup(leader, signal) {
  try {
    process.kill(-leader, signal);
  } catch {
    // Nobody of it is left.
  }
}

/**
 * Commands that run one at a time, each with all its descendants in a process group. A signal to this process, or the
 * end of the process that started it, ends that group and then this process; until release().
 */
export class CommandGroup {
  #leader;
  #mustFinish = false;
  #signal;
  #handlers = signals.map((signal) => [signal, () => this.#end(signal)]);
  #parent = process.ppid;
  #check = setInterval(() => {
    if (process.ppid !== this.#parent) this.#end("SIGTERM");
  }, parentCheckMilliseconds).unref();

  constructor() {
    for (const [signal, handler] of this.#handlers) process.on(signal, handler);
  }

  #end(signal) {
    clearInterval(this.#check);
    this.#signal ??= signal;
    if (this.#leader === undefined) this.#exit();
    if (this.#mustFinish) return;
    signalGroup(this.#leader, "SIGTERM");
    setTimeout(() => signalGroup(this.#leader, "SIGKILL"), graceMilliseconds);
  }

  #exit() {
    process.exit(128 + constants.signals[this.#signal]);
  }

  /**
   * Resolves with the exit code, or a word for how else it ended. With mustFinish a signal is heeded only when the command
   * has ended: for what leaves the machine in no good state halfway.
   */
  async run(command, args, { mustFinish = false, ...options } = {}) {
    await this.heed();
    const child = spawn(command, args, { ...options, detached: true });
    this.#leader = child.pid;
    this.#mustFinish = mustFinish;
    const outcome = await new Promise((resolve) => {
      child.once("error", (error) => resolve(error.message));
      child.once("exit", (code, signal) => resolve(code ?? signal));
    });
    this.#leader = undefined;
    if (this.#signal === undefined) return outcome;
    // Whoever of the group has not heeded SIGTERM; an installation's own processes are left alone.
    if (child.pid !== undefined && !mustFinish) signalGroup(child.pid, "SIGKILL");
    return this.#exit();
  }

  /** Ends this process if a signal has come while it was busy. */
  async heed() {
    await turn();
  }

  /** From now on signals are somebody else's. */
  release() {
    clearInterval(this.#check);
    for (const [signal, handler] of this.#handlers) process.off(signal, handler);
  }
}
