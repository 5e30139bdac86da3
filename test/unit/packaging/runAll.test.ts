import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const run = (program: string, ...args: string[]) => {
  const path = fileURLToPath(new URL(`../../${program}`, import.meta.url));
  return spawnSync(process.execPath, [path, ...args], { encoding: "utf8" });
};

describe("what runs suites and measurements", () => {
  for (const name of ["nosuch", "toString"]) {
    it(`fails for a suite ${name}, and names those there are`, () => {
      const { status, stderr, stdout } = run("support/run/runAll.js", name);
      assert.equal(stderr, `${name}: no such suite; there are main, newcomer, interop\n`);
      assert.deepEqual([status, stdout], [1, ""]);
    });
  }

  for (const args of [["nosuch"], ["--only", "nosuch"]]) {
    it(`fails for a measurement ${args.join(" ")}, and names those there are`, () => {
      const { status, stderr, stdout } = run("bench/cluster.bench.js", ...args);
      const known = "start,requests,lists,watch,schedule,dns,etcd,peers,store";
      assert.equal(stderr, `nosuch: no such part; there are ${known}\n`);
      assert.deepEqual([status, stdout], [1, ""]);
    });
  }
});
