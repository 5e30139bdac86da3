import assert from "node:assert/strict";
import { parseInt64 } from "../../../lib/api/int64.js";

describe("64-bit integers", () => {
  it("are exact beyond 2^53, and end where Go's do", () => {
    assert.equal(parseInt64("3546343826724305832"), 3546343826724305832n);
    assert.equal(parseInt64("9223372036854775807"), 2n ** 63n - 1n);
    assert.equal(parseInt64("-9223372036854775808"), -(2n ** 63n));
    assert.equal(parseInt64("9223372036854775808"), undefined);
    assert.equal(parseInt64("+1"), 1n);
    assert.equal(parseInt64("007"), 7n);
  });

  it("are nothing else", () => {
    for (const text of [undefined, "", " 1", "1.0", "1e3", "0x10", "one", "1".repeat(100)]) {
      assert.equal(parseInt64(text), undefined);
    }
  });
});
