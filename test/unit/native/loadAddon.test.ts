import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runProgram } from "../../../lib/cmd/runProgram.js";
import { AddonError } from "../../../lib/native/addonError.js";
import { expectedInterface } from "../../../lib/native/gen/expectedInterface.js";
import { loadAddon } from "../../../lib/native/loadAddon.js";

const path = fileURLToPath(new URL("../../../../lib/native/gen/steersman.node", import.meta.url));

describe("loading the addon", () => {
  const directory = mkdtempSync(join(tmpdir(), "steersman-addon-"));
  after(() => rmSync(directory, { recursive: true }));

  it("takes one of its own version", () => {
    const addon = loadAddon(path, expectedInterface) as { addonVersion: () => string };
    assert.match(addon.addonVersion(), /^\d+\.\d+\.\d+/);
  });

  it("refuses one of another version, an older one, none, and something else", () => {
    const older = join(directory, "older.cjs");
    writeFileSync(older, "module.exports = {};");
    const broken = join(directory, "broken.node");
    writeFileSync(broken, "not a library");
    const refusals: [string, RegExp][] = [
      [path, /is of another version .*\(its interface is [0-9a-f]{16}, not other\)/],
      [older, /is of another version .*\(its interface is older, not other\)/],
      [
        join(directory, "none.node"),
        /cannot be loaded \(it is not there\): it runs on Linux on x64 with glibc 2\.34 or later/,
      ],
      [broken, /cannot be loaded \(.+\)/],
    ];
    for (const [one, why] of refusals) {
      assert.throws(
        () => loadAddon(one, "other"),
        (error: Error) =>
          error instanceof AddonError &&
          error.message.startsWith(`the addon ${one} `) &&
          why.test(error.message) &&
          /^[^\n]*: run npm run build:native$/.test(error.message),
      );
    }
  });

  it("makes one line of that, and nothing of other failures", async () => {
    const said: unknown[] = [];
    const host = {
      writeError: (text: string) => void said.push(text),
      exit: (code: number) => void said.push(code) as never,
    };
    await runProgram(host, () => Promise.reject(new AddonError("no addon")));
    assert.deepEqual(said, ["Error: no addon\n", 1]);
    const other = new Error("other");
    await assert.rejects(
      runProgram(host, () => Promise.reject(other)),
      other,
    );
  });
});
