import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const bundle = fileURLToPath(new URL("../../../bundle/", import.meta.url));
const mostBytes = 500_000;

/** The files that are loaded when a program has run so far, and their bytes. */
function loadedBy(program: string): { files: string[]; bytes: number } {
  const tell = "const { statSync } = require('node:fs'); const files = Object.keys(require.cache);";
  const bytes = "files.reduce((sum, file) => sum + statSync(file).size, 0)";
  const script = `${program}; ${tell} console.log(JSON.stringify({ files, bytes: ${bytes} }))`;
  const output = execFileSync(process.execPath, ["--eval", script], { encoding: "utf8" });
  return JSON.parse(output) as { files: string[]; bytes: number };
}

describe("what importing the package loads", () => {
  const entry = JSON.stringify(`${bundle}index.js`);

  it("is a small part of it, without the addon and without a cluster", () => {
    const { files, bytes } = loadedBy(`require(${entry})`);
    assert.ok(files.length > 1);
    assert.ok(bytes < mostBytes, `${bytes} bytes of ${files.join(" ")}`);
    assert.deepEqual(
      files.filter((file) => file.endsWith(".node")),
      [],
    );
  });

  it("is no more for a queue, an informer's options or an error", () => {
    const use =
      `const s = require(${entry}); s.workQueue("a").shutDown(); s.objectKey({});` +
      "try { s.informerFactory() } catch {} try { new s.ApiError({}) } catch {}";
    assert.ok(loadedBy(use).bytes < mostBytes);
  });

  it("is no addon either where a command only tells its flags", () => {
    const command = JSON.stringify(`${bundle}cmd/bin/steersman.js`);
    const tell =
      "process.on('exit', () => { const files = Object.keys(require.cache);" +
      " process.stderr.write(files.filter((file) => file.endsWith('.node')).join()) })";
    const script = `${tell}; process.argv[1] = ${command}; require(${command})`;
    const args = ["--eval", script, "steersman", "--help"];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
    assert.deepEqual([status, stderr], [0, ""]);
    assert.match(stdout, /^Usage: steersman/);
  });
});
