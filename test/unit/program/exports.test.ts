import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as generated from "../../../lib/api/gen/resources.js";
import * as steersman from "../../../lib/index.js";

const given: Readonly<Record<string, unknown>> = { ...steersman };

describe("what the package exports", () => {
  it("is every version of every resource", () => {
    for (const [name, value] of Object.entries(generated)) {
      if (/V\d/.test(name)) assert.equal(given[name], value, name);
    }
  });

  it("is shown by docs/program.md", () => {
    const shown = readFileSync(new URL("../../../../docs/program.md", import.meta.url), "utf8");
    const unnamed = Object.keys(given).filter((name) => !/V\d/.test(name) && !shown.includes(name));
    assert.deepEqual(unnamed, ["ClusterError", "ConfigError", "OptionError", "steersmanVersion"]);
  });
});
