import { apiErrors } from "../api/status.js";
import type { Clock } from "../platform/clock.js";
import type { SeatGauges } from "./metrics/seatMetrics.js";

export interface SeatPoolOptions {
  /** Requests that run at once. */
  readonly seats: number;
  /** Requests that wait at once, of all requesters together. */
  readonly maxWaiting: number;
  /** How long one waits before it is answered 429. */
  readonly maxWaitMilliseconds: number;
}

/** Called once when the request has its response. */
export type Release = () => void;

interface Waiter {
  readonly go: (release: Release) => void;
  readonly refuse: () => void;
}

/** Of the seats, as many may be one requester's, so that others are never shut out by one alone. */
const shareOfOne = 0.75;

/**
 * Seats for requests, and lines for those that find none: one line a requester, served in turn, so
 * that a requester with many requests waits for its own. Where the lines are full together, the
 * longest one loses its first, or the newcomer is refused when the longest is its own.
 */
export class SeatPool {
  readonly #options: SeatPoolOptions;
  readonly #clock: Clock;
  readonly #gauges: SeatGauges;
  readonly #maxOfOne: number;
  #taken = 0;
  /** Seats by requester; only those that have one. */
  readonly #held = new Map<string, number>();
  /** By requester, in the order of their turns; never an empty line. */
  readonly #lines = new Map<string, Set<Waiter>>();
  #waiting = 0;

  constructor(options: SeatPoolOptions, clock: Clock, gauges: SeatGauges) {
    this.#options = options;
    this.#clock = clock;
    this.#gauges = gauges;
    this.#maxOfOne = Math.max(1, Math.ceil(options.seats * shareOfOne));
  }

  /**
   * A seat at once, or when it is the requester's turn. Throws, or rejects with, TooManyRequests;
   * a waiter whose client goes is forgotten and rejects too.
   */
  enter(requester: string, signal: () => AbortSignal): Release | Promise<Release> {
    if (this.#taken < this.#options.seats && this.#mayHold(requester)) return this.#seat(requester);
    if (this.#waiting >= this.#options.maxWaiting) this.#makeRoom(requester);
    return this.#wait(requester, signal());
  }

  #mayHold(requester: string): boolean {
    return (this.#held.get(requester) ?? 0) < this.#maxOfOne;
  }

  #seat(requester: string): Release {
    this.#taken += 1;
    this.#held.set(requester, (this.#held.get(requester) ?? 0) + 1);
    this.#gauges.running.add(1);
    let isReleased = false;
    return () => {
      if (isReleased) return;
      isReleased = true;
      this.#taken -= 1;
      const left = (this.#held.get(requester) ?? 1) - 1;
      if (left === 0) this.#held.delete(requester);
      else this.#held.set(requester, left);
      this.#gauges.running.add(-1);
      this.#next();
    };
  }

  #wait(requester: string, signal: AbortSignal): Promise<Release> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        timer.cancel();
        signal.removeEventListener("abort", refuse);
        this.#remove(requester, waiter);
      };
      const refuse = (): void => {
        leave();
        reject(tooMany());
      };
      const waiter: Waiter = {
        go: (release) => {
          leave();
          resolve(release);
        },
        refuse,
      };
      const timer = this.#clock.setTimer(this.#options.maxWaitMilliseconds, refuse);
      this.#append(requester, waiter);
      signal.addEventListener("abort", refuse, { once: true });
      if (signal.aborted) refuse();
    });
  }

  #append(requester: string, waiter: Waiter): void {
    const line = this.#lines.get(requester) ?? new Set();
    line.add(waiter);
    this.#lines.set(requester, line);
    this.#waiting += 1;
    this.#gauges.queued.add(1);
  }

  #remove(requester: string, waiter: Waiter): void {
    const line = this.#lines.get(requester);
    if (line?.delete(waiter) !== true) return;
    if (line.size === 0) this.#lines.delete(requester);
    this.#waiting -= 1;
    this.#gauges.queued.add(-1);
  }

  /** Gives free seats to those whose turn it is. */
  #next(): void {
    while (this.#taken < this.#options.seats) {
      const found = this.#first();
      if (found === undefined) return;
      const [requester, waiter] = found;
      const line = this.#lines.get(requester);
      waiter.go(this.#seat(requester));
      // Its next one waits for the turns of all others.
      if (line !== undefined && line.size > 0) {
        this.#lines.delete(requester);
        this.#lines.set(requester, line);
      }
    }
  }

  #first(): readonly [string, Waiter] | undefined {
    for (const [requester, line] of this.#lines) {
      if (!this.#mayHold(requester)) continue;
      for (const waiter of line) return [requester, waiter];
    }
    return undefined;
  }

  #makeRoom(requester: string): void {
    let longest: Set<Waiter> | undefined;
    for (const line of this.#lines.values()) {
      if (line.size > (longest?.size ?? 0)) longest = line;
    }
    const own = this.#lines.get(requester)?.size ?? 0;
    if (longest === undefined || own >= longest.size) throw tooMany();
    for (const waiter of longest) {
      waiter.refuse();
      return;
    }
  }
}

function tooMany(): Error {
  return apiErrors.tooManyRequests("Too many requests, please try again later.", 1);
}
