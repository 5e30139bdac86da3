import assert from "node:assert/strict";
import { bytesField } from "../../../../lib/api/wire.js";
import {
  splitJsonItems,
  splitMessageItems,
} from "../../../../lib/apiserver/registry/splitItems.js";

describe("splitItems", () => {
  it("cuts JSON objects at their own braces, not at those in strings", () => {
    const items = ['{"a":"}{","b":{"c":"\\"}"}}', "{}", '{"x":[{"y":1.0}]}'];
    const found = splitJsonItems(Buffer.from(items.join(",")));
    assert.deepEqual(
      found.map((item) => Buffer.from(item).toString()),
      items,
    );
  });

  it("cuts repeated field 2", () => {
    const long = "x".repeat(300);
    const chunk = Buffer.concat(["", "a", long].map((text) => bytesField(2, Buffer.from(text))));
    const found = splitMessageItems(chunk).map((item) => Buffer.from(item).toString());
    assert.deepEqual(found, ["", "a", long]);
  });
});
