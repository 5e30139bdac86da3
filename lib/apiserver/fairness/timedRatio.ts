import type { HistogramSeries } from "../../api/metrics/histogram.js";

const nanosecondsPerMillisecond = 1e6;

/**
 * A histogram of how long a ratio had which value: one observation for each nanosecond, as upstream
 * has it, made out of the times between changes.
 */
export class TimedRatio {
  readonly #bounds: readonly number[];
  readonly #series: HistogramSeries;
  readonly #counts: number[];
  #sum = 0;
  #numerator = 0;
  #denominator: number;
  #bucket = 0;
  #since: number;

  constructor(
    series: HistogramSeries,
    bounds: readonly number[],
    nowMilliseconds: number,
    denominator = 1,
  ) {
    this.#series = series;
    this.#bounds = bounds;
    this.#counts = new Array<number>(bounds.length + 1).fill(0);
    this.#since = nowMilliseconds;
    this.#denominator = denominator;
  }

  set(numerator: number, nowMilliseconds: number): void {
    this.#pass(nowMilliseconds);
    this.#numerator = numerator;
    this.#find();
  }

  add(by: number, nowMilliseconds: number): void {
    this.set(this.#numerator + by, nowMilliseconds);
  }

  setDenominator(denominator: number, nowMilliseconds: number): void {
    this.#pass(nowMilliseconds);
    this.#denominator = denominator;
    this.#find();
  }

  /** Hands over what has been counted until now. */
  collect(nowMilliseconds: number): void {
    this.#pass(nowMilliseconds);
    this.#series.replace(this.#counts, this.#sum);
  }

  #pass(nowMilliseconds: number): void {
    const elapsed = nowMilliseconds - this.#since;
    if (elapsed <= 0) return;
    this.#since = nowMilliseconds;
    const nanoseconds = elapsed * nanosecondsPerMillisecond;
    this.#counts[this.#bucket] = (this.#counts[this.#bucket] ?? 0) + nanoseconds;
    this.#sum += (this.#numerator / this.#denominator) * nanoseconds;
  }

  #find(): void {
    const ratio = this.#numerator / this.#denominator;
    const bounds = this.#bounds;
    let bucket = 0;
    while (bucket < bounds.length && ratio > (bounds[bucket] ?? 0)) bucket += 1;
    this.#bucket = bucket;
  }
}
