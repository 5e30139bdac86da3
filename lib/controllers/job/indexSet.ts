interface Interval {
  readonly first: number;
  readonly last: number;
}

/**
 * Completion indexes of an Indexed Job, kept as intervals: a Job may have as many completions as a
 * 32-bit number counts, and work on a set is linear in its intervals, not in its indexes.
 */
export class IndexSet {
  static readonly empty = new IndexSet([]);

  /** Ordered, disjoint and not adjacent. */
  readonly #intervals: readonly Interval[];

  private constructor(intervals: readonly Interval[]) {
    this.#intervals = intervals;
  }

  static of(indexes: Iterable<number>): IndexSet {
    return IndexSet.#normalized([...indexes].map((index) => ({ first: index, last: index })));
  }

  /**
   * Reads `1,3-5,7`, the form of status.completedIndexes. Indexes from `completions` on are
   * dropped, and so are parts that are no interval.
   */
  static parse(text: string | undefined, completions: number): IndexSet {
    const intervals: Interval[] = [];
    for (const part of (text ?? "").split(",")) {
      const match = /^(\d+)(?:-(\d+))?$/.exec(part);
      if (match === null) continue;
      const first = Number(match[1]);
      const last = Math.min(Number(match[2] ?? match[1]), completions - 1);
      if (first <= last) intervals.push({ first, last });
    }
    return IndexSet.#normalized(intervals);
  }

  static #normalized(intervals: Interval[]): IndexSet {
    const sorted = intervals.sort((a, b) => a.first - b.first);
    const merged: Interval[] = [];
    for (const { first, last } of sorted) {
      const before = merged.at(-1);
      if (before === undefined || first > before.last + 1) merged.push({ first, last });
      else merged[merged.length - 1] = { first: before.first, last: Math.max(before.last, last) };
    }
    return new IndexSet(merged);
  }

  get size(): number {
    return this.#intervals.reduce((total, { first, last }) => total + last - first + 1, 0);
  }

  has(index: number): boolean {
    let low = 0;
    let high = this.#intervals.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#intervals[middle] as Interval).last >= index) high = middle;
      else low = middle + 1;
    }
    const found = this.#intervals[low];
    return found !== undefined && found.first <= index;
  }

  union(other: IndexSet): IndexSet {
    return IndexSet.#normalized([...this.#intervals, ...other.#intervals]);
  }

  /** How many indexes are in both. */
  overlap(other: IndexSet): number {
    let [left, right, total] = [0, 0, 0];
    for (;;) {
      const a = this.#intervals[left];
      const b = other.#intervals[right];
      if (a === undefined || b === undefined) return total;
      total += Math.max(0, Math.min(a.last, b.last) - Math.max(a.first, b.first) + 1);
      if (a.last <= b.last) left++;
      if (b.last <= a.last) right++;
    }
  }

  /** The lowest `count` indexes below `completions` that are not in the set. */
  missing(count: number, completions: number): number[] {
    const found: number[] = [];
    let candidate = 0;
    for (const { first, last } of [...this.#intervals, { first: completions, last: completions }]) {
      for (; candidate < Math.min(first, completions) && found.length < count; candidate++) {
        found.push(candidate);
      }
      if (found.length >= count) break;
      candidate = Math.max(candidate, last + 1);
    }
    return found;
  }

  /** `1,3-5,7,9,10`: three or more in a row are written as a range. */
  toString(): string {
    const parts = this.#intervals.map(({ first, last }) => {
      if (first === last) return String(first);
      return last === first + 1 ? `${first},${last}` : `${first}-${last}`;
    });
    return parts.join(",");
  }
}
