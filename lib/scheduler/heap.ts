/** A binary heap whose items are found by key, so that they can be moved or taken out. */
export class Heap<T> {
  readonly #items: T[] = [];
  readonly #positions = new Map<string, number>();
  readonly #keyOf: (item: T) => string;
  readonly #isBefore: (a: T, b: T) => boolean;

  /** @param isBefore must be a strict order that does not change while an item is in the heap */
  constructor(keyOf: (item: T) => string, isBefore: (a: T, b: T) => boolean) {
    this.#keyOf = keyOf;
    this.#isBefore = isBefore;
  }

  get size(): number {
    return this.#items.length;
  }

  peek(): T | undefined {
    return this.#items[0];
  }

  get(key: string): T | undefined {
    const position = this.#positions.get(key);
    return position === undefined ? undefined : this.#items[position];
  }

  /** In no order. */
  values(): readonly T[] {
    return this.#items;
  }

  /** Adds an item, instead of one with its key. */
  push(item: T): void {
    this.delete(this.#keyOf(item));
    this.#items.push(item);
    this.#positions.set(this.#keyOf(item), this.#items.length - 1);
    this.#up(this.#items.length - 1);
  }

  pop(): T | undefined {
    const first = this.#items[0];
    if (first !== undefined) this.delete(this.#keyOf(first));
    return first;
  }

  delete(key: string): T | undefined {
    const position = this.#positions.get(key);
    if (position === undefined) return undefined;
    const item = this.#items[position] as T;
    const last = this.#items.pop() as T;
    this.#positions.delete(key);
    if (position < this.#items.length) {
      this.#place(last, position);
      this.#up(position);
      this.#down(this.#positions.get(this.#keyOf(last)) ?? position);
    }
    return item;
  }

  #place(item: T, position: number): void {
    this.#items[position] = item;
    this.#positions.set(this.#keyOf(item), position);
  }

  #up(from: number): void {
    let position = from;
    const item = this.#items[position] as T;
    while (position > 0) {
      const above = (position - 1) >> 1;
      const parent = this.#items[above] as T;
      if (!this.#isBefore(item, parent)) break;
      this.#place(parent, position);
      position = above;
    }
    this.#place(item, position);
  }

  #down(from: number): void {
    let position = from;
    const item = this.#items[position] as T;
    for (;;) {
      let below = 2 * position + 1;
      if (below >= this.#items.length) break;
      const right = this.#items[below + 1];
      if (right !== undefined && this.#isBefore(right, this.#items[below] as T)) below++;
      const child = this.#items[below] as T;
      if (!this.#isBefore(child, item)) break;
      this.#place(child, position);
      position = below;
    }
    this.#place(item, position);
  }
}
