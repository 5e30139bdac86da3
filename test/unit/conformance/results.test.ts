import assert from "node:assert/strict";
import { readResults } from "../../conformance/resultsFile.js";
import { suiteVersion } from "../../conformance/suitePrograms.js";
import { whyWaiting } from "../../conformance/waitingTests.js";

describe("results.json", () => {
  const { version, tests } = readResults();
  const all = Object.entries(tests);

  it("is of the release that is pinned", () => assert.equal(version, suiteVersion()));

  it("says why a test was not run or failed", () => {
    const silent = all.filter(([, one]) => one.result !== "passed" && !one.reason);
    assert.deepEqual(silent, []);
  });

  it("does not run those that wait, and they are nowhere said to have run", () => {
    const ran = all.filter(([name, one]) => whyWaiting(name) && one.result !== "not run");
    assert.deepEqual(ran, []);
  });
});
