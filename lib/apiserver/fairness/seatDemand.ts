/** Of a smoothed demand, what is left after one period: half of it after five minutes. */
const smoothing = 0.977;

export interface DemandOfPeriod {
  readonly highest: number;
  readonly mean: number;
  readonly deviation: number;
}

/** How many seats a level could have used, over the time since it was asked last. */
export class SeatDemand {
  #value = 0;
  #highest = 0;
  #since: number;
  #begun: number;
  #integral = 0;
  #integralOfSquares = 0;
  /** Mean and deviation; falls slowly and rises at once. */
  smoothed = 0;
  last: DemandOfPeriod = { highest: 0, mean: 0, deviation: 0 };

  constructor(nowMilliseconds: number) {
    this.#since = nowMilliseconds;
    this.#begun = nowMilliseconds;
  }

  set(value: number, nowMilliseconds: number): void {
    const elapsed = nowMilliseconds - this.#since;
    if (elapsed > 0) {
      this.#integral += elapsed * this.#value;
      this.#integralOfSquares += elapsed * this.#value * this.#value;
      this.#since = nowMilliseconds;
    }
    this.#value = value;
    if (value > this.#highest) this.#highest = value;
  }

  /** Ends the period, and begins another one. */
  endPeriod(nowMilliseconds: number): DemandOfPeriod {
    this.set(this.#value, nowMilliseconds);
    const duration = nowMilliseconds - this.#begun;
    const highest = Math.round(this.#highest);
    this.#highest = this.#value;
    if (duration <= 0) {
      this.last = { ...this.last, highest };
      return this.last;
    }
    const mean = this.#integral / duration;
    const variance = this.#integralOfSquares / duration - mean * mean;
    this.last = { highest, mean, deviation: Math.sqrt(Math.max(0, variance)) };
    const envelope = mean + this.last.deviation;
    this.smoothed = Math.max(envelope, smoothing * this.smoothed + (1 - smoothing) * envelope);
    this.#begun = nowMilliseconds;
    this.#integral = 0;
    this.#integralOfSquares = 0;
    return this.last;
  }
}
