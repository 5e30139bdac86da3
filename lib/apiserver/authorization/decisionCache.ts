import type { Decision } from "./authorizer.js";

/** Of each half: together they hold what some thousand users ask in turn. */
const mostDecisions = 65_536;

/**
 * Decisions by user and question. Bounded by two halves: when the younger one is full, the older
 * one goes with all that nobody has asked for since. So whoever asks in turn among many costs as
 * much as alone, where a list of the last used would lose every entry just before it is needed.
 */
export class DecisionCache {
  readonly #most: number;
  #young = new Map<string, Decision>();
  #old = new Map<string, Decision>();

  constructor(most = mostDecisions) {
    this.#most = most;
  }

  get(key: string): Decision | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: string, decision: Decision): void {
    if (this.#young.size >= this.#most) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, decision);
  }

  clear(): void {
    this.#young = new Map();
    this.#old = new Map();
  }
}
