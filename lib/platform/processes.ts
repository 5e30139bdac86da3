import type { Readable, Writable } from "node:stream";

export interface ProcessResult {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string | Uint8Array;
  readonly environment?: Readonly<Record<string, string>>;
  readonly directory?: string;
  /** Past it the process is killed and the result has a signal. */
  readonly timeoutMilliseconds?: number;
  /** Output beyond this many bytes is dropped. Default 4 MiB a stream. */
  readonly maxOutputBytes?: number;
}

export interface ChildProcess {
  readonly pid: number;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves when it ended; never rejects. */
  readonly ended: Promise<{ exitCode: number | null; signal: string | null }>;
  kill(signal?: NodeJS.Signals): void;
}

/** A process that outlives the one that started it, unless it is ended. */
export interface Daemon {
  readonly pid: number;
  /** Resolves when it ended; never rejects. A command that cannot be started ends with 127. */
  readonly ended: Promise<{ exitCode: number | null; signal: string | null }>;
}

export interface DaemonOptions {
  /** Standard output and standard error are appended to this file. */
  readonly outputFile: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Processes {
  /** Runs to the end. A command that cannot be started rejects (ENOENT, EACCES). */
  run(command: string, args: readonly string[], options?: RunOptions): Promise<ProcessResult>;
  spawn(
    command: string,
    args: readonly string[],
    options?: {
      environment?: Readonly<Record<string, string>>;
      directory?: string;
      detached?: boolean;
    },
  ): ChildProcess;
  /**
   * Starts a command in a session of its own, so that a terminal's signals do not reach it, with
   * its output in a file, so that it can go on writing when this process is gone.
   */
  startDaemon(command: string, args: readonly string[], options: DaemonOptions): Daemon;
  signal(pid: number, signal: NodeJS.Signals | 0): boolean;
  /** The absolute path of a command on PATH (and the sbin folders), if there. */
  find(command: string): Promise<string | undefined>;
}
