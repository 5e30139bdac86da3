import assert from "node:assert/strict";
import { UnsentBudget } from "../../../lib/platform/node/front/unsentBudget.js";

const mebibyte = 1024 * 1024;

describe("the budget of unsent responses", () => {
  it("lets a connection's requests wait from 4 MiB, and begins them in order", () => {
    const unsent = new UnsentBudget().connection();
    unsent.add(4 * mebibyte - 1);
    assert.equal(unsent.isFull, false);
    unsent.add(1);
    assert.equal(unsent.isFull, true);
    const begun: number[] = [];
    unsent.whenRoom(() => {
      begun.push(1);
      unsent.add(mebibyte);
    });
    unsent.whenRoom(() => begun.push(2));
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
});
