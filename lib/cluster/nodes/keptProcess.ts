import type { Logger } from "../../platform/logger.js";
import type { Platform } from "../../platform/platform.js";

const firstPauseMilliseconds = 1_000;
const maxPauseMilliseconds = 30_000;
/** One that ran for so long starts again at once when it ends. */
const steadyMilliseconds = 60_000;
const adoptedPollMilliseconds = 2_000;
const stopPollMilliseconds = 20;
/** A log that is larger when its process starts is put aside, and the one before is dropped. */
const maxLogBytes = 10 * 1024 * 1024;

export interface KeptProcessOptions {
  readonly name: string;
  readonly command: readonly string[];
  readonly logFile: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** One that runs already, from an earlier `up`. */
  readonly adoptedPid?: number;
}

/** A process that is started again when it ends, with pauses that grow to half a minute. */
export class KeptProcess {
  readonly #stopping = new AbortController();
  #pid: number | undefined;
  #restarts = 0;
  #running: Promise<void> | undefined;

  constructor(
    readonly platform: Platform,
    readonly logger: Logger,
    readonly options: KeptProcessOptions,
  ) {}

  /** How often it ended by itself. */
  get restarts(): number {
    return this.#restarts;
  }

  start(): void {
    this.#running = this.#keep();
  }

  async #keep(): Promise<void> {
    const { clock } = this.platform;
    const { name, adoptedPid } = this.options;
    let pause = firstPauseMilliseconds;
    let adopted = adoptedPid;
    while (!this.#stopping.signal.aborted) {
      const started = clock.monotonic();
      const end = await (adopted === undefined ? this.#runOnce() : this.#watch(adopted));
      adopted = undefined;
      this.#pid = undefined;
      if (this.#stopping.signal.aborted) return;
      if (clock.monotonic() - started > steadyMilliseconds) pause = firstPauseMilliseconds;
      this.#restarts += 1;
      const seconds = pause / 1000;
      this.logger.warning("A process of a node ended; it is started again", {
        ...{ name, end, seconds, log: this.options.logFile },
      });
      await clock.sleep(pause, this.#stopping.signal);
      pause = Math.min(pause * 2, maxPauseMilliseconds);
    }
  }

  async #runOnce(): Promise<string> {
    const { files, processes } = this.platform;
    const { command, logFile, environment = {} } = this.options;
    const size = (await files.status(logFile))?.sizeBytes ?? 0;
    if (size > maxLogBytes) await files.rename(logFile, `${logFile}.1`);
    const [program = "", ...args] = command;
    const daemon = processes.startDaemon(program, args, {
      outputFile: logFile,
      // Only this process speaks to the service manager.
      environment: { NOTIFY_SOCKET: "", ...environment },
    });
    this.#pid = daemon.pid;
    const { exitCode, signal } = await daemon.ended;
    return signal ?? `exit ${exitCode}`;
  }

  /** It is no child of this process, so its end is seen by looking. */
  async #watch(pid: number): Promise<string> {
    const { processes, clock } = this.platform;
    this.#pid = pid;
    while (!this.#stopping.signal.aborted && processes.signal(pid, 0)) {
      await clock.sleep(adoptedPollMilliseconds, this.#stopping.signal);
    }
    return "gone";
  }

  /** SIGTERM, and SIGKILL after the grace. */
  async stop(graceMilliseconds: number): Promise<void> {
    const { processes, clock } = this.platform;
    this.#stopping.abort();
    const pid = this.#pid;
    if (pid !== undefined) {
      processes.signal(pid, "SIGTERM");
      const end = clock.monotonic() + graceMilliseconds;
      while (processes.signal(pid, 0)) {
        if (clock.monotonic() > end) processes.signal(pid, "SIGKILL");
        await clock.sleep(stopPollMilliseconds);
      }
    }
    await this.#running;
  }
}
