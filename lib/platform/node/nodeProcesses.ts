import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";
import type {
  ChildProcess,
  Daemon,
  DaemonOptions,
  Processes,
  ProcessResult,
  RunOptions,
} from "../processes.js";

const defaultMaxOutputBytes = 4 * 1024 * 1024;
const systemFolders = [
  "/usr/local/sbin",
  "/usr/sbin",
  "/sbin",
  "/usr/local/bin",
  "/usr/bin",
  "/bin",
];

function searchPath(): string {
  return [process.env.PATH ?? "", ...systemFolders].join(delimiter);
}

function collect(stream: NodeJS.ReadableStream, maxBytes: number): () => string {
  const parts: Buffer[] = [];
  let length = 0;
  stream.on("data", (part: Buffer) => {
    if (length >= maxBytes) return;
    const kept = part.length > maxBytes - length ? part.subarray(0, maxBytes - length) : part;
    length += kept.length;
    parts.push(kept);
  });
  return () => Buffer.concat(parts).toString("utf8");
}

function start(
  command: string,
  args: readonly string[],
  options: {
    environment?: Readonly<Record<string, string>>;
    directory?: string;
    detached?: boolean;
  },
): ChildProcessWithoutNullStreams {
  return spawn(command, [...args], {
    env: { ...process.env, PATH: searchPath(), ...options.environment },
    ...(options.directory === undefined ? {} : { cwd: options.directory }),
    ...(options.detached === undefined ? {} : { detached: options.detached }),
    stdio: "pipe",
  });
}

function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<ProcessResult> {
  return new Promise((resolve, reject) => {
    const child = start(command, args, options);
    const maxBytes = options.maxOutputBytes ?? defaultMaxOutputBytes;
    const stdout = collect(child.stdout, maxBytes);
    const stderr = collect(child.stderr, maxBytes);
    const limit =
      options.timeoutMilliseconds === undefined
        ? undefined
        : setTimeout(() => child.kill("SIGKILL"), options.timeoutMilliseconds);
    child.on("error", (error) => {
      clearTimeout(limit);
      reject(error);
    });
    child.on("close", (exitCode, signal) => {
      clearTimeout(limit);
      resolve({ exitCode, signal, stdout: stdout(), stderr: stderr() });
    });
    // A command that ends before it read its input is judged by its exit code.
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input ?? "");
  });
}

function spawnChild(
  command: string,
  args: readonly string[],
  options: {
    environment?: Readonly<Record<string, string>>;
    directory?: string;
    detached?: boolean;
  } = {},
): ChildProcess {
  const child = start(command, args, options);
  child.stdin.on("error", () => undefined);
  const ended = new Promise<{ exitCode: number | null; signal: string | null }>((resolve) => {
    child.on("error", () => resolve({ exitCode: 127, signal: null }));
    child.on("close", (exitCode, signal) => resolve({ exitCode, signal }));
  });
  return {
    pid: child.pid ?? -1,
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    ended,
    kill: (signal = "SIGTERM") => {
      child.kill(signal);
    },
  };
}

function startDaemon(command: string, args: readonly string[], options: DaemonOptions): Daemon {
  const output = openSync(options.outputFile, "a", 0o600);
  try {
    const child = spawn(command, [...args], {
      env: { ...process.env, PATH: searchPath(), ...options.environment },
      detached: true,
      stdio: ["ignore", output, output],
    });
    child.unref();
    const ended = new Promise<{ exitCode: number | null; signal: string | null }>((resolve) => {
      child.on("error", () => resolve({ exitCode: 127, signal: null }));
      child.on("exit", (exitCode, signal) => resolve({ exitCode, signal }));
    });
    return { pid: child.pid ?? -1, ended };
  } finally {
    closeSync(output);
  }
}

async function find(command: string): Promise<string | undefined> {
  const folders = [...(process.env.PATH ?? "").split(delimiter), ...systemFolders];
  const candidates = isAbsolute(command)
    ? [command]
    : folders.map((folder) => join(folder, command));
  for (const candidate of candidates) {
    try {
      await access(candidate, constants.X_OK);
      return candidate;
    } catch {
      // Not there, or not to be run: the next folder.
    }
  }
  return undefined;
}

export const nodeProcesses: Processes = {
  run,
  spawn: spawnChild,
  startDaemon,
  signal(pid, signal) {
    try {
      return process.kill(pid, signal);
    } catch {
      return false;
    }
  },
  find,
};
