interface Entry {
  readonly text: string;
  uses: number;
}

/**
 * Equal texts kept once: thousands of pods of a Deployment share theirs. As large as the different
 * texts in use.
 */
export class TextPool {
  readonly #entries = new Map<string, Entry>();

  get size(): number {
    return this.#entries.size;
  }

  /** The one copy of a text, used once more. */
  use(text: string): string {
    const entry = this.#entries.get(text);
    if (entry !== undefined) {
      entry.uses++;
      return entry.text;
    }
    this.#entries.set(text, { text, uses: 1 });
    return text;
  }

  /** Ends one use. */
  release(text: string): void {
    const entry = this.#entries.get(text);
    if (entry === undefined) return;
    entry.uses--;
    if (entry.uses === 0) this.#entries.delete(text);
  }
}
