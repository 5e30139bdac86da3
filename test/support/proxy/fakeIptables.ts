import { PassThrough } from "node:stream";
import type { ChildProcess, Processes, ProcessResult } from "../../../lib/platform/processes.js";
import { RuleTables } from "./ruleTables.js";

const result = (exitCode: number, stdout = "", stderr = ""): ProcessResult => ({
  ...{ exitCode, signal: null, stdout, stderr },
});

/** The programs iptables, iptables-save, iptables-restore and conntrack over tables in memory. */
export class FakeIptables implements Processes {
  readonly tables = new RuleTables();
  /** Every text that was given to iptables-restore. */
  readonly restored: string[] = [];
  /** So many of the next restores fail. */
  failures = 0;
  /** What `conntrack -L` prints, and which flows were deleted. */
  flows = "";
  readonly deletedFlows: string[] = [];

  async run(command: string, args: readonly string[]): Promise<ProcessResult> {
    if (command === "conntrack") {
      if (args[0] === "-L") return result(0, this.flows);
      this.deletedFlows.push(args.slice(5).join(" "));
      return result(0);
    }
    if (command === "iptables-save") return result(0, this.tables.save());
    if (command !== "iptables") throw new Error(`ENOENT ${command}`);
    if (args[0] === "--version") return result(0, "iptables v1.8.9 (nf_tables)\n");
    const [table, chain] = [args[args.indexOf("-t") + 1], args[args.indexOf("-S") + 1]];
    return result(this.tables.chain(table ?? "", chain ?? "") === undefined ? 1 : 0);
  }

  startDaemon(command: string): never {
    throw new Error(`ENOENT ${command}`);
  }

  spawn(command: string): ChildProcess {
    const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
    const finish = (exitCode: number, error = "") => {
      stdout.end();
      stderr.end(error);
      return { exitCode, signal: null };
    };
    const read = async () => {
      let text = "";
      for await (const piece of stdin) text += String(piece);
      if (command === "iptables-save") {
        stdout.write(this.tables.save());
        return finish(0);
      }
      this.restored.push(text);
      if (this.failures > 0) {
        this.failures -= 1;
        return finish(4, "Another app is currently holding the xtables lock");
      }
      try {
        this.tables.restore(text);
        return finish(0);
      } catch (error) {
        return finish(2, String(error));
      }
    };
    return { pid: 1, stdin, stdout, stderr, ended: read(), kill: () => undefined };
  }

  signal(): boolean {
    return false;
  }

  async find(command: string): Promise<string | undefined> {
    return `/usr/sbin/${command}`;
  }
}
