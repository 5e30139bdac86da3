import type { Clock, Timer } from "../platform/clock.js";
import type { Revision, Storage } from "../storage/storage.js";

/**
 * Drops history older than one interval, so that watches and lists can resume for at least that
 * long.
 */
export class Compactor {
  readonly #storage: Storage;
  readonly #clock: Clock;
  readonly #intervalSeconds: number;
  #timer: Timer | undefined;
  #previous: Revision | undefined;

  /** 0 seconds never compacts. */
  constructor(storage: Storage, clock: Clock, intervalSeconds: number) {
    this.#storage = storage;
    this.#clock = clock;
    this.#intervalSeconds = intervalSeconds;
  }

  start(): void {
    if (this.#intervalSeconds <= 0) {
      return;
    }
    this.#timer = this.#clock.setTimer(this.#intervalSeconds * 1000, () => {
      const until = this.#previous;
      this.#previous = this.#storage.currentRevision();
      // A failure is the store's own to report (health); the next turn tries again.
      const compacted = until === undefined ? Promise.resolve() : this.#storage.compact(until);
      compacted.catch(() => undefined);
      this.start();
    });
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
