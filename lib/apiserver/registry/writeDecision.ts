/**
 * Whoever waits for the end of one write: what plugins reserved is theirs for good, or given
 * back.
 */
export class WriteDecision {
  /** Bounded by the admission plugins and what each of them reserves for one object. */
  #callbacks: ((committed: boolean) => void | Promise<void>)[] = [];

  add(callback: (committed: boolean) => void | Promise<void>): void {
    this.#callbacks.push(callback);
  }

  /** Last come, first called, as plugins built upon each other. Nothing happens twice. */
  async settle(committed: boolean): Promise<void> {
    const callbacks = this.#callbacks;
    this.#callbacks = [];
    for (const callback of callbacks.reverse()) await callback(committed);
  }
}
