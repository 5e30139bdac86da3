import assert from "node:assert/strict";
import { jsonText } from "../../../lib/client/jsonText.js";

describe("objects as JSON", () => {
  it("keep the largest and the smallest integer of 64 bits", () => {
    for (const text of [
      '{"a":9223372036854775807,"b":[-9223372036854775808,1]}',
      '{"a":9223372036854775807,"s":"x:9223372036854776000,y"}',
      '{"s":"9223372036854776000"}',
      '{"a":1.5,"b":null,"c":9007199254740991}',
    ]) {
      assert.equal(jsonText(JSON.parse(text)), text);
    }
  });
});
