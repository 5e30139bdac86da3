import assert from "node:assert/strict";
import { UnsentBudget } from "../../../lib/platform/node/unsentBudget.js";

const mebibyte = 1024 * 1024;

describe("the budget of unsent responses", () => {
  it("lets a connection's requests wait from 4 MiB, and begins them in order", () => {
    const unsent = new UnsentBudget().connection();
    unsent.add(4 * mebibyte - 1);
    assert.equal(unsent.isFull, false);
    unsent.add(1);
    assert.equal(unsent.isFull, true);
    const begun: number[] = [];
    const forget = unsent.whenRoom(() => begun.push(0));
    unsent.whenRoom(() => {
      begun.push(1);
      unsent.add(mebibyte);
    });
    unsent.whenRoom(() => begun.push(2));
    forget();
    unsent.add(-1);
    assert.deepEqual(begun, [1]);
    unsent.add(-2 * mebibyte);
    assert.deepEqual(begun, [1, 2]);
  });

  it("lets those that have something unsent wait from 128 MiB of all", () => {
    const budget = new UnsentBudget();
    const slow = Array.from({ length: 64 }, () => budget.connection());
    for (const one of slow) one.add(2 * mebibyte);
    assert.ok(slow.every(({ isFull }) => isFull));
    assert.equal(budget.connection().isFull, false);
    for (const one of slow) one.add(-2 * mebibyte);
    assert.equal(budget.total, 0);
  });

  it("cuts the slow ones from 256 MiB of all, the oldest first, and no one who has all", () => {
    const budget = new UnsentBudget();
    const cut: number[] = [];
    const slow = (name: number, unsentBytes: number): void => {
      const one = budget.connection();
      one.add(unsentBytes);
      budget.becameSlow({
        unsentBytes,
        cut: () => {
          cut.push(name);
          one.add(-unsentBytes);
        },
      });
    };
    for (const name of [0, 1, 2, 3]) slow(name, name === 0 ? 0 : 60 * mebibyte);
    const quick = budget.connection();
    quick.add(70 * mebibyte);
    assert.deepEqual(cut, []);
    quick.add(10 * mebibyte);
    assert.deepEqual(cut, [1]);
    quick.add(190 * mebibyte);
    assert.deepEqual(cut, [1, 2, 3]);
  });
});
