import type { Clock } from "../../platform/clock.js";

/** One writer's hold of a key. To release it twice does nothing. */
export interface Ticket {
  release(): void;
}

/**
 * Who has waited this long goes ahead without the lock, so that no fault of a holder keeps a key
 * from being written.
 */
const maxWaitMilliseconds = 1000;

/**
 * Writers of one key that may try again stand in line once two have met, instead of undoing each
 * other's work over and over. Only a courtesy: the compare of each transaction decides, so whoever
 * goes past the line breaks nothing. A line is as long as requests in flight allow.
 */
export class KeyedMutex {
  readonly #clock: Clock;
  /** Keys that are held, with who waits, first come first. */
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  isLocked(key: string): boolean {
    return this.#waiting.has(key);
  }

  /** Resolves when everybody who came before has released it, or after a second. */
  lock(key: string): Promise<Ticket> {
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) {
      this.#waiting.set(key, new Set());
      return Promise.resolve(this.#ticket(key));
    }
    return new Promise((resolve) => {
      const go = (): void => {
        timer.cancel();
        resolve(this.#ticket(key));
      };
      const timer = this.#clock.setTimer(maxWaitMilliseconds, () => {
        waiting.delete(go);
        resolve({ release: () => undefined });
      });
      waiting.add(go);
    });
  }

  #ticket(key: string): Ticket {
    let released = false;
    return {
      release: () => {
        if (released) return;
        released = true;
        const waiting = this.#waiting.get(key);
        const [next] = waiting ?? [];
        if (next === undefined) this.#waiting.delete(key);
        else {
          waiting?.delete(next);
          next();
        }
      },
    };
  }
}
