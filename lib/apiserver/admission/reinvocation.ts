/**
 * Whether the mutating plugins run once more over one object: a plugin that others before it should
 * see the work of asks for it. Upstream does so for webhooks. Plugins are idempotent, so that a
 * second time changes nothing where nothing else has.
 */
export class Reinvocation {
  #isWanted = false;
  #isSecond = false;

  /** Whether this is the second time; there is no third. */
  get isSecond(): boolean {
    return this.#isSecond;
  }

  request(): void {
    this.#isWanted = true;
  }

  /** For the chain: whether the second time begins now. */
  begin(): boolean {
    if (!this.#isWanted || this.#isSecond) return false;
    this.#isSecond = true;
    return true;
  }
}
