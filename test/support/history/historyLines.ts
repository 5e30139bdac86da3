type Fields = Readonly<Record<string, unknown>>;

/**
 * A history as it is written: one JSON object a line. A call stands before it is made, and its
 * return after it was made.
 */
export class HistoryLines {
  readonly #write: (line: string) => void;
  #nextId = 1;

  constructor(write: (line: string) => void, seed: number) {
    this.#write = write;
    this.#line({ type: "run", mode: "server", seed: String(seed) });
  }

  #line(fields: Fields): void {
    this.#write(`${JSON.stringify(fields)}\n`);
  }

  open(): void {
    this.#line({ type: "open", newest: 0, at: 0, clean: false, compacted: 0, leases: [] });
  }

  crash(): void {
    this.#line({ type: "crash", how: "kill" });
  }

  end(): void {
    this.#line({ type: "end" });
  }

  /** Answers the call's id. */
  call(client: number, request: Fields): number {
    const id = this.#nextId++;
    this.#line({ type: "call", id, client, ...request });
    return id;
  }

  answer(id: number, result: Fields): void {
    this.#line({ type: "return", id, ...result });
  }

  batch(watch: number, events: readonly Fields[], seen: number): void {
    this.#line({ type: "batch", watch, events, seen, ended: null });
  }
}
