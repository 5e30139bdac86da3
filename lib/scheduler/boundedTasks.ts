/**
 * API calls that need not be waited for: at most `concurrency` run, the others wait in order.
 * Who adds tasks looks at `isFull` first and stops adding until `onRoom`, so that the waiting ones
 * are bounded too: by `capacity` and one batch.
 */
export class BoundedTasks {
  readonly #concurrency: number;
  readonly #capacity: number;
  readonly #onRoom: () => void;
  readonly #waiting: (() => Promise<void>)[] = [];
  readonly #idleWaiters: (() => void)[] = [];
  #next = 0;
  #running = 0;

  /** Tasks must not reject. */
  constructor(concurrency: number, capacity: number, onRoom: () => void) {
    this.#concurrency = concurrency;
    this.#capacity = capacity;
    this.#onRoom = onRoom;
  }

  get isFull(): boolean {
    return this.size >= this.#capacity;
  }

  /** Running and waiting. */
  get size(): number {
    return this.#running + this.#waiting.length - this.#next;
  }

  add(task: () => Promise<void>): void {
    this.#waiting.push(task);
    this.#fill();
  }

  /** Forgets tasks that do not run yet, and resolves when those that run are done. */
  async drain(): Promise<void> {
    this.#waiting.length = 0;
    this.#next = 0;
    if (this.#running === 0) return;
    await new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
  }

  #fill(): void {
    while (this.#running < this.#concurrency) {
      const task = this.#waiting[this.#next];
      if (task === undefined) break;
      this.#next++;
      this.#running++;
      void task().then(
        () => this.#finished(),
        () => this.#finished(),
      );
    }
    // Shifting one by one would cost as much as there are.
    if (this.#next > 1024 && this.#next * 2 > this.#waiting.length) {
      this.#waiting.splice(0, this.#next);
      this.#next = 0;
    }
  }

  #finished(): void {
    const wasFull = this.isFull;
    this.#running--;
    this.#fill();
    if (wasFull && !this.isFull) this.#onRoom();
    if (this.#running > 0) return;
    for (const waiter of this.#idleWaiters.splice(0)) waiter();
  }
}
