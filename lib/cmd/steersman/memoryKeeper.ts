import type { Timer } from "../../platform/clock.js";
import type { Logger } from "../../platform/logger.js";
import type { Platform } from "../../platform/platform.js";

const mebibyte = 1024 * 1024;
/** Less than this is not worth the work. */
const wantedBytes = 44 * mebibyte;
/** What must have come since the last time, so that it is worth the work again. */
const growthBytes = 8 * mebibyte;
const busyMilliseconds = 50;
const settleMilliseconds = 1_000;
const restMilliseconds = 10_000;

/**
 * Keeps a process's resident memory near what it needs: gives back what starting and listing leave,
 * while that goes on, once it has ended, and later, since another list may come at any time.
 */
export class MemoryKeeper {
  readonly #platform: Pick<Platform, "clock" | "host">;
  readonly #logger: Logger;
  #timer: Timer | undefined;
  #limitBytes = wantedBytes;

  constructor(platform: Pick<Platform, "clock" | "host">, logger: Logger) {
    this.#platform = platform;
    this.#logger = logger;
    this.#lookIn(busyMilliseconds, busyMilliseconds);
  }

  #lookIn(milliseconds: number, then: number): void {
    this.#timer = this.#platform.clock.setTimer(milliseconds, () => {
      this.#look();
      this.#lookIn(then, then);
    });
  }

  #look(): void {
    const { host } = this.#platform;
    if (host.memoryBytes().residentSet < this.#limitBytes) return;
    host.releaseMemory().then(
      () => {
        // Where more is needed than is wanted, growth alone is reason to try again.
        this.#limitBytes = Math.max(wantedBytes, host.memoryBytes().residentSet + growthBytes);
      },
      (error: unknown) => this.#logger.warning("Memory cannot be given back", { error }),
    );
  }

  /** Starting and listing are over. */
  settle(): void {
    this.#timer?.cancel();
    this.#limitBytes = wantedBytes;
    this.#lookIn(settleMilliseconds, restMilliseconds);
  }

  stop(): void {
    this.#timer?.cancel();
  }
}
