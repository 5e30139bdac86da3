import type { Clock, Timer } from "../../../lib/platform/clock.js";

/** A machine's clock whose wall time can be set; time that passes stays that of the other clock. */
export class SkewedClock implements Clock {
  readonly #clock: Clock;
  /** How far its wall clock is ahead. */
  skewMilliseconds = 0;

  get isVirtual(): boolean {
    return this.#clock.isVirtual;
  }

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now() + this.skewMilliseconds;
  }

  monotonic(): number {
    return this.#clock.monotonic();
  }

  setTimer(delayMilliseconds: number, callback: () => void, hold?: boolean): Timer {
    return this.#clock.setTimer(delayMilliseconds, callback, hold);
  }

  sleep(delayMilliseconds: number, signal?: AbortSignal): Promise<void> {
    return this.#clock.sleep(delayMilliseconds, signal);
  }

  defer(callback: () => void): void {
    this.#clock.defer(callback);
  }
}
