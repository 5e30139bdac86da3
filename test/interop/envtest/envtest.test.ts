import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { buildGoProgram } from "../../support/clients/goProgram.js";
import { requirement } from "../../support/clients/requirement.js";
import { temporaryFolder } from "../../support/commands/apiserverProcess.js";
import { runCommand } from "../../support/commands/commandProcess.js";

const run = promisify(execFile);

const builtEnvtest = (): string =>
  buildGoProgram({
    name: "envtest",
    folder: "test/interop/envtest/program",
    module: "sigs.k8s.io/controller-runtime",
  });

describe("steersman assets", function () {
  this.timeout(1_200_000);
  const folder = temporaryFolder();
  const assets = join(folder.path, "assets");
  after(() => folder.remove());

  it("writes the programs that envtest starts, and nothing over other files", async () => {
    const made = await runCommand("steersman", ["assets", assets]);
    assert.equal(made.code, 0, made.error);
    assert.match(made.output, new RegExp(`^export KUBEBUILDER_ASSETS='${assets}'$`, "m"));
    for (const name of ["etcd", "kube-apiserver"]) {
      assert.ok(readdirSync(assets).includes(name));
      assert.equal(statSync(join(assets, name)).mode & 0o777, 0o755);
    }
    assert.equal((await runCommand("steersman", ["assets", assets])).code, 0, "again");
    const other = join(folder.path, "other");
    assert.equal((await runCommand("steersman", ["assets", other])).code, 0);
    writeFileSync(join(other, "etcd"), "somebody's own");
    const refused = await runCommand("steersman", ["assets", other]);
    assert.equal(refused.code, 1);
    assert.match(refused.error, /other\/etcd is there already/);
    assert.equal(readFileSync(join(other, "etcd"), "utf8"), "somebody's own");
  });

  it("lets envtest start two control planes at once, write, watch, add users and stop", async function () {
    const program = await requirement(this, "Go and controller-runtime", builtEnvtest);
    const env = { ...process.env, KUBEBUILDER_ASSETS: assets, TMPDIR: folder.path };
    const runs = await Promise.all([run(program, [], { env }), run(program, [], { env })]);
    for (const { stdout } of runs) assert.equal(stdout, "ok\n");
    const left = readdirSync(folder.path).filter((name) => name.startsWith("k8s_test"));
    assert.deepEqual(left, []);
  });
});
