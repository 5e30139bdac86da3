import type { Clock } from "../../platform/clock.js";

/** One writer's place; ending it twice does nothing. */
export interface KeyTurn {
  end(): void;
}

/**
 * Who has waited this long goes ahead without a turn: somebody whose admission asks another server,
 * which writes this very key, must not wait for itself.
 */
const maxWaitMilliseconds = 1000;

/**
 * Writers of one key that may try again stand in line once two have met, instead of undoing each
 * other's work over and over. Only a courtesy: the compare of each transaction decides, so whoever
 * goes past the line breaks nothing. A line is as long as requests in flight allow.
 */
export class KeyTurns {
  readonly #clock: Clock;
  /** Keys that somebody has the turn of, with who waits. */
  readonly #lines = new Map<string, Set<() => void>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  isTaken(key: string): boolean {
    return this.#lines.has(key);
  }

  /** Resolves when everybody who asked before has ended, or waited for too long. */
  take(key: string): Promise<KeyTurn> {
    const line = this.#lines.get(key);
    if (line === undefined) {
      this.#lines.set(key, new Set());
      return Promise.resolve(this.#turn(key));
    }
    return new Promise((resolve) => {
      const go = (): void => {
        timer.cancel();
        resolve(this.#turn(key));
      };
      const timer = this.#clock.setTimer(maxWaitMilliseconds, () => {
        line.delete(go);
        resolve({ end: () => undefined });
      });
      line.add(go);
    });
  }

  #turn(key: string): KeyTurn {
    let ended = false;
    return {
      end: () => {
        if (ended) return;
        ended = true;
        const line = this.#lines.get(key);
        const [next] = line ?? [];
        if (next === undefined) this.#lines.delete(key);
        else {
          line?.delete(next);
          next();
        }
      },
    };
  }
}
