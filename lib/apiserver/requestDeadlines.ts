import type { Clock, Timer } from "../platform/clock.js";

interface Deadline {
  readonly dueMilliseconds: number;
  readonly onPassed: () => void;
}

/**
 * The deadlines of the requests that wait for something: one timer for all that have the usual
 * time, since most do. Bounded by the requests under way.
 */
export class RequestDeadlines {
  readonly #clock: Clock;
  readonly #timeoutMilliseconds: number;
  /** In the order in which they are due. */
  readonly #usual = new Set<Deadline>();
  #timer: Timer | undefined;

  constructor(clock: Clock, timeoutMilliseconds: number) {
    this.#clock = clock;
    this.#timeoutMilliseconds = timeoutMilliseconds;
  }

  /**
   * Calls back once when the request's time is over: its own, where that is shorter than the
   * usual one and more than none. Returns what forgets it.
   */
  add(
    ownMilliseconds: number | undefined,
    startedMilliseconds: number,
    onPassed: () => void,
  ): () => void {
    if (ownMilliseconds !== undefined && this.#isShorter(ownMilliseconds)) {
      const passed = this.#clock.monotonic() - startedMilliseconds;
      const timer = this.#clock.setTimer(ownMilliseconds - passed, onPassed);
      return () => timer.cancel();
    }
    const dueMilliseconds = startedMilliseconds + this.#timeoutMilliseconds;
    const deadline = { dueMilliseconds, onPassed };
    this.#usual.add(deadline);
    if (this.#timer === undefined) this.#arm(deadline);
    return () => this.#usual.delete(deadline);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#usual.clear();
  }

  #isShorter(ownMilliseconds: number): boolean {
    return ownMilliseconds > 0 && ownMilliseconds < this.#timeoutMilliseconds;
  }

  #arm({ dueMilliseconds }: Deadline): void {
    const delay = dueMilliseconds - this.#clock.monotonic();
    this.#timer = this.#clock.setTimer(delay, () => {
      this.#timer = undefined;
      this.#pass();
    });
  }

  #pass(): void {
    const now = this.#clock.monotonic();
    for (const deadline of this.#usual) {
      if (deadline.dueMilliseconds > now) {
        this.#arm(deadline);
        return;
      }
      this.#usual.delete(deadline);
      deadline.onPassed();
    }
  }
}
