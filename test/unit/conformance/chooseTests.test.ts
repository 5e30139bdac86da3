import assert from "node:assert/strict";
import { chooseTests } from "../../conformance/chooseTests.js";
import type { Results } from "../../conformance/resultsFile.js";
import type { Verdict } from "../../conformance/verdict.js";

const passed = (seconds: number): Verdict => ({ result: "passed", seconds });

function resultsOf(tests: Record<string, Verdict>): Results {
  return { version: "1.37.0", tests };
}

describe("the choice of conformance tests", () => {
  const tests: Record<string, Verdict> = {};
  for (let i = 0; i < 300; i++) tests[`[sig-a] test ${i}`] = passed(10);
  const results = resultsOf(tests);

  it("is the same for a commit and another for others", () => {
    const one = chooseTests(results, "0123");
    assert.deepEqual(chooseTests(results, "0123"), one);
    assert.notDeepEqual(chooseTests(results, "4567"), one);
  });

  it("fits its time", () => {
    const seconds = chooseTests(results, "0123").length * 10;
    assert.ok(seconds > 300 && seconds <= 420, String(seconds));
  });

  it("comes to every test within some hundred commits", () => {
    const seen = new Set<string>();
    for (let i = 0; i < 200; i++) for (const name of chooseTests(results, `${i}`)) seen.add(name);
    assert.equal(seen.size, 300);
  });

  it("leaves out what did not pass, takes long, or needs the cluster for itself", () => {
    const few = resultsOf({
      "[sig-a] good": passed(1),
      "[sig-a] bad": { result: "failed", seconds: 1, reason: "it" },
      "[sig-a] later": { result: "not run", reason: "it" },
      "[sig-a] long": passed(100),
      "[sig-a] alone [Serial]": passed(1),
      "[sig-a] harmful [Disruptive]": passed(1),
    });
    assert.deepEqual(chooseTests(few, "0123"), ["[sig-a] good"]);
  });
});
