import { checkArgument } from "../../api/checkArgument.js";
import { type OptionCheck, text } from "../../api/optionChecks.js";
import type { Clock, Timer } from "../../platform/clock.js";
import { defaultRateLimiter, type RateLimiter } from "./rateLimiter.js";

/** What a queue tells of itself; names are those of upstream's workqueue metrics. */
export interface WorkQueueMetrics {
  depth(depth: number): void;
  add(): void;
  /** How long the item waited in the queue. */
  queueDurationSeconds(seconds: number): void;
  workDurationSeconds(seconds: number): void;
  retry(): void;
  /** Given once: asked at any time how long the keys being worked on have been worked on. */
  watchWork?(work: () => WorkInHand): void;
}

/** Seconds that the keys being worked on have taken so far. */
export interface WorkInHand {
  readonly sum: number;
  readonly longest: number;
}

export interface WorkQueueOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly rateLimiter?: RateLimiter;
  readonly metrics?: WorkQueueMetrics;
}

const delay: OptionCheck = (value) =>
  typeof value === "number" && !Number.isNaN(value) ? undefined : "a number of milliseconds";

function refuseNoKey(key: unknown): void {
  if (typeof key !== "string") checkArgument("key", key, text);
}

/**
 * Keys to work on. A key is in the queue at most once; one that is added while it is worked on
 * comes back when that work is done, so two workers never have the same key. Bounded by the
 * number of distinct keys.
 */
export class WorkQueue {
  readonly name: string;
  readonly #clock: Clock;
  readonly #limiter: RateLimiter;
  readonly #metrics: WorkQueueMetrics | undefined;
  /** Insertion order is the queue's order; values are when the key came in. */
  readonly #queue = new Map<string, number>();
  readonly #dirty = new Set<string>();
  readonly #processing = new Map<string, number>();
  readonly #waiting = new Map<string, { due: number; timer: Timer }>();
  /** When each failing key is tried again. */
  readonly #retries = new Map<string, number>();
  readonly #takers: ((key: string | undefined) => void)[] = [];
  #shutDown = false;

  constructor(options: WorkQueueOptions) {
    this.name = options.name;
    this.#clock = options.clock;
    this.#limiter = options.rateLimiter ?? defaultRateLimiter(options.clock);
    this.#metrics = options.metrics;
    this.#metrics?.watchWork?.(() => this.#workInHand());
  }

  #workInHand(): WorkInHand {
    const now = this.#clock.monotonic();
    const seconds = [...this.#processing.values()].map((since) => (now - since) / 1000);
    return { sum: seconds.reduce((sum, one) => sum + one, 0), longest: Math.max(0, ...seconds) };
  }

  /** Keys that wait, without those that are worked on or delayed. */
  get length(): number {
    return this.#queue.size;
  }

  get isShutDown(): boolean {
    return this.#shutDown;
  }

  /** Nothing waits, is delayed or worked on. */
  get isIdle(): boolean {
    return this.#queue.size === 0 && this.#processing.size === 0 && this.#waiting.size === 0;
  }

  /** Nothing waits or is worked on; delayed keys do not count. */
  get isQuiet(): boolean {
    return this.#queue.size === 0 && this.#processing.size === 0;
  }

  /** Adds a key that is not in the queue yet; after `shutDown` it does nothing. */
  add(key: string): void {
    refuseNoKey(key);
    if (this.#shutDown || this.#dirty.has(key)) return;
    this.#metrics?.add();
    this.#dirty.add(key);
    if (this.#processing.has(key)) return;
    this.#push(key);
  }

  /** Of two delays for one key the earlier wins. */
  addAfter(key: string, delayMilliseconds: number): void {
    refuseNoKey(key);
    checkArgument("delayMilliseconds", delayMilliseconds, delay);
    if (this.#shutDown) return;
    if (delayMilliseconds <= 0) {
      this.add(key);
      return;
    }
    const due = this.#clock.monotonic() + delayMilliseconds;
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined) {
      if (waiting.due <= due) return;
      waiting.timer.cancel();
    }
    const timer = this.#clock.setTimer(delayMilliseconds, () => {
      this.#waiting.delete(key);
      this.add(key);
    });
    this.#waiting.set(key, { due, timer });
  }

  /**
   * The key failed and comes back, the later the more often that was so. Failures between two such
   * retries, of work that something else brought, do not count: many events about a key that is
   * refused must not put off when it is seen that it no longer is.
   */
  addRateLimited(key: string): void {
    refuseNoKey(key);
    this.#metrics?.retry();
    const now = this.#clock.monotonic();
    let due = this.#retries.get(key) ?? now;
    if (due <= now) {
      due = now + this.#limiter.when(key);
      this.#retries.set(key, due);
    }
    this.addAfter(key, due - now);
  }

  /** The key was worked on well: its next failure starts from the shortest delay. */
  forget(key: string): void {
    this.#retries.delete(key);
    this.#limiter.forget(key);
  }

  /** How often the key was added with a rate limit since it was forgotten. */
  numberOfRequeues(key: string): number {
    return this.#limiter.numberOfRequeues(key);
  }

  /**
   * Waits for a key; undefined when the queue is shut down. done must be called with every key
   * that was got.
   */
  get(): Promise<string | undefined> {
    const first = this.#queue.keys().next();
    if (first.done !== true) return Promise.resolve(this.#take(first.value));
    if (this.#shutDown) return Promise.resolve(undefined);
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  /** Says that the work on a key that `get` gave is over. */
  done(key: string): void {
    const started = this.#processing.get(key);
    if (started === undefined) return;
    this.#processing.delete(key);
    this.#metrics?.workDurationSeconds((this.#clock.monotonic() - started) / 1000);
    if (this.#dirty.has(key)) this.#push(key);
  }

  /** Delayed keys are dropped; get resolves with undefined. What is worked on may still be done. */
  shutDown(): void {
    this.#shutDown = true;
    this.#queue.clear();
    this.#dirty.clear();
    for (const { timer } of this.#waiting.values()) timer.cancel();
    this.#waiting.clear();
    this.#retries.clear();
    for (const taker of this.#takers.splice(0)) taker(undefined);
  }

  #push(key: string): void {
    this.#queue.set(key, this.#clock.monotonic());
    const taker = this.#takers.shift();
    if (taker === undefined) this.#metrics?.depth(this.#queue.size);
    else taker(this.#take(key));
  }

  #take(key: string): string {
    const added = this.#queue.get(key) as number;
    this.#queue.delete(key);
    this.#dirty.delete(key);
    const now = this.#clock.monotonic();
    this.#processing.set(key, now);
    this.#metrics?.queueDurationSeconds((now - added) / 1000);
    this.#metrics?.depth(this.#queue.size);
    return key;
  }
}
