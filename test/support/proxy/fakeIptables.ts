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
  /** The lines of `conntrack -L`; `-D` takes away those that its filter selects. */
  flows: string[] = [];
  readonly #fields = new Map<string, ReadonlyMap<string, string>>();
  /** Runs of `conntrack -D`. */
  deletions = 0;
  /** Options that this conntrack does not know. */
  unknownOptions: readonly string[] = [];

  async run(command: string, args: readonly string[]): Promise<ProcessResult> {
    if (command === "conntrack") return this.#conntrack(args);
    if (command === "iptables-save") return result(0, this.tables.save());
    if (command !== "iptables") throw new Error(`ENOENT ${command}`);
    if (args[0] === "--version") return result(0, "iptables v1.8.9 (nf_tables)\n");
    const [table, chain] = [args[args.indexOf("-t") + 1], args[args.indexOf("-S") + 1]];
    return result(this.tables.chain(table ?? "", chain ?? "") === undefined ? 1 : 0);
  }

  /** The values of a flow's line by `key#occurrence`; each line is read once. */
  #fieldsOf(line: string): ReadonlyMap<string, string> {
    const known = this.#fields.get(line);
    if (known !== undefined) return known;
    const fields = new Map<string, string>();
    for (const [, key = "", value = ""] of line.matchAll(/\b([\w-]+)=(\S+)/g)) {
      const occurrence = fields.has(`${key}#0`) ? 1 : 0;
      fields.set(`${key}#${occurrence}`, value);
    }
    this.#fields.set(line, fields);
    return fields;
  }

  #conntrack(args: readonly string[]): ProcessResult {
    if (args[0] === "-L") return result(0, this.flows.join("\n"));
    this.deletions += 1;
    const places: Readonly<Record<string, [key: string, occurrence: number]>> = {
      "--orig-src": ["src", 0],
      "--orig-dst": ["dst", 0],
      "--sport": ["sport", 0],
      "--dport": ["dport", 0],
      "--reply-src": ["src", 1],
      "--reply-port-src": ["sport", 1],
    };
    const before = this.flows.length;
    const selects = (line: string): boolean => {
      for (let at = 5; at < args.length; at += 2) {
        const option = args[at] ?? "";
        if (this.unknownOptions.includes(option)) return false;
        const [key, occurrence] = places[option] ?? ["", 0];
        if (this.#fieldsOf(line).get(`${key}#${occurrence}`) !== args[at + 1]) return false;
      }
      return true;
    };
    this.flows = this.flows.filter((line) => !selects(line));
    return result(this.flows.length < before ? 0 : 1);
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
