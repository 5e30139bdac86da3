import assert from "node:assert/strict";
import { ApiError } from "../../../../lib/api/status.js";
import {
  decodeContinue,
  encodeContinue,
} from "../../../../lib/apiserver/registry/continueToken.js";

const prefix = "/registry/pods/default/";

describe("continue tokens", () => {
  it("carry the revision and the key after the prefix", () => {
    const token = { revision: 42, lastKey: `${prefix}a` };
    const text = encodeContinue(token, prefix);
    assert.deepEqual(decodeContinue(text, prefix), token);
    assert.deepEqual(JSON.parse(Buffer.from(text, "base64url").toString()), {
      v: "meta.k8s.io/v1",
      rv: 42,
      start: "a\u0000",
    });
  });

  for (const [why, text] of [
    ["no base64 of JSON", "%%%"],
    ["another version", Buffer.from('{"v":"x","rv":1,"start":"a"}').toString("base64url")],
    ["no revision", Buffer.from('{"v":"meta.k8s.io/v1","start":"a"}').toString("base64url")],
    [
      "a key that leaves the prefix",
      Buffer.from('{"v":"meta.k8s.io/v1","rv":1,"start":"../secrets/a"}').toString("base64url"),
    ],
  ] as const) {
    it(`are refused: ${why}`, () => {
      assert.throws(
        () => decodeContinue(text, prefix),
        (error: unknown) => error instanceof ApiError && error.code === 400,
      );
    });
  }
});
