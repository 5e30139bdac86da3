import type { Clock } from "../../platform/clock.js";

interface Expectation {
  creations: number;
  /** Keys of what was deleted and has not been seen to go yet. */
  readonly deletions: Set<string>;
  readonly since: number;
}

/**
 * Upstream's bound on how long a controller waits for what it did to come back through its watch.
 */
const lifetimeMilliseconds = 300_000;

/**
 * Remembers what a controller has created and deleted until its informer has shown it, so that a
 * sync on a cache that lags does not do it again. One entry a controlled object, removed with it.
 */
export class Expectations {
  readonly #clock: Clock;
  readonly #byKey = new Map<string, Expectation>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** True when everything expected was seen, or has taken too long to be believed. */
  satisfied(key: string): boolean {
    return this.millisecondsLeft(key) === undefined;
  }

  /**
   * How long until what is expected is no longer waited for; undefined where nothing is. Whoever
   * waits comes back then: a watch that missed the event brings no other.
   */
  millisecondsLeft(key: string): number | undefined {
    const expectation = this.#byKey.get(key);
    if (expectation === undefined) return undefined;
    if (expectation.creations <= 0 && expectation.deletions.size === 0) return undefined;
    const left = expectation.since + lifetimeMilliseconds - this.#clock.monotonic();
    return left > 0 ? left : undefined;
  }

  expectCreations(key: string, count: number): void {
    this.expect(key, count, []);
  }

  expectDeletions(key: string, deleted: readonly string[]): void {
    this.expect(key, 0, deleted);
  }

  /** Takes the place of what was expected before. */
  expect(key: string, creations: number, deleted: readonly string[]): void {
    const since = this.#clock.monotonic();
    this.#byKey.set(key, { creations, deletions: new Set(deleted), since });
  }

  creationObserved(key: string, count = 1): void {
    const expectation = this.#byKey.get(key);
    if (expectation !== undefined) expectation.creations -= count;
  }

  deletionObserved(key: string, deleted: string): void {
    this.#byKey.get(key)?.deletions.delete(deleted);
  }

  forget(key: string): void {
    this.#byKey.delete(key);
  }
}
