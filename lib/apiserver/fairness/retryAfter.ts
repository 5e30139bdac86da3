const longestSeconds = 32;

/**
 * How long those that one level turns away are asked to stay away: doubled while many are turned
 * away, one second less when few are. What is remembered is bounded by 32 seconds.
 */
export class RetryAfter {
  #seconds = 1;
  #raisedAt = Number.NEGATIVE_INFINITY;
  #second = Number.NEGATIVE_INFINITY;
  #count = 0;
  #history: { readonly second: number; readonly count: number }[] = [];

  /** One more was turned away; returns what it is told. */
  turnedAway(nowMilliseconds: number): number {
    const second = Math.floor(nowMilliseconds / 1000);
    if (second === this.#second) {
      this.#count += 1;
      return this.#seconds;
    }
    this.#keep();
    this.#second = second;
    this.#count = 1;
    this.#adjust(second);
    return this.#seconds;
  }

  #keep(): void {
    if (this.#count === 0) return;
    const oldest = this.#second - Math.min(2 * this.#seconds, longestSeconds);
    this.#history.push({ second: this.#second, count: this.#count });
    this.#history = this.#history.filter(({ second }) => second >= oldest);
  }

  #adjust(now: number): void {
    let count = 0;
    for (const past of this.#history) {
      if (now - past.second <= this.#seconds && past.second < now) count += past.count;
    }
    if (now - this.#raisedAt >= this.#seconds && count >= 3 * this.#seconds) {
      this.#seconds = Math.min(this.#seconds * 2, longestSeconds);
      this.#raisedAt = now;
    } else if (count < this.#seconds && this.#seconds > 1) {
      this.#seconds -= 1;
    }
  }
}
