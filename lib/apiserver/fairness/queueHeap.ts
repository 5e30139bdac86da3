import type { Queue } from "./queue.js";

/** The queues in which somebody waits; the first is the one to be served next. */
export class QueueHeap {
  readonly #heap: Queue[] = [];

  get first(): Queue | undefined {
    return this.#heap[0];
  }

  /** Takes it in, or finds its place anew after it has changed. */
  place(queue: Queue): void {
    if (queue.heapIndex < 0) {
      queue.heapIndex = this.#heap.length;
      this.#heap.push(queue);
    }
    this.#up(queue);
    this.#down(queue);
  }

  remove(queue: Queue): void {
    const index = queue.heapIndex;
    if (index < 0) return;
    queue.heapIndex = -1;
    const last = this.#heap.pop();
    if (last === undefined || last === queue) return;
    this.#put(last, index);
    this.#up(last);
    this.#down(last);
  }

  #up(queue: Queue): void {
    while (queue.heapIndex > 0) {
      const parent = this.#heap[(queue.heapIndex - 1) >> 1];
      if (parent === undefined || !isBefore(queue, parent)) return;
      this.#swap(queue, parent);
    }
  }

  #down(queue: Queue): void {
    for (;;) {
      const left = this.#heap[queue.heapIndex * 2 + 1];
      const right = this.#heap[queue.heapIndex * 2 + 2];
      if (left === undefined) return;
      const child = right !== undefined && isBefore(right, left) ? right : left;
      if (!isBefore(child, queue)) return;
      this.#swap(queue, child);
    }
  }

  #swap(a: Queue, b: Queue): void {
    const index = a.heapIndex;
    this.#put(a, b.heapIndex);
    this.#put(b, index);
  }

  #put(queue: Queue, index: number): void {
    this.#heap[index] = queue;
    queue.heapIndex = index;
  }
}

function isBefore(a: Queue, b: Queue): boolean {
  const difference = a.finishR - b.finishR;
  return difference < 0 || (difference === 0 && a.servedAt < b.servedAt);
}
