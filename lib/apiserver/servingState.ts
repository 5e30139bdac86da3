import type { Clock } from "../platform/clock.js";
import type { RpcHealth } from "../platform/rpc.js";

/** How often watchers of gRPC's health learn of what only a check finds out. */
const checkMilliseconds = 1_000;

/**
 * What gRPC's health service says: serving while the server is ready and its checks pass. The
 * checks run again each second while somebody watches, and for nobody else.
 */
export class ServingState implements RpcHealth {
  readonly #clock: Clock;
  readonly #passes: () => Promise<boolean>;
  /** Bounded by the streams of the listeners. */
  readonly #callbacks = new Set<() => void>();
  #ready = false;
  #passed = true;
  #watch: { cancel(): void } | undefined;

  constructor(clock: Clock, passes: () => Promise<boolean>) {
    this.#clock = clock;
    this.#passes = passes;
  }

  get isReady(): boolean {
    return this.#ready;
  }

  setReady(ready: boolean): void {
    this.#ready = ready;
    this.#tell();
  }

  async check(): Promise<"serving" | "notServing"> {
    if (!this.#ready) return "notServing";
    const passed = await this.#passes().catch(() => false);
    return passed && this.#ready ? "serving" : "notServing";
  }

  current(): "serving" | "notServing" {
    return this.#ready && this.#passed ? "serving" : "notServing";
  }

  onChange(callback: () => void): () => void {
    this.#callbacks.add(callback);
    this.#check();
    return () => {
      this.#callbacks.delete(callback);
      if (this.#callbacks.size > 0) return;
      // Nobody looks any more, so that nothing is known to be wrong.
      this.#passed = true;
      this.#watch?.cancel();
      this.#watch = undefined;
    };
  }

  #check(): void {
    if (this.#watch !== undefined || this.#callbacks.size === 0) return;
    this.#watch = this.#clock.setTimer(checkMilliseconds, () => {
      const next = (passed: boolean): void => {
        this.#passed = passed;
        this.#watch = undefined;
        this.#tell();
        this.#check();
      };
      this.#passes().then(next, () => next(false));
    });
  }

  #tell(): void {
    for (const callback of [...this.#callbacks]) callback();
  }
}
