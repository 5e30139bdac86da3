import assert from "node:assert/strict";
import { Metadata } from "@grpc/grpc-js";
import { repeatedMetadata } from "../../../lib/platform/node/grpcMetadata.js";
import { withRepeatedHeaders } from "../../../lib/platform/node/repeatedHeaders.js";

describe("headers of one name", () => {
  it("are a list, unless they are one by their grammar, and single ones are as they came", () => {
    const raw = ["X-Group", "a, b", "x-group", "c", "Accept", "x", "accept", "y", "X-Uid", "1, 2"];
    const joined = { "x-group": "a, b, c", accept: "x, y", "x-uid": "1, 2" };
    assert.deepEqual(withRepeatedHeaders(joined, raw), {
      "x-group": ["a, b", "c"],
      accept: "x, y",
      "x-uid": "1, 2",
    });
  });

  it("are one where the first alone counts", () => {
    const raw = ["Authorization", "a", "Authorization", "b"];
    assert.deepEqual(withRepeatedHeaders({ authorization: "a" }, raw), { authorization: "a" });
  });

  it("come over gRPC, too", () => {
    const metadata = new Metadata();
    metadata.add("impersonate-group", "a, b");
    metadata.add("impersonate-group", "c");
    metadata.add("impersonate-user", "jane");
    assert.deepEqual(repeatedMetadata(metadata), { "impersonate-group": ["a, b", "c"] });
    assert.equal(repeatedMetadata(new Metadata()), undefined);
  });
});
