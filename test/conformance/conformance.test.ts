import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { requirement } from "../support/clients/requirement.js";
import { skipBecause } from "../support/nodes/skipBecause.js";
import { chooseTests } from "./chooseTests.js";
import { ConformanceCluster, whyNoConformance } from "./conformanceCluster.js";
import { listTests } from "./listTests.js";
import { knownSeconds, readResults } from "./resultsFile.js";
import { SpecRunner } from "./specRunner.js";
import { buildSuitePrograms, type SuitePrograms } from "./suitePrograms.js";
import type { Verdicts } from "./verdict.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** The commit, so that every landing tries other tests and the same one the same. */
function seedOfChoice(): string {
  const given = process.env.CONFORMANCE_SEED;
  if (given) return given;
  return execFileSync("git", ["rev-parse", "HEAD"], { cwd: root, encoding: "utf8" }).trim();
}

describe("upstream's conformance tests", function () {
  this.timeout(3_600_000);
  const results = readResults();
  const seed = seedOfChoice();
  const names = chooseTests(results, seed);
  let programs: SuitePrograms;
  let cluster: ConformanceCluster | undefined;
  let verdicts: Verdicts;

  before(async function () {
    console.log(`      ${names.length} tests by ${seed}; npm run conformance -- --choice ${seed}`);
    skipBecause(this, whyNoConformance());
    programs = await requirement(this, "Go and upstream's tests", buildSuitePrograms);
    cluster = await ConformanceCluster.start(programs);
    const directory = `${root}.cache/conformance`;
    const runner = new SpecRunner({
      ...{ cluster, programs, directory, workers: 4, secondsOf: knownSeconds() },
      onVerdict: () => undefined,
    });
    verdicts = await runner.run(names);
  });

  after(async () => {
    await cluster?.stop();
  });

  if (names.length === 0) return;

  it("are those that results.json names", () => {
    assert.deepEqual(Object.keys(results.tests).sort(), listTests(programs.endToEnd));
  });

  for (const name of names) {
    it(name, () => {
      const verdict = verdicts.get(name);
      assert.equal(verdict?.result, "passed", verdict?.reason);
    });
  }
});
