import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const states = ["works", "partly", "not yet"];

describe("docs/features.md", () => {
  const rows = readFileSync(`${root}docs/features.md`, "utf8")
    .split("\n")
    .filter((line) => /^\| (?!feature|-)/.test(line))
    .map((line) => line.split("|").map((cell) => cell.trim()));

  it("says of each feature whether it works", () => {
    assert.ok(rows.length > 20);
    for (const [, feature, state] of rows) assert.ok(states.includes(state ?? ""), feature);
  });

  it("names tests that are there", () => {
    const missing: string[] = [];
    for (const [, feature, state, , tests = ""] of rows) {
      const paths = [...tests.matchAll(/`([^`]+)`/g)].map((match) => match[1] as string);
      if (state !== "not yet" && paths.length === 0) missing.push(`${feature}: no test`);
      for (const path of paths)
        if (!existsSync(`${root}${path}`)) missing.push(`${feature}: ${path}`);
    }
    assert.deepEqual(missing, []);
  });
});
