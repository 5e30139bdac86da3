/** A timer that was set; cancelling twice, or after it fired, does nothing. */
export interface Timer {
  cancel(): void;
}

export interface Clock {
  /**
   * Whether it stands still until it is advanced. Nothing is given to other threads then, whose
   * time is the real one: what waits for them would come at another moment each time.
   */
  readonly isVirtual: boolean;
  /** Wall clock, milliseconds since the epoch. */
  now(): number;
  /**
   * Monotonic, in milliseconds with fractions; only differences mean anything, also between threads
   * of a process.
   */
  monotonic(): number;
  /**
   * Calls back once after delayMilliseconds, however long. A timer holds the process only when
   * `hold` is true. Throws a RangeError for NaN, which a time that is not there may become.
   */
  setTimer(delayMilliseconds: number, callback: () => void, hold?: boolean): Timer;
  /** Resolves after the delay, or as soon as the signal aborts (without rejecting). */
  sleep(delayMilliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Runs the callback in a turn of its own, after what is queued now. */
  defer(callback: () => void): void;
}
