import assert from "node:assert/strict";
import { equalJson, semanticEqual } from "../../../lib/api/equality.js";

describe("equality of JSON trees", () => {
  const rows: readonly [left: unknown, right: unknown, semantic: boolean, exact: boolean][] = [
    [{ a: 1, b: [2, { c: "x" }] }, { b: [2, { c: "x" }], a: 1 }, true, true],
    [{ a: 1 }, { a: 2 }, false, false],
    [{ a: [1, 2] }, { a: [2, 1] }, false, false],
    [{ a: [1] }, { a: [1, 2] }, false, false],
    [{ a: [1] }, { a: { 0: 1 } }, false, false],
    [{ a: null }, {}, true, true],
    [undefined, null, true, true],
    [{ a: [] }, {}, true, false],
    [{ a: {} }, {}, true, false],
    [{ a: {} }, { a: [] }, true, false],
    [{ a: "" }, {}, false, false],
    [{ a: 0 }, {}, false, false],
    [{ a: false }, { a: null }, false, false],
  ];
  for (const [left, right, semantic, exact] of rows) {
    it(`${JSON.stringify(left)} and ${JSON.stringify(right)}`, () => {
      assert.equal(semanticEqual(left, right), semantic);
      assert.equal(semanticEqual(right, left), semantic);
      assert.equal(equalJson(left, right), exact);
      assert.equal(equalJson(right, left), exact);
    });
  }
});
