import { equal } from "node:assert/strict";
import { TextPool } from "../../../lib/scheduler/textPool.js";

describe("text pool", () => {
  it("keeps a text as long as somebody uses it", () => {
    const pool = new TextPool();
    pool.use("a");
    pool.use("a");
    pool.use("b");
    equal(pool.size, 2);
    pool.release("a");
    equal(pool.size, 2);
    pool.release("a");
    pool.release("a");
    equal(pool.size, 1);
  });
});
