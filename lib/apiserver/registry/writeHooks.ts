import type { MaybePromise } from "../../api/maybePromise.js";

/**
 * Commit and rollback hooks of one write: what plugins reserved for it becomes theirs for good, or
 * is given back.
 */
export class WriteHooks {
  /** Bounded by the admission plugins and what each of them reserves for one object. */
  #callbacks: ((committed: boolean) => MaybePromise<void>)[] = [];

  add(callback: (committed: boolean) => MaybePromise<void>): void {
    this.#callbacks.push(callback);
  }

  /** The write is over. Hooks run in reverse order of registration, each once, one at a time. */
  run(committed: boolean): MaybePromise<void> {
    for (let hook = this.#callbacks.pop(); hook !== undefined; hook = this.#callbacks.pop()) {
      const waiting = hook(committed);
      if (waiting !== undefined) return waiting.then(() => this.run(committed));
    }
  }
}
