/** What this process knows of the machine and of itself. */
export interface Host {
  readonly pid: number;
  readonly isRoot: boolean;
  /** Undefined where the system has no numbers for users. */
  readonly userId: number | undefined;
  readonly arguments: readonly string[];
  /** Of the interpreter that runs this program. */
  readonly executable: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
  readonly architecture: string;
  readonly workingDirectory: string;
  readonly temporaryDirectory: string;
  readonly homeDirectory: string;
  /** IANA name of the zone of local times. */
  readonly timeZone: string;
  hostname(): string;
  kernelVersion(): string;
  cpuCount(): number;
  memoryBytes(): { total: number; free: number; residentSet: number };
  /**
   * From now on this process takes less memory where that costs nothing but time: for a process
   * whose JavaScript does little.
   */
  preferLittleMemory(): void;
  /**
   * Gives back what this process does not need now: garbage, free parts of its heaps, the pages of
   * code that only starting needed. Nothing else runs for some milliseconds.
   */
  releaseMemory(): Promise<void>;
  /** CPU seconds this process has used, user and system. */
  cpuSeconds(): { user: number; system: number };
  /** Virtual memory and file descriptors of this process; undefined where nobody tells. */
  processUse(): { virtualMemoryBytes: number; openFiles: number; maxOpenFiles: number } | undefined;
  /** Addresses of network interfaces that are up. */
  addresses(): readonly {
    interfaceName: string;
    address: string;
    family: "IPv4" | "IPv6";
    loopback: boolean;
  }[];
  /**
   * Writes to standard output. Whoever ends the process waits for it: a pipe takes as much at once
   * as its reader has room for. Rejects where it cannot be written.
   */
  writeOutput(text: string): Promise<void> | undefined;
  /** Writes to standard error. */
  writeError(text: string): void;
  /** Why the last write to standard error failed; undefined where it did not. */
  outputProblem(): string | undefined;
  /** Calls back on SIGTERM and SIGINT; returns what removes the handler. */
  onTermination(callback: (signal: "SIGTERM" | "SIGINT") => void): () => void;
  exit(code: number): never;
  setExitCode(code: number): void;
  /**
   * One datagram to systemd's NOTIFY_SOCKET, sent by this process itself; nothing without the
   * variable.
   */
  notifyServiceManager(state: string): Promise<void>;
}
