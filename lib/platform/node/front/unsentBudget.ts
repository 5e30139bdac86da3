/** Written to one connection and not taken by its client: beyond this its next requests wait. */
const connectionBytes = 4 * 1024 * 1024;
/** Of all connections: beyond this, those wait that have this much of their own unsent. */
const totalBytes = 128 * 1024 * 1024;
const smallBytes = 64 * 1024;

/** The bytes of responses that are written in pieces and that clients have not taken. */
export class UnsentBudget {
  total = 0;

  connection(): Unsent {
    return new Unsent(this);
  }
}

/** One connection's. */
export class Unsent {
  readonly #budget: UnsentBudget;
  readonly #waiting: (() => void)[] = [];
  #bytes = 0;

  constructor(budget: UnsentBudget) {
    this.#budget = budget;
  }

  /**
   * Whether its client takes so little that nothing more is prepared for it. It is only so while
   * bytes of its own are unsent, so that what waits here always has something to wait for.
   */
  get isFull(): boolean {
    if (this.#bytes < smallBytes) return false;
    return this.#bytes >= connectionBytes || this.#budget.total >= totalBytes;
  }

  /** Requests begin in the order in which they came. At most as many as the client has streams. */
  whenRoom(begin: () => void): void {
    this.#waiting.push(begin);
  }

  get hasWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  add(bytes: number): void {
    if (bytes === 0) return;
    this.#bytes += bytes;
    this.#budget.total += bytes;
    if (bytes > 0) return;
    while (!this.isFull) {
      const begin = this.#waiting.shift();
      if (begin === undefined) return;
      begin();
    }
  }
}
