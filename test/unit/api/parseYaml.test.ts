import assert from "node:assert/strict";
import { parseYaml } from "../../../lib/api/parseYaml.js";

describe("parseYaml, for manifests and configuration files", () => {
  it("reads version 1.1, as Go's library does", () => {
    assert.deepEqual(parseYaml("defaultMode: 0644\nfailSwapOn: no\nargs: [ls, .]"), {
      defaultMode: 0o644,
      failSwapOn: false,
      args: ["ls", "."],
    });
  });

  it("keeps dates and times of day as text", () => {
    assert.deepEqual(parseYaml("a: 2001-01-01\nb: 1:30"), { a: "2001-01-01", b: "1:30" });
  });

  it("is null for nothing", () => {
    assert.equal(parseYaml(""), null);
  });

  it("refuses keys that are there twice, and several documents", () => {
    assert.throws(() => parseYaml("a: 1\na: 2"), /line 2: key "a" already set in map/);
    assert.throws(() => parseYaml("a: 1\n---\nb: 2"), /several documents/);
  });

  it("says where the text is wrong", () => {
    assert.throws(() => parseYaml("a: [1"), /^Error: line 1: did not find expected ',' or '\]'$/);
  });
});
