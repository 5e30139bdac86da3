/** Responses of up to this many bytes are not counted: a client has as many as it has streams. */
export const freeBytes = 16 * 1024;
/** Of one connection, not taken by its client: beyond this its next requests wait. */
const connectionBytes = 4 * 1024 * 1024;
/** What a response whose size nobody knows yet is taken for, until one was larger. */
const presumedBytes = 1024 * 1024;
/** Of all connections: beyond this, those wait that have some of their own unsent. */
const totalBytes = 128 * 1024 * 1024;
const smallBytes = 64 * 1024;
/** Beyond this, responses whose clients are slow are cut, the oldest first. */
const mostBytes = 256 * 1024 * 1024;

/** A response that its client takes slowly. */
export interface SlowResponse {
  readonly unsentBytes: number;
  /** Its bytes are no longer counted when this returns. */
  cut(): void;
}

/** The bytes of responses that clients have not taken. */
export class UnsentBudget {
  #total = 0;
  /** In the order in which they became slow. */
  readonly #slow = new Set<SlowResponse>();

  get total(): number {
    return this.#total;
  }

  connection(): Unsent {
    return new Unsent(this);
  }

  /** Whoever is slow is cut where memory is needed for others. */
  becameSlow(response: SlowResponse): void {
    this.#slow.add(response);
    this.#cut();
  }

  forget(response: SlowResponse): void {
    this.#slow.delete(response);
  }

  add(bytes: number): void {
    this.#total += bytes;
    if (bytes > 0) this.#cut();
  }

  #cut(): void {
    for (const response of this.#slow) {
      if (this.#total < mostBytes) return;
      // A watch that was slow once may be none of those whose turn it is.
      if (response.unsentBytes === 0) continue;
      this.#slow.delete(response);
      response.cut();
    }
  }
}

/** One connection's. */
export class Unsent {
  readonly budget: UnsentBudget;
  /** In the order in which they came: at most as many as the client has streams. */
  readonly #waiting = new Set<() => void>();
  #bytes = 0;
  #presumed = presumedBytes;

  constructor(budget: UnsentBudget) {
    this.budget = budget;
  }

  /**
   * Whether its client takes so little that nothing more is prepared for it. It is only so while
   * bytes of its own are unsent, so that what waits here always has something to wait for.
   */
  get isFull(): boolean {
    if (this.#bytes < smallBytes) return false;
    return this.#bytes >= connectionBytes || this.budget.total >= totalBytes;
  }

  /** Of a response to come: so that few are prepared at once. */
  get presumed(): number {
    return this.#presumed;
  }

  /** One such response is so large. */
  sized(bytes: number): void {
    this.#presumed = Math.min(Math.max(this.#presumed, bytes), connectionBytes);
  }

  /** Whether one more request has to wait. */
  get mustWait(): boolean {
    return this.#waiting.size > 0 || this.isFull;
  }

  /** Requests begin in the order in which they came. Returns what forgets this one. */
  whenRoom(begin: () => void): () => void {
    this.#waiting.add(begin);
    return () => this.#waiting.delete(begin);
  }

  add(bytes: number): void {
    if (bytes === 0) return;
    this.#bytes += bytes;
    this.budget.add(bytes);
    if (bytes > 0) return;
    for (const begin of this.#waiting) {
      if (this.isFull) return;
      this.#waiting.delete(begin);
      begin();
    }
  }
}
