import assert from "node:assert/strict";
import { readHeaders } from "../../../lib/platform/node/front/headerBlocks.js";
import { readCallHead } from "../../../lib/platform/node/front/rpcHeaders.js";

/** As the front hands them over. */
const blockOf = (raw: readonly string[]) => raw.map((text) => `${text}\0`).join("");

describe("headers of one name", () => {
  it("are a list, unless they are one by their grammar, and single ones are as they came", () => {
    const raw = ["x-group", "a, b", "x-group", "c", "accept", "x", "accept", "y", "x-uid", "1, 2"];
    assert.deepEqual(
      { ...readHeaders(blockOf(raw)) },
      { "x-group": ["a, b", "c"], accept: "x, y", "x-uid": "1, 2" },
    );
  });

  it("are one where the first alone counts", () => {
    const raw = ["authorization", "a", "authorization", "b"];
    assert.deepEqual({ ...readHeaders(blockOf(raw)) }, { authorization: "a" });
  });

  it("are no others than those that were sent", () => {
    assert.equal(readHeaders("").constructor, undefined);
    assert.deepEqual(Object.keys(readHeaders(blockOf(["__proto__", "a"]))), ["__proto__"]);
  });

  it("come over gRPC, too", () => {
    const groups = ["impersonate-group", "a, b", "impersonate-group", "c"];
    const head = readCallHead(readHeaders(blockOf([...groups, "impersonate-user", "jane"])));
    assert.deepEqual({ ...head.repeated }, { "impersonate-group": ["a, b", "c"] });
    assert.deepEqual(
      { ...head.metadata },
      { "impersonate-group": "a, b", "impersonate-user": "jane" },
    );
    assert.equal(readCallHead({}).repeated, undefined);
  });
});
