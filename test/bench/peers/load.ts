import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { tokens } from "./peer.js";

/** What the load prints of a row. */
export interface LoadResult {
  readonly operations: number;
  readonly seconds: number;
  readonly p50Milliseconds: number;
  readonly p99Milliseconds: number;
  readonly bytes: number;
}

export interface LoadOptions {
  readonly asAdministrator?: boolean;
  readonly clients?: number;
  readonly seconds?: number;
  /** How many operations in all, in place of a time. */
  readonly count?: number;
  readonly objects?: number;
  readonly watchers?: number;
  readonly media?: "application/json" | "application/vnd.kubernetes.protobuf";
  readonly prefix?: string;
}

/** A load's result, and what the server's processes used for it. */
export interface Measured extends LoadResult {
  readonly cpuSeconds: number;
}

/** A server that is asked, and measured. */
export interface LoadTarget {
  readonly side: string;
  readonly url: string;
  loadProgram(): string;
  /** Of all that counts, so far. */
  cpuSeconds(): number;
}

/** Runs one row of the load on a server. CPU counts from when the load says that it is prepared. */
export async function runLoad(
  peer: LoadTarget,
  row: string,
  options: LoadOptions,
): Promise<Measured> {
  const { asAdministrator = false, ...rest } = options;
  const flags = Object.entries(rest).flatMap(([name, value]) => [`-${name}`, String(value)]);
  const token = asAdministrator ? tokens.administrator : tokens.user;
  const child = spawn(
    peer.loadProgram(),
    ["-server", peer.url, "-token", token, "-row", row, ...flags],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  const ended = once(child, "exit") as Promise<[number | null, string | null]>;
  let cpu = peer.cpuSeconds();
  let result: LoadResult | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === "ready") {
      cpu = peer.cpuSeconds();
      child.stdin.write("\n");
    } else result = JSON.parse(line) as LoadResult;
  }
  const [code, signal] = await ended;
  if (code !== 0 || result === undefined) {
    throw new Error(`the load of ${row} on ${peer.side} ended with ${code ?? signal}`);
  }
  return { ...result, cpuSeconds: peer.cpuSeconds() - cpu };
}
