import type { Clock, Timer } from "../clock.js";

interface PendingTimer {
  readonly due: number;
  /** Of two timers due together the earlier set one fires first. */
  readonly order: number;
  readonly callback: () => void;
  cancelled: boolean;
}

/** Turns of the event loop that real work (streams, native wake-ups) gets between two timers. */
const settlingTurns = 3;

/**
 * Time that stands still until it is advanced. Timers fire in the order of their due time, and
 * what they set in motion runs before the next one. Repeatable as long as nothing waits for the
 * outside world.
 */
export class VirtualClock implements Clock {
  readonly isVirtual = true;
  #startMilliseconds: number;
  #elapsed = 0;
  #order = 0;
  #timers: PendingTimer[] = [];
  #deferred: (() => void)[] = [];

  /** @param startMilliseconds since the epoch; default 2026-01-01T00:00:00Z */
  constructor(startMilliseconds: number = Date.UTC(2026, 0, 1)) {
    this.#startMilliseconds = startMilliseconds;
  }

  now(): number {
    return Math.floor(this.#startMilliseconds + this.#elapsed);
  }

  monotonic(): number {
    return this.#elapsed;
  }

  /** Sets the wall clock forward or (negative) back, as whoever corrects it does. */
  jump(milliseconds: number): void {
    this.#startMilliseconds += milliseconds;
  }

  setTimer(delayMilliseconds: number, callback: () => void): Timer {
    if (Number.isNaN(delayMilliseconds)) throw new RangeError("a delay must be a number");
    const due = this.#elapsed + Math.max(0, delayMilliseconds);
    const timer = { due, order: this.#order++, callback, cancelled: false };
    this.#insert(timer);
    return {
      cancel: () => {
        timer.cancelled = true;
      },
    };
  }

  sleep(delayMilliseconds: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const finish = (): void => {
        timer.cancel();
        signal?.removeEventListener("abort", finish);
        resolve();
      };
      const timer = this.setTimer(delayMilliseconds, finish);
      signal?.addEventListener("abort", finish);
    });
  }

  defer(callback: () => void): void {
    this.#deferred.push(callback);
    if (this.#deferred.length === 1) setImmediate(() => this.#runDeferred());
  }

  /** How many timers wait. */
  get pendingTimers(): number {
    return this.#timers.filter((timer) => !timer.cancelled).length;
  }

  /** Lets everything that is ready now run, without moving the time. */
  async settle(turns = settlingTurns): Promise<void> {
    for (let turn = 0; turn < turns; turn++) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (this.#deferred.length > 0) turn = 0;
    }
  }

  /** Moves the time, firing what falls due on the way. */
  async advance(milliseconds: number): Promise<void> {
    const target = this.#elapsed + milliseconds;
    await this.settle();
    for (;;) {
      const next = this.#take(target);
      if (next === undefined) break;
      this.#elapsed = Math.max(this.#elapsed, next.due);
      next.callback();
      await this.settle();
    }
    this.#elapsed = target;
  }

  /**
   * Moves the time from timer to timer until the condition holds. Rejects when it does not within
   * the limit of virtual time, or when no timer is left that could change anything.
   */
  async advanceUntil(
    condition: () => boolean | Promise<boolean>,
    limitMilliseconds = 600_000,
  ): Promise<void> {
    const limit = this.#elapsed + limitMilliseconds;
    await this.settle();
    while (!(await condition())) {
      const next = this.#take(limit);
      if (next === undefined) {
        await this.settle(20);
        if (await condition()) return;
        throw new Error(`the condition did not hold within ${limitMilliseconds} ms`);
      }
      this.#elapsed = Math.max(this.#elapsed, next.due);
      next.callback();
      await this.settle();
    }
  }

  #runDeferred(): void {
    for (const callback of this.#deferred.splice(0)) callback();
  }

  /** The first timer that is due by then. */
  #take(byElapsed: number): PendingTimer | undefined {
    for (;;) {
      const first = this.#timers[0];
      if (first === undefined || first.due > byElapsed) return undefined;
      this.#timers.shift();
      if (!first.cancelled) return first;
    }
  }

  #insert(timer: PendingTimer): void {
    let low = 0;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#timers[middle] as PendingTimer).due <= timer.due) low = middle + 1;
      else high = middle;
    }
    this.#timers.splice(low, 0, timer);
  }
}
