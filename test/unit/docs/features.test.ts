import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { features } from "../../../lib/api/capabilities/features.js";
import { capabilityDocuments } from "../../../proto/generators/capabilityDocuments.js";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

describe("docs/features.md and docs/flags.md", () => {
  const rows = features.flatMap((area) => area.rows);

  for (const { path, content } of capabilityDocuments()) {
    it(`${path} is what the table makes of it (npm run generate)`, () => {
      assert.equal(readFileSync(`${root}${path}`, "utf8"), content);
    });
  }

  it("name tests that are there", () => {
    assert.ok(rows.length > 20);
    const missing: string[] = [];
    for (const { feature, state, tests = [] } of rows) {
      if (state !== "not yet" && tests.length === 0) missing.push(`${feature}: no test`);
      for (const path of tests)
        if (!existsSync(`${root}${path}`)) missing.push(`${feature}: ${path}`);
    }
    assert.deepEqual(missing, []);
  });
});
