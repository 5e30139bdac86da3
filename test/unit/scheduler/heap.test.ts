import { deepEqual, equal } from "node:assert/strict";
import { SeededRandom } from "../../../lib/platform/virtual/seededRandom.js";
import { Heap } from "../../../lib/scheduler/heap.js";

describe("heap", () => {
  it("gives items in order, whatever was taken out or replaced between", () => {
    const random = new SeededRandom(1);
    const heap = new Heap<{ key: string; rank: number }>(
      (item) => item.key,
      (a, b) => a.rank < b.rank,
    );
    const expected = new Map<string, number>();
    for (let step = 0; step < 2000; step++) {
      const key = `k${random.below(200)}`;
      if (random.below(3) === 0) {
        equal(heap.delete(key)?.rank, expected.get(key));
        expected.delete(key);
      } else {
        const rank = random.below(1000) + step / 10_000;
        heap.push({ key, rank });
        expected.set(key, rank);
      }
      equal(heap.size, expected.size);
      equal(heap.get(key)?.rank, expected.get(key));
    }
    const ranks: number[] = [];
    for (let item = heap.pop(); item !== undefined; item = heap.pop()) ranks.push(item.rank);
    deepEqual(
      ranks,
      [...expected.values()].sort((a, b) => a - b),
    );
  });
});
